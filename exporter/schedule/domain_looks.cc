#include "exporter/schedule/domain_looks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "exporter/history/recall.h"
#include "exporter/judge/outcome.h"

namespace mta_sts::schedule {
namespace {

using judge::DomainState;

constexpr int kMaxJudgingRounds = 3;

bool policy_failed(const DomainState& state) {
  return state.policy.fetch.fails() || state.policy.syntax.fails() || state.policy.fetch.inconclusive();
}

/// DNS let the look down: what a retry may mend soon (probe.retry_interval).
bool dns_failed(const DomainState& state) {
  const judge::CheckState& fetch = state.policy.fetch;
  const bool no_policy_host = fetch.inconclusive() && judge::is_dns(fetch.problems.back().reason);
  return state.record.check.inconclusive() || no_policy_host || state.mx.lookup.inconclusive() ||
         state.mx.lookup.fails() || state.tlsrpt.check.inconclusive();
}

/// Whether the policy host was tried: a young failure that was kept is no new attempt.
bool fetched_anew(const judge::DomainObservation& now, const judge::DomainMemory& before) {
  if (!now.policy_host) return false;
  const auto* earlier = before.empty() || !before.latest().policy_host ? nullptr : &*before.latest().policy_host;
  return earlier == nullptr || earlier->at != now.policy_host->at;
}

telemetry::ProbeResult result_of(const DomainState& state) {
  switch (judge::verdict_of_look(state)) {
    case judge::Verdict::Ok:
      return telemetry::ProbeResult::Ok;
    case judge::Verdict::Fail:
      return telemetry::ProbeResult::Fail;
    case judge::Verdict::Inconclusive:
      return telemetry::ProbeResult::Inconclusive;
  }
  return telemetry::ProbeResult::Inconclusive;
}

}  // namespace

bool DomainLooks::ByName::operator()(const std::unique_ptr<Domain>& a, const std::unique_ptr<Domain>& b) const {
  return a->setting->name.text() < b->setting->name.text();
}

bool DomainLooks::ByName::operator()(const std::unique_ptr<Domain>& a, const std::string& name) const {
  return a->setting->name.text() < name;
}

bool DomainLooks::ByName::operator()(const std::string& name, const std::unique_ptr<Domain>& b) const {
  return name < b->setting->name.text();
}

void DomainLooks::add(std::shared_ptr<const judge::DomainSetting> setting, MonoTime due, FirstPass pass) {
  const auto recalled = domains_.find(setting->name.text());
  Domain& domain = recalled == domains_.end() ? make(std::move(setting)) : **recalled;
  domain.first_pass = std::move(pass);
  due_.schedule(due, &domain);
}

DomainLooks::Domain& DomainLooks::make(std::shared_ptr<const judge::DomainSetting> setting) {
  const double spread = spread_of(setting->name.text());
  judge::RestingMemory memory({options_.hold, options_.retention});
  const auto place = domains_.insert(std::make_unique<Domain>(Domain{std::move(setting), std::move(memory), spread}));
  return **place.first;
}

bool DomainLooks::recall(std::shared_ptr<const judge::DomainSetting> setting, const history::StoredDomain& stored,
                         Span overdue_gap) {
  const WallTime now = around_.clock.wall_now();
  Domain& domain = make(std::move(setting));
  auto past = read_past(domain, stored);
  auto looks = history::read_domain_looks(stored.looks, stored.beat);
  if (!looks) {
    // A history of schema version 1 has no looks before the first one after it.
    if (!stored.looks.empty()) {
      around_.log.warn("the stored looks at the domain cannot be read",
                       {{"domain", stored.name}, {"error", looks.error().message}});
    }
    domain.memory->restore(std::move(past), {}, now);
    return false;
  }
  domain.stored_looks = std::hash<std::string>()(stored.looks);
  domain.look = Look::Later;
  history::recall(*domain.memory, std::move(*looks), std::move(past), now);
  judge_and_publish(domain);
  see_endpoints(domain);
  domain.memory.rest();
  due_.schedule(place_of(stored.beat.probed, overdue_gap), &domain);
  return true;
}

judge::Past DomainLooks::read_past(Domain& domain, const history::StoredDomain& stored) {
  if (stored.past.empty()) return {};
  auto past = history::read_past(stored.past, stored.beat);
  if (past) return *std::move(past);
  around_.recorder.cannot_read(stored.name, past.error());
  domain.past_unreadable = true;
  return {};
}

/// Where it would have been looked at next; what is overdue, one after another.
MonoTime DomainLooks::place_of(WallTime probed, Span overdue_gap) {
  const MonoTime now = around_.clock.mono_now();
  const Span left =
      std::min<Span>(probed + options_.cadence.interval - around_.clock.wall_now(), options_.cadence.interval);
  if (left > Span::zero()) return now + left;
  next_overdue_ = std::max(now, next_overdue_ + overdue_gap);
  return next_overdue_;
}

void DomainLooks::join_past(const std::vector<history::StoredDomain>& stored) {
  for (const auto& row : stored) {
    const auto found = domains_.find(row.name);
    // A guest may be a domain that was configured once.
    if (found == domains_.end() || (*found)->standing == Standing::Guest || (*found)->leaving) continue;
    Domain& domain = **found;
    domain.memory->join_past(read_past(domain, row));
    if (!domain.memory.empty()) judge_anew(domain);
    domain.memory.rest();
  }
  past_awaited_ = false;
  for (const auto& domain : domains_) {
    if (!domain->memory.empty()) record(*domain);
    domain->memory.rest();
  }
}

probe::DomainProbeRequest DomainLooks::request_for(Domain& domain) const {
  probe::DomainProbeRequest request{domain.setting->name};
  if (options_.rotate) request.rotation = probe::Rotation{domain.looks, std::nullopt};
  const auto& expect = domain.setting->expect;
  const bool expected = expect && *expect != judge::Expectation::Absent;
  if (expected || domain.memory->past().sts_seen) request.fetch = probe::FetchWhen::Always;
  if (domain.memory.empty()) return request;
  if (request.rotation) {
    request.rotation->id = domain.memory->last_id();
    request.rotation->policy = domain.memory->past().live;
  }
  if (has_young_failure(domain)) {
    request.young_failure = domain.memory->latest().policy_host;
    if (const auto* record = domain.memory->record().used) request.young_failure_record = record->seen->rrs;
  }
  return request;
}

/// RFC 8461 §3.3: where the HTTPS GET failed it is not repeated for a while; a name without an answer is no GET.
bool DomainLooks::has_young_failure(Domain& domain) const {
  const auto& host = domain.memory->latest().policy_host;
  if (!host || host->fetches.empty() || domain.memory->policy_served()) return false;
  // From begin to begin: where looks are as far apart as fetches may be, each other one would else find it young.
  if (domain.fetch_begun) return domain.begun - *domain.fetch_begun < options_.policy_retry;
  const auto age = around_.clock.wall_now() - host->at;
  // An age below zero is that of a clock that was set back: then nothing is known of it.
  return age >= age.zero() && age < options_.policy_retry;
}

boost::asio::awaitable<void> DomainLooks::look(Domain* domain) {
  domain->begun = around_.clock.mono_now();
  domain->looked = domain->broken = false;
  const bool asked = domain->standing == Standing::Guest || !domain->waiting.empty();
  domain->asked_by = asked ? board::AskedBy::Probe : board::AskedBy::Schedule;
  around_.telemetry.probe_started(telemetry::ProbeKind::Domain);
  const auto prober = prober_;
  auto observation = co_await prober->probe(request_for(*domain));
  ++domain->looks;
  if (domain->leaving) co_return;
  const Span duration = observation.duration.value();
  if (fetched_anew(observation, *domain->memory)) {
    domain->fetch_begun = domain->begun;
    around_.egress.pass(domain->standing, *observation.policy_host);
  }
  domain->memory->remember(std::move(observation));
  if (clock_watch_.believed(around_.clock.wall_now(), around_.clock.mono_now())) domain->memory->expire();
  see_endpoints(*domain);
  judge_and_publish(*domain);
  record(*domain);
  domain->looked = true;
  count(*domain, duration);
}

/// Named at the end of the latest look, which may be one of an earlier process.
void DomainLooks::see_endpoints(Domain& domain) {
  const Span ago = std::max<Span>(around_.clock.wall_now() - domain.memory->latest().finished, Span(0));
  const MonoTime named = around_.clock.mono_now() - ago;
  for (const auto& host : domain.memory->latest().mx.hosts) {
    for (const IpAddress& address : host.endpoints)
      around_.fleet.endpoint_seen(host.name, address, named, domain.first_pass, domain.standing);
  }
}

/// What changed, and that it was looked at.
void DomainLooks::record(Domain& domain) {
  if (domain.standing == Standing::Guest) return;
  if (!around_.recorder.keeps() || past_awaited_ || domain.past_unreadable) return;
  history::StoredDomain stored{domain.setting->name.text(), {}, {}, history::beat_of(*domain.memory)};
  if (domain.memory->take_past_changed()) stored.past = history::write_past(domain.memory->past());
  std::string looks = history::write_looks(history::looks_of(*domain.memory));
  const std::size_t hash = std::hash<std::string>()(looks);
  if (hash != domain.stored_looks) stored.looks = std::move(looks);
  domain.stored_looks = hash;
  around_.recorder.record(std::move(stored));
}

void DomainLooks::judge_and_publish(Domain& domain) {
  using Used = std::shared_ptr<const judge::EndpointState>;
  std::map<board::Board::EndpointKey, Used> used;
  const auto find = [&](const std::string& mx, const IpAddress& address) {
    return used[{mx, address}] = around_.boards.endpoint(mx, address);
  };
  // Who changes an endpoint tells the domains that the board names for it: from publishing on this one. What changed
  // between judging and publishing is seen here.
  const auto current = [&] {
    return std::all_of(used.begin(), used.end(), [&](const auto& entry) {
      return around_.boards.endpoint(entry.first.first, entry.first.second) == entry.second;
    });
  };
  for (int round = 0; round < kMaxJudgingRounds; ++round) {
    used.clear();
    DomainState state = judge::judge_domain(domain.setting, *domain.memory, find, options_.smtp);
    around_.boards.of(domain.standing).publish(std::move(state));
    if (current()) return;
  }
}

/// Without a look, since something else became known.
void DomainLooks::judge_anew(Domain& domain) {
  domain.memory->judge_at(around_.clock.wall_now());
  judge_and_publish(domain);
}

void DomainLooks::count(const Domain& domain, Span duration) {
  const auto entry = entry_of(domain);
  around_.telemetry.probe_finished(telemetry::ProbeKind::Domain, result_of(entry->state), duration);
}

/// A look that a bug ended saw nothing.
void DomainLooks::note_result(const Domain& domain) {
  board::LookResult result{domain.setting->name.text(), around_.clock.wall_now(),
                           around_.clock.mono_now() - domain.begun, judge::Verdict::Inconclusive, domain.asked_by};
  const auto entry = entry_of(domain);
  if (domain.looked && entry) {
    result.finished = entry->state.last_probe;
    result.duration = entry->state.duration.value_or(result.duration);
    result.verdict = judge::verdict_of_look(entry->state);
  }
  around_.recent_looks.add(std::move(result));
}

Span DomainLooks::next_gap(const Domain& domain) const {
  const Cadence& cadence = options_.cadence;
  const Span gap = domain.failures > 0 ? cadence.after_failure(domain.failures, domain.spread)
                                       : cadence.after_success(domain.look, domain.late, domain.spread);
  const auto entry = entry_of(domain);
  return entry && policy_failed(entry->state) ? std::min(gap, options_.policy_retry) : gap;
}

void DomainLooks::ended(Domain* domain) {
  domain->in_flight = false;
  if (!domain->looked)
    around_.telemetry.probe_finished(telemetry::ProbeKind::Domain, telemetry::ProbeResult::Inconclusive,
                                     around_.clock.mono_now() - domain->begun);
  if (domain->leaving) return forget(domain);
  note_result(*domain);
  const auto entry = entry_of(*domain);
  const bool failed = !domain->looked || !entry || dns_failed(entry->state);
  domain->failures = failed ? domain->failures + 1 : 0;
  domain->broken = !domain->looked;
  if (domain->standing == Standing::Configured) due_.schedule(domain->begun + next_gap(*domain), domain);
  domain->first_pass.reset();
  domain->look = Look::Later;
  domain->memory.rest();
  for (const auto& answer : std::exchange(domain->waiting, {})) answer(domain->looked);
}

void DomainLooks::rejudge(const std::string& name) {
  const auto found = domains_.find(name);
  if (found == domains_.end() || (*found)->memory.empty() || (*found)->leaving) return;
  judge_anew(**found);
  // An endpoint changes no look: of 50,000 domains on one MX host most have nothing to record.
  if ((*found)->memory->past_changed()) record(**found);
  (*found)->memory.rest();
}

void DomainLooks::look_now(const std::string& name, std::function<void(bool)> answer) {
  const auto found = domains_.find(name);
  if (found == domains_.end()) return invite(name, std::move(answer));
  if ((*found)->leaving) return answer(false);
  if ((*found)->standing == Standing::Guest) {
    const auto awaited = (*found)->awaited.lock();
    return awaited ? awaited->add(std::move(answer)) : answer((*found)->looked);
  }
  auto& waiting = (*found)->waiting;
  if ((*found)->broken || waiting.size() >= kMaxWaiting) return answer(false);
  const bool first = waiting.empty();
  waiting.push_back(std::move(answer));
  // Who comes later waits for the same look; the queue is searched once.
  if (first) hasten(found->get());
}

/// Nobody who asks makes looks begin faster than start_rate. A first look takes the place of one that nobody asked for.
void DomainLooks::hasten(Domain* domain) {
  if (domain->look == Look::First) {
    due_.put_before(domain, [](const Domain* other) { return other->look == Look::First && other->waiting.empty(); });
    return;
  }
  due_.hasten(domain, place_for_asked());
}

MonoTime DomainLooks::place_for_asked() {
  next_asked_ = std::max(around_.clock.mono_now(), next_asked_ + options_.first_look_gap);
  return next_asked_;
}

std::shared_ptr<const board::DomainEntry> DomainLooks::entry_of(const Domain& domain) const {
  return around_.boards.of(domain.standing).domain(domain.setting->name.text());
}

std::optional<judge::KnownDomain> DomainLooks::known(const std::string& name) {
  const auto found = domains_.find(name);
  if (found == domains_.end() || (*found)->memory.empty()) return std::nullopt;
  const auto entry = entry_of(**found);
  if (!entry) return std::nullopt;
  const judge::DomainMemory& memory = *(*found)->memory;
  const auto find = [&](const std::string& mx, const IpAddress& address) {
    return around_.boards.endpoint(mx, address);
  };
  auto advice = judge::advise(entry->state, memory, find, around_.clock.wall_now());
  judge::KnownDomain known{entry->state, memory.share_latest(), std::move(advice), memory.past()};
  (*found)->memory.rest();
  return known;
}

}  // namespace mta_sts::schedule
