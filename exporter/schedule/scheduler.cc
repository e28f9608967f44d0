#include "exporter/schedule/scheduler.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <thread>
#include <utility>

#include "exporter/schedule/clients.h"

namespace mta_sts::schedule {
namespace {

using settings::Settings;

WorkerOptions options_of(const Settings& settings, std::size_t workers, Guests guests) {
  const auto& probe = settings.probe;
  WorkerOptions options;
  options.domains.cadence = {probe.domain_interval, probe.retry_interval};
  options.domains.policy_retry = probe.policy_retry_interval;
  options.domains.hold = hold_of(probe.hold, probe.domain_interval);
  options.domains.retention = std::chrono::duration_cast<std::chrono::seconds>(settings.history.retention);
  options.domains.first_look_gap = first_look_gap(0, probe.start_rate, {}) * static_cast<Span::rep>(workers);
  options.domains.guests = guests;
  options.domains.rotate = settings.https.addresses == settings::AddressChoice::One;
  options.domains.smtp = settings.smtp.enabled ? judge::SmtpLooks::Enabled : judge::SmtpLooks::Disabled;
  options.endpoints.cadence = {probe.mx_interval, probe.retry_interval};
  options.endpoints.hold = probe.hold;
  options.endpoints.ttl = probe.endpoint_ttl;
  options.endpoints.guest_ttl = probe.domain_interval;
  // The number of endpoints is not known before the domains are looked at: the rate alone spreads them.
  options.endpoints.first_look_gap = first_look_gap(0, probe.start_rate, {}) * static_cast<Span::rep>(workers);
  options.endpoints.per_address_interval = settings.smtp.per_address_interval;
  options.endpoints.per_address_connections = settings.smtp.per_address_connections;
  options.domain_probe = domain_probe_options(settings);
  options.smtp_timeout = settings.smtp.timeout;
  options.concurrency = std::max<std::size_t>(1, probe.concurrency / workers);
  return options;
}

/// Hands on `items` piece by piece.
template <typename Item, typename Use>
void in_parts(std::vector<Item>& items, Use use) {
  constexpr std::ptrdiff_t kPart = 500;
  for (auto at = items.begin(); at != items.end();) {
    const auto end = at + std::min(kPart, items.end() - at);
    use(std::vector<Item>(std::make_move_iterator(at), std::make_move_iterator(end)));
    at = end;
  }
}

}  // namespace

Scheduler::Scheduler(Parts parts, const Settings& settings, const ClientFactory& make_clients)
    : egress_(parts.clock, parts.log, parts.suffixes, settings.probe.mx_interval, settings.probe.domain_interval),
      boards_(parts.board, guest_board_),
      around_{parts.clock, parts.telemetry, parts.log, boards_, recent_looks_, *this, egress_, parts.recorder},
      pace_(Pace{settings.probe.start_rate, settings.probe.domain_interval}),
      mx_interval_(Span(settings.probe.mx_interval).count()),
      smtp_enabled_(settings.smtp.enabled),
      guests_(parts.guests) {
  start_with(settings.domains);
  const std::size_t workers = std::max(1u, settings.probe.workers);
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(around_, make_clients, parts.guard, parts.suffixes,
                                                options_of(settings, workers, parts.guests)));
  }
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::start_with(const std::vector<Shared<settings::DomainSetting>>& domains) {
  watched_.clear();
  for (const auto& domain : domains) watched_.emplace(domain->name.text(), domain.pointer());
}

void Scheduler::on_each_worker(const std::function<void(std::size_t)>& task) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers_.size(); ++i) threads.emplace_back(task, i);
  for (auto& thread : threads) thread.join();
}

