#include "exporter/daemon/app.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "exporter/base/version.h"
#include "exporter/daemon/configuration.h"
#include "exporter/schedule/capacity.h"
#include "exporter/schedule/clients.h"
#include "exporter/schedule/in_use.h"
#include "exporter/web/passed_sockets.h"
#include "exporter/web/router.h"
#include "exporter/web/settings_json.h"

namespace mta_sts::daemon {
namespace {

/// How often a changed tls.ca_file is looked for.
constexpr std::chrono::seconds kTrustPoll{10};

metrics::BuildInfo build_info() { return {std::string(version()), std::string(revision()), compiler()}; }

/// metrics.families: all, core, or names.
bool shown(const settings::MetricsSettings& settings, const metrics::Family& family) {
  if (const auto* names = std::get_if<std::vector<std::string>>(&settings.families))
    return std::find(names->begin(), names->end(), family.name) != names->end();
  const bool all = std::get<settings::FamilyGroup>(settings.families) == settings::FamilyGroup::All;
  return all || family.set == metrics::FamilySet::Core;
}

std::shared_ptr<const net::EgressGuard> guard_of(const settings::Settings& settings) {
  return std::make_shared<const net::EgressGuard>(settings.egress.allow, settings.egress.deny);
}

/// With the machine's own values and limits, and this shard's part of what is limited.
settings::Settings fitted(settings::Settings settings, const targets::Shard& shard, telemetry::Log& log) {
  auto used = targets::divided(schedule::in_use(std::move(settings)), shard);
  const auto [looks, limited_by] = schedule::capacity(schedule::resources_of_process(), used.probe.concurrency);
  if (!limited_by.empty()) {
    log.warn("fewer looks at a time than configured", {{"limited_by", std::string(limited_by)},
                                                       {"probe.concurrency", std::to_string(used.probe.concurrency)},
                                                       {"in_use", std::to_string(looks)}});
  }
  used.probe.concurrency = looks;
  return used;
}

std::string address_text(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::filesystem::file_time_type modified(const std::string& file) {
  std::error_code error;
  return std::filesystem::last_write_time(file, error);
}

}  // namespace

Result<std::unique_ptr<App>> App::build(const RunOptions& options) {
  auto loaded = load_configuration(options.config_file);
  if (!loaded) return tl::unexpected(loaded.error());
  auto trust = load_trust(options.config_file, loaded->settings.tls);
  if (!trust) return tl::unexpected(trust.error());
  auto sockets = options.listen.empty() ? web::passed_sockets() : std::vector<int>();
  if (!sockets) return tl::unexpected(sockets.error());
  std::unique_ptr<App> app(new App(options, std::move(loaded->settings), std::move(*trust)));
  app->sockets_ = std::move(*sockets);
  for (const std::string& warning : loaded->warnings) app->log_->warn(warning);
  return app;
}

App::App(const RunOptions& options, settings::Settings settings, std::shared_ptr<const net::Trust> trust)
    : options_(options),
      log_(telemetry::make_log(options.log_level, options.log_format)),
      settings_(std::make_shared<const settings::Settings>(fitted(std::move(settings), options.shard, *log_))),
      self_metrics_(build_info()),
      trust_(std::move(trust)),
      trust_time_(modified(this->settings()->tls.ca_file)),
      policy_hosts_(std::make_shared<schedule::AddressGate>(this->settings()->https.per_address_interval,
                                                            this->settings()->https.per_address_connections)),
      history_(make_history()),
      discovery_(std::make_unique<targets::Discovery>(clock_, *log_, std::move(kept_lists_))),
      scheduler_({clock_, self_metrics_, *log_, board_, guard_of(*this->settings()), suffixes_, recorder(),
                  options.probe_any_domain ? schedule::Guests::Welcome : schedule::Guests::Refused},
                 *this->settings(),
                 schedule::client_factory(*this->settings(), policy_hosts_, trust_, self_metrics_, clock_)) {
  board_.show([&](const metrics::Family& family) { return shown(this->settings()->metrics, family); });
  self_metrics_.config_loaded(clock_.wall_now());
  self_metrics_.set_probe_interval(telemetry::ProbeKind::Domain, this->settings()->probe.domain_interval);
  self_metrics_.set_probe_concurrency(this->settings()->probe.concurrency);
}

Result<void> App::run() {
  auto catalogue = discovery_->read(sources_of(*settings()));
  for (const std::string& warning : catalogue.warnings) log_->warn(warning);
  catalogue.domains = targets::only(options_.shard, std::move(catalogue.domains));
  self_metrics_.set_domains(catalogue.domains.size());
  log_->info("starting", {{"version", std::string(version())},
                          {"revision", std::string(revision())},
                          {"domains", std::to_string(catalogue.domains.size())}});
  scheduler_.start_with(catalogue.domains);
  recall();
  first_pass_.with([this](auto& pass) { pass = scheduler_.prepare(); });
  if (auto served = serve(); !served) return served;
  scheduler_.start();
  if (history_) history_->start();
  discovery_->start({[this](targets::Catalogue now) { return watch(std::move(now)); },
                     [this](const std::string& name, std::string text) {
                       if (history_) history_->keep_list(name, std::move(text));
                     }});
  wait_for_the_end();
  reloading_.stop();
  reloading_.join();
  server_->stop();
  discovery_->stop();
  scheduler_.stop();
  if (history_) history_->stop();
  log_->info("stopped");
  return {};
}

/// A store that fails keeps nobody from probing: the writer opens it again, and what it holds is joined then.
std::unique_ptr<history::Writer> App::make_history() {
  const auto settings = this->settings();
  if (settings->history.url == "memory:") return nullptr;
  auto store = history::Store::open(settings->history.url, history::Access::ReadWrite);
  if (store) {
    auto domains = (*store)->domains();
    auto endpoints = (*store)->endpoints();
    auto lists = (*store)->lists();
    if (domains && endpoints && lists) {
      kept_lists_ = std::move(*lists);
      stored_domains_ = std::move(*domains);
      stored_endpoints_ = std::move(*endpoints);
    } else {
      store = tl::unexpected(!domains ? domains.error() : !endpoints ? endpoints.error() : lists.error());
    }
  }
  history_is_late_ = !store.has_value();
  if (!store) log_->error("the history cannot be read; it is tried again", {{"error", store.error().message}});
  const auto retention = std::chrono::duration_cast<std::chrono::seconds>(settings->history.retention);
  return std::make_unique<history::Writer>(
      history::Writer::Options{settings->history.url, retention}, store ? std::move(*store) : nullptr, clock_, *log_,
      [this](std::vector<history::StoredDomain> domains) { late_past_.join(scheduler_, std::move(domains)); });
}

history::Recorder& App::recorder() {
  if (history_) return *history_;
  return no_history_;
}

/// Fills the board before anybody scrapes it: a restart resolves no alert (contract/metrics.md, rule 8).
void App::recall() {
  if (history_is_late_) late_past_.await(scheduler_);
  if (stored_domains_.empty() && stored_endpoints_.empty()) return;
  const MonoTime begin = clock_.mono_now();
  log_->info("reading the history", {{"domains", std::to_string(stored_domains_.size())},
                                     {"mx_endpoints", std::to_string(stored_endpoints_.size())}});
  scheduler_.recall(std::exchange(stored_domains_, {}), std::exchange(stored_endpoints_, {}));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.mono_now() - begin);
  log_->info("the board is filled from the history", {{"milliseconds", std::to_string(took.count())}});
}

Result<void> App::serve() {
  web::RouterOptions pages;
  pages.telemetry_path = options_.telemetry_path;
  pages.route_prefix = options_.route_prefix;
  pages.version = version();
  pages.show = [this](const metrics::Family& family) { return shown(settings()->metrics, family); };
  pages.domain_interval = [this] { return settings()->probe.domain_interval; };
  web::RouterSources sources;
  sources.api.snapshot = [this] { return board_.snapshot(); };
  sources.api.snapshot_of_mx = [this](const std::string& mx) { return board_.snapshot_of_mx(mx); };
  sources.snapshot_of = [this](const std::string& domain) { return scheduler_.boards().snapshot_of(domain); };
  sources.look_now = [this](std::string name, web::Answer<bool> answer) {
    scheduler_.look_now(std::move(name), [answer = std::move(answer)](bool looked) { answer(looked); });
  };
  const auto facts = std::make_shared<web::FactSources>();
  facts->ask_domain = [this](std::string name, web::Answer<judge::KnownDomain> answer) {
    scheduler_.ask_domain(std::move(name), std::move(answer));
  };
  facts->ask_endpoint = [this](std::string mx, IpAddress address, web::Answer<judge::EndpointObservation> answer) {
    scheduler_.ask_endpoint(std::move(mx), std::move(address), std::move(answer));
  };
  facts->endpoint = [this](const std::string& mx, const IpAddress& address) {
    return scheduler_.boards().endpoint(mx, address);
  };
  sources.api.facts = facts;
  sources.api.domains_of = [this](const std::string& mx) { return board_.domains_of(mx); };
  sources.api.now = [this] { return clock_.wall_now(); };
  sources.api.ready = [this] { return ready(); };
  sources.api.recent_looks = [this] { return scheduler_.recent_looks().newest_first(); };
  sources.api.config = [this] { return web::settings_json(*settings()); };
  sources.api.version = version();
  sources.api.revision = revision();
  sources.domain = [this](const std::string& name) { return board_.domain(name); };
  sources.exporter_families = [this] { return exporter_families(); };
  sources.now = [this] { return clock_.wall_now(); };
  if (options_.enable_lifecycle) {
    sources.reload = [this](web::Answer<std::string> answer) {
      boost::asio::post(reloading_, [this, answer = std::move(answer)] {
        const auto done = reload();
        answer(done ? "" : done.error().message);
      });
    };
  }
  web::ServerOptions server;
  server.config_file = options_.web_config_file;
  server.sockets = sockets_;
  server.listen.clear();
  for (const ListenAddress& address : options_.listen) server.listen.push_back(address_text(address));
  auto started =
      web::Server::start(server, web::make_router(std::move(pages), std::move(sources)), self_metrics_, *log_);
  if (!started) return tl::unexpected(started.error());
  server_ = std::move(*started);
  for (const auto& endpoint : server_->endpoints()) {
    log_->info("listening", {{"address", address_text({endpoint.address().to_string(), endpoint.port()})}});
  }
  return {};
}

void App::wait_for_the_end() {
  for (;;) {
    const auto signal = signals_.wait(kTrustPoll);
    if (signal == SIGTERM || signal == SIGINT) {
      log_->info("stopping", {{"signal", *signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
      return;
    }
    if (signal == SIGHUP) boost::asio::post(reloading_, [this] { (void)reload(); });
    take_changed_trust();
  }
}

/// A configuration that is bad in any part changes nothing.
Result<void> App::reload() {
  const auto refuse = [this](const Error& error) -> Result<void> {
    self_metrics_.config_refused();
    log_->error("the configuration was not taken; the old one stays", {{"error", error.message}});
    return tl::unexpected(error);
  };
  auto loaded = load_configuration(options_.config_file);
  if (!loaded) return refuse(loaded.error());
  auto trust = load_trust(options_.config_file, loaded->settings.tls);
  if (!trust) return refuse(trust.error());
  for (const std::string& warning : loaded->warnings) log_->warn(warning);
  auto wanted = fitted(std::move(loaded->settings), options_.shard, *log_);
  warn_of_restart(wanted);
  const auto before = settings();
  wanted.history = before->history;
  wanted.probe.workers = before->probe.workers;
  wanted.smtp.enabled = before->smtp.enabled;
  const auto now = std::make_shared<const settings::Settings>(std::move(wanted));
  settings_.with([&](auto& settings) { settings = now; });
  trust_.set(std::move(*trust));
  board_.show([&](const metrics::Family& family) { return shown(now->metrics, family); });
  policy_hosts_->set_limits(now->https.per_address_interval, now->https.per_address_connections);
  scheduler_.apply(*now, guard_of(*now), schedule::client_factory(*now, policy_hosts_, trust_, self_metrics_, clock_));
  discovery_->apply(sources_of(*now));
  self_metrics_.set_probe_interval(telemetry::ProbeKind::Domain, now->probe.domain_interval);
  self_metrics_.set_probe_concurrency(now->probe.concurrency);
  self_metrics_.config_loaded(clock_.wall_now());
  log_->info("the configuration was read", {{"file", options_.config_file}});
  return {};
}

void App::warn_of_restart(const settings::Settings& wanted) {
  const auto before = settings();
  const auto warn = [this](bool changed, const char* key) {
    if (changed) log_->warn("a change that counts after a restart", {{"key", key}});
  };
  warn(wanted.history.url != before->history.url, "history.url");
  warn(wanted.history.retention != before->history.retention, "history.retention");
  warn(wanted.probe.workers != before->probe.workers, "probe.workers");
  warn(wanted.smtp.enabled != before->smtp.enabled, "smtp.enabled");
}

targets::Discovery::Taken App::watch(targets::Catalogue catalogue) {
  for (const std::string& warning : catalogue.warnings) log_->warn(warning);
  const auto domains = targets::only(options_.shard, std::move(catalogue.domains));
  // What a domain was before it went, or in an earlier process, is what senders may hold.
  StoredPasts stored(history_.get(), settings()->history.url);
  const auto watched = late_past_.watch(scheduler_, domains, stored);
  self_metrics_.set_domains(watched.domains);
  if (watched.left_out > 0) {
    log_->error("the history cannot be asked for new domains: they wait for it",
                {{"domains", std::to_string(watched.left_out)}, {"error", stored.error()}});
  }
  if (watched.added + watched.gone + watched.changed > 0) {
    log_->info("the domains changed", {{"domains", std::to_string(watched.domains)},
                                       {"added", std::to_string(watched.added)},
                                       {"gone", std::to_string(watched.gone)},
                                       {"changed", std::to_string(watched.changed)}});
  }
  return watched.left_out > 0 ? targets::Discovery::Taken::InPart : targets::Discovery::Taken::Whole;
}

/// tls.ca_file is taken without a restart; one that cannot be read changes nothing.
void App::take_changed_trust() {
  const std::string file = settings()->tls.ca_file;
  const auto time = modified(file);
  if (time == trust_time_) return;
  trust_time_ = time;
  auto trust = net::Trust::load(file);
  if (trust) {
    trust_.set(std::move(*trust));
    log_->info("the CA file changed and was read", {{"file", file}});
  } else {
    log_->error("the CA file changed and cannot be read; the old one stays", {{"error", trust.error().message}});
  }
}

/// contract/interface.md: the first pass is done, or two domain intervals have passed. A list that was never had may
/// bring domains: the pass is not over before it was asked for.
bool App::ready() {
  const auto sources = discovery_->status();
  const bool all_told = std::all_of(sources.begin(), sources.end(),
                                    [](const auto& source) { return source.good.has_value() || source.domains > 0; });
  if (all_told) first_pass_.with([](auto& pass) { pass.reset(); });
  return scheduler_.first_pass_done() || clock_.mono_now() - started_ > 2 * settings()->probe.domain_interval;
}

std::vector<prometheus::MetricFamily> App::exporter_families() {
  using telemetry::ProbeKind;
  self_metrics_.set_mx_endpoints(board_.endpoint_count());
  self_metrics_.set_mx_addresses_paused(scheduler_.paused_mx_addresses());
  self_metrics_.set_domains_waiting(scheduler_.waiting_domains());
  for (const ProbeKind kind : {ProbeKind::Domain, ProbeKind::Mx})
    self_metrics_.set_schedule_lag(kind, scheduler_.lag(kind));
  self_metrics_.set_probe_interval(ProbeKind::Mx, scheduler_.longest_mx_interval());
  self_metrics_.set_smtp_egress(scheduler_.egress().smtp_ok());
  self_metrics_.set_https_egress(scheduler_.egress().https_ok());
  std::vector<metrics::DiscoverySource> sources;
  for (auto& [name, domains, good, last_success, errors] : discovery_->status())
    sources.push_back({std::move(name), domains, good, last_success, errors});
  self_metrics_.set_discovery(std::move(sources));
  if (history_) {
    const auto status = history_->status();
    self_metrics_.set_history(status.errors, status.queue_length, status.last_write);
  }
  return self_metrics_.collect();
}

}  // namespace mta_sts::daemon
