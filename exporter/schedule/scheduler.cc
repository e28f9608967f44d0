#include "exporter/schedule/scheduler.h"

#include <algorithm>
#include <map>
#include <thread>

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

}  // namespace

Scheduler::Scheduler(Parts parts, const Settings& settings, const ClientFactory& make_clients)
    : egress_(parts.clock, parts.log, parts.suffixes, settings.probe.mx_interval, settings.probe.domain_interval),
      boards_(parts.board, guest_board_),
      around_{parts.clock, parts.telemetry, parts.log, boards_, recent_looks_, *this, egress_, parts.recorder},
      settings_(settings) {
  const std::size_t workers = std::max(1u, settings.probe.workers);
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(around_, make_clients, parts.guard, parts.suffixes,
                                                options_of(settings, workers, parts.guests)));
  }
}

Scheduler::~Scheduler() { stop(); }

void Scheduler::on_each_worker(const std::function<void(std::size_t)>& task) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers_.size(); ++i) threads.emplace_back(task, i);
  for (auto& thread : threads) thread.join();
}

void Scheduler::recall(std::vector<history::StoredDomain> domains, std::vector<history::StoredEndpoint> endpoints) {
  std::vector<std::vector<history::StoredEndpoint>> endpoints_of(workers_.size());
  for (auto& endpoint : endpoints) endpoints_of[worker_of(to_text(endpoint.address))].push_back(std::move(endpoint));
  std::map<std::string, std::shared_ptr<const settings::DomainSetting>> configured;
  for (const auto& domain : settings_.domains)
    configured[domain.name.text()] = std::make_shared<const settings::DomainSetting>(domain);
  std::vector<std::vector<Worker::Recalled>> domains_of(workers_.size());
  for (auto& domain : domains) {
    const auto setting = configured.find(domain.name);
    if (setting == configured.end()) continue;
    domains_of[worker_of(domain.name)].push_back({setting->second, std::move(domain)});
  }
  // Domains are judged with the endpoints that they find on the board.
  if (settings_.smtp.enabled) on_each_worker([&](std::size_t i) { workers_[i]->recall(endpoints_of[i]); });
  std::vector<std::vector<std::string>> placed(workers_.size());
  on_each_worker([&](std::size_t i) { placed[i] = workers_[i]->recall(domains_of[i]); });
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

void Scheduler::prepare() {
  prepared_ = true;
  const auto& domains = settings_.domains;
  const auto pass = std::make_shared<const int>();
  first_pass_ = pass;
  const Span gap = first_look_gap(domains.size(), settings_.probe.start_rate, settings_.probe.domain_interval);
  MonoTime due = around_.clock.mono_now();
  for (const auto& domain : domains) {
    if (recalled_.contains(domain.name.text())) continue;
    workers_[worker_of(domain.name.text())]->add_domain(std::make_shared<const settings::DomainSetting>(domain), due,
                                                        pass);
    due += std::chrono::duration_cast<MonoTime::duration>(gap);
  }
  recalled_.clear();
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
  Span longest = settings_.probe.mx_interval;
  for (const auto& worker : workers_) longest = std::max(longest, worker->longest_mx_interval());
  return longest;
}

void Scheduler::endpoint_seen(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) {
  if (!settings_.smtp.enabled) return;
  workers_[worker_of(to_text(address))]->see_endpoint(std::move(mx), std::move(address), named, std::move(pass),
                                                      standing);
}

void Scheduler::rejudge(std::vector<std::string> domains, FirstPass pass) {
  std::map<std::size_t, std::vector<std::string>> by_worker;
  for (auto& domain : domains) by_worker[worker_of(domain)].push_back(std::move(domain));
  for (auto& [worker, names] : by_worker) workers_[worker]->rejudge(std::move(names), pass);
}

std::size_t Scheduler::worker_of(const std::string& key) const {
  return std::hash<std::string>()(key) % workers_.size();
}

}  // namespace mta_sts::schedule