void Scheduler::recall(std::vector<history::StoredDomain> domains, std::vector<history::StoredEndpoint> endpoints) {
  std::vector<std::vector<history::StoredEndpoint>> endpoints_of(workers_.size());
  for (auto& endpoint : endpoints) endpoints_of[worker_of(to_text(endpoint.address))].push_back(std::move(endpoint));
  std::vector<std::vector<Worker::Recalled>> domains_of(workers_.size());
  for (auto& domain : domains) {
    const auto setting = watched_.find(domain.name);
    if (setting == watched_.end()) continue;
    domains_of[worker_of(domain.name)].push_back({setting->second, std::move(domain)});
  }
  // Domains are judged with the endpoints that they find on the board.
  if (smtp_enabled_) on_each_worker([&](std::size_t i) { workers_[i]->recall(endpoints_of[i]); });
  std::vector<std::vector<std::string>> placed(workers_.size());
  const Span overdue_gap = gap_between(watched_.size()) * static_cast<Span::rep>(workers_.size());
  on_each_worker([&](std::size_t i) { placed[i] = workers_[i]->recall(domains_of[i], overdue_gap); });
  for (const auto& names : placed) recalled_.insert(names.begin(), names.end());
}

void Scheduler::await_past() {
  for (const auto& worker : workers_) worker->await_past();
}

void Scheduler::join_past(std::vector<history::StoredDomain> domains) {
  std::vector<std::vector<history::StoredDomain>> of_worker(workers_.size());
  for (auto& domain : domains) of_worker[worker_of(domain.name)].push_back(std::move(domain));
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->join_past(std::move(of_worker[i]));
}

FirstPass Scheduler::prepare() {
  prepared_ = true;
  const FirstPass pass = std::make_shared<const int>();
  first_pass_ = pass;
  const auto gap = gap_between(watched_.size());
  for (const auto& [name, setting] : watched_) {
    if (!recalled_.contains(name)) workers_[worker_of(name)]->add_domain(setting, next_first(gap), pass);
  }
  recalled_.clear();
  return pass;
}

/// Lists that come one after another have one row. It has room for the whole fleet within an interval: one that is
/// longer was filled by names that come and go, which shall not keep others from ever being looked at.
MonoTime Scheduler::next_first(MonoTime::duration gap) {
  const MonoTime now = around_.clock.mono_now();
  const Span interval = pace_.with([](const Pace& pace) { return pace.domain_interval; });
  if (next_first_ < now || next_first_ - now > interval) next_first_ = now;
  return std::exchange(next_first_, next_first_ + gap);
}

MonoTime::duration Scheduler::gap_between(std::size_t domains) const {
  const Pace pace = pace_.with([](const Pace& now) { return now; });
  return std::chrono::duration_cast<MonoTime::duration>(first_look_gap(domains, pace.start_rate, pace.domain_interval));
}

Scheduler::Watched Scheduler::watch(const std::vector<Shared<settings::DomainSetting>>& domains,
                                    const Remembered& remembered) {
  auto before = std::exchange(watched_, {});
  Changes changes(workers_.size());
  Watched counts;
  const auto gap = gap_between(domains.size());
  const FirstPass pass = first_pass_.lock();
  for (const auto& domain : domains) {
    const std::string& name = domain->name.text();
    auto& change = changes[worker_of(name)];
    auto known = before.extract(name);
    if (!known.empty() && *known.mapped() == *domain) {
      watched_.insert(std::move(known));
      continue;
    }
    if (known.empty()) {
      auto stored = remembered(name);
      if (!stored) {
        ++counts.left_out;
        continue;
      }
      ++counts.added;
      watched_[name] = domain.pointer();
      const bool recalled = *stored && !(*stored)->looks.empty();
      const MonoTime due = recalled ? around_.clock.mono_now() : next_first(gap);
      change.added.push_back({domain.pointer(), due, *std::move(stored), pass});
    } else {
      watched_[name] = domain.pointer();
      ++counts.changed;
      change.changed.push_back(domain.pointer());
    }
  }
  counts.domains = watched_.size();
  counts.gone = before.size();
  for (const auto& [name, setting] : before) changes[worker_of(name)].gone.emplace_back(name);
  hand_out(std::move(changes));
  return counts;
}

