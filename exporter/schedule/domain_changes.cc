#include <set>
#include <utility>

#include "exporter/schedule/domain_looks.h"

// What a reload, or another list of domains, means for the domains of a worker.

namespace mta_sts::schedule {

void DomainLooks::apply(std::shared_ptr<probe::DomainProber> prober, DomainLookOptions options) {
  prober_ = std::move(prober);
  if (options.cadence.interval != options_.cadence.interval) place_anew(options.cadence);
  options_ = options;
  for (const auto& domain : domains_) domain->memory.set_limits({options_.hold, options_.retention});
}

void DomainLooks::place_anew(const Cadence& cadence) {
  const MonoTime now = around_.clock.mono_now();
  due_.place_anew([&](const Domain* domain, MonoTime due) {
    const auto waits = waits_for(domain->look, domain->begun, due, options_.cadence.interval);
    return moved(due, waits, options_.cadence, cadence, now, domain->spread);
  });
}

void DomainLooks::change(DomainChange change) {
  remove(change.gone);
  for (auto& setting : change.changed) configure(std::move(setting));
  for (auto& added : change.added) take_in(std::move(added));
}

void DomainLooks::remove(const std::vector<std::string>& names) {
  // The rest looks at every domain: a list of new ones comes in many parts.
  if (names.empty()) return;
  std::set<std::string> mx_hosts;
  for (const std::string& name : names) {
    const auto found = domains_.find(name);
    if (found == domains_.end() || (*found)->standing == Standing::Guest) continue;
    (*found)->leaving = true;
    if (const auto entry = entry_of(**found)) {
      for (const auto& host : entry->state.mx.hosts) mx_hosts.insert(host.name);
      for (const auto& host : entry->state.mx.last_hosts) mx_hosts.insert(host.name);
    }
    around_.boards.of(Standing::Configured).forget_domain(name);
  }
  for (Domain* domain : due_.take_if([](const Domain* domain, MonoTime) { return domain->leaving; })) forget(domain);
  std::erase_if(mx_hosts, [&](const std::string& mx) { return !around_.boards.domains_of(mx).empty(); });
  around_.fleet.forget_mx_hosts({mx_hosts.begin(), mx_hosts.end()});
}

void DomainLooks::forget(Domain* domain) {
  for (const auto& answer : std::exchange(domain->waiting, {})) answer(false);
  domains_.erase(domains_.find(domain->setting->name.text()));
}

void DomainLooks::take_in(DomainChange::Added added) {
  const auto known = domains_.find(added.setting->name.text());
  if (known != domains_.end()) {
    // It came back while it was looked at, or was a guest.
    Domain& domain = **known;
    domain.setting = std::move(added.setting);
    domain.leaving = false;
    if (domain.standing == Standing::Guest) adopt(domain, added);
    return;
  }
  if (!added.stored || !recall(added.setting, *added.stored, options_.first_look_gap))
    add(std::move(added.setting), added.due, std::move(added.pass));
}

/// What is stored of it is older than what it was looked at for as a guest.
void DomainLooks::adopt(Domain& guest, const DomainChange::Added& added) {
  guest.standing = Standing::Configured;
  std::erase(guests_, &guest);
  around_.boards.of(Standing::Guest).forget_domain(guest.setting->name.text());
  if (added.stored) guest.memory->join_past(read_past(guest, *added.stored));
  due_.take_if([&](const Domain* other, MonoTime) { return other == &guest; });
  if (!guest.memory.empty()) {
    see_endpoints(guest);
    judge_anew(guest);
    record(guest);
  }
  guest.memory.rest();
  if (guest.in_flight) return;
  due_.schedule(guest.memory.empty() ? added.due : guest.begun + next_gap(guest), &guest);
}

void DomainLooks::configure(std::shared_ptr<const judge::DomainSetting> setting) {
  const auto found = domains_.find(setting->name.text());
  if (found == domains_.end() || (*found)->leaving) return;
  (*found)->setting = std::move(setting);
  if ((*found)->memory.empty()) return;
  judge_anew(**found);
  (*found)->memory.rest();
}

}  // namespace mta_sts::schedule