/// In parts: a worker that takes in thousands of domains at once would start no look meanwhile.
void Scheduler::hand_out(Changes changes) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->change({.gone = std::move(changes[i].gone), .added = {}, .changed = {}});
    in_parts(changes[i].changed, [&](auto part) { workers_[i]->change({{}, {}, std::move(part)}); });
    in_parts(changes[i].added, [&](auto part) { workers_[i]->change({{}, std::move(part), {}}); });
  }
}

void Scheduler::apply(const Settings& settings, std::shared_ptr<const net::EgressGuard> guard,
                      const ClientFactory& make_clients) {
  pace_.with([&](Pace& pace) { pace = {settings.probe.start_rate, settings.probe.domain_interval}; });
  egress_.set_intervals(settings.probe.mx_interval, settings.probe.domain_interval);
  mx_interval_.store(Span(settings.probe.mx_interval).count(), std::memory_order_relaxed);
  for (const auto& worker : workers_)
    worker->apply(make_clients, guard, options_of(settings, workers_.size(), guests_));
}

void Scheduler::start() {
  if (!prepared_) prepare();
  for (const auto& worker : workers_) worker->start();
}

void Scheduler::stop() {
  for (const auto& worker : workers_) worker->stop();
}

Span Scheduler::lag(telemetry::ProbeKind kind) const {
  const MonoTime now = around_.clock.mono_now();
  Span longest{0};
  for (const auto& worker : workers_) longest = std::max(longest, worker->lag(kind, now));
  return longest;
}

void Scheduler::look_now(std::string domain, std::function<void(bool)> answer) {
  workers_[worker_of(domain)]->look_now(std::move(domain), std::move(answer));
}

void Scheduler::ask_domain(std::string name, std::function<void(std::optional<judge::KnownDomain>)> answer) {
  workers_[worker_of(name)]->ask_domain(std::move(name), std::move(answer));
}

void Scheduler::ask_endpoint(std::string mx, IpAddress address,
                             std::function<void(std::optional<judge::EndpointObservation>)> answer) {
  workers_[worker_of(to_text(address))]->ask_endpoint(std::move(mx), std::move(address), std::move(answer));
}

Span Scheduler::longest_mx_interval() const {
  Span longest(mx_interval_.load(std::memory_order_relaxed));
  for (const auto& worker : workers_) longest = std::max(longest, worker->longest_mx_interval());
  return longest;
}

std::size_t Scheduler::paused_mx_addresses() const {
  std::size_t paused = 0;
  for (const auto& worker : workers_) paused += worker->paused_addresses();
  return paused;
}

std::size_t Scheduler::waiting_domains() const {
  std::size_t waiting = 0;
  for (const auto& worker : workers_) waiting += worker->waiting_domains();
  return waiting;
}

void Scheduler::endpoint_seen(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) {
  if (!smtp_enabled_) return;
  workers_[worker_of(to_text(address))]->see_endpoint(std::move(mx), std::move(address), named, std::move(pass),
                                                      standing);
}

void Scheduler::rejudge(std::vector<std::string> domains, FirstPass pass) {
  std::map<std::size_t, std::vector<std::string>> by_worker;
  for (auto& domain : domains) by_worker[worker_of(domain)].push_back(std::move(domain));
  for (auto& [worker, names] : by_worker) workers_[worker]->rejudge(std::move(names), pass);
}

void Scheduler::forget_mx_hosts(std::vector<std::string> names) {
  if (names.empty() || !smtp_enabled_) return;
  // The addresses of one name may be with any of them.
  for (const auto& worker : workers_) worker->forget_mx_hosts(names);
}

std::size_t Scheduler::worker_of(std::string_view key) const {
  return std::hash<std::string_view>()(key) % workers_.size();
}

}  // namespace mta_sts::schedule
