#include "exporter/commands/look.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/net/gather.h"
#include "exporter/probe/domain_prober.h"
#include "exporter/probe/endpoint_prober.h"
#include "exporter/schedule/clients.h"
#include "exporter/schedule/in_use.h"

namespace mta_sts::commands {
namespace {

namespace asio = boost::asio;
using settings::DomainSetting;
using settings::Settings;
using Key = board::Board::EndpointKey;
using Endpoints = std::map<Key, std::shared_ptr<const LookedEndpoint>>;

/// Whatever a single look found counts.
constexpr std::chrono::hours kHold{24};

std::shared_ptr<schedule::AddressGate> policy_hosts(const Settings& settings) {
  return std::make_shared<schedule::AddressGate>(settings.https.per_address_interval,
                                                 settings.https.per_address_connections);
}

class Looker {
 public:
  Looker(const Wanted& wanted, const Settings& settings, const net::TrustSlot& trust)
      : wanted_(wanted),
        settings_(settings),
        clients_(schedule::client_factory(schedule::in_use(settings), policy_hosts(settings), trust, telemetry_,
                                          clock_)(io_.get_executor(), std::make_shared<schedule::Waits>())),
        guard_(settings.egress.allow, settings.egress.deny),
        domain_prober_(*clients_.resolver, *clients_.fetcher, guard_, net::has_route, suffixes_, clock_,
                       schedule::domain_probe_options(settings)),
        endpoint_prober_(*clients_.smtp, guard_, clock_, settings.smtp.timeout) {}

  Looked look() {
    std::exception_ptr bug;
    asio::co_spawn(io_, look_at_all(), [&](std::exception_ptr failure) {
      bug = std::move(failure);
      clients_ = {};  // their sockets would keep the loop going
    });
    io_.run();
    if (bug) std::rethrow_exception(bug);
    return {judged_domains(), judged_hosts()};
  }

 private:
  asio::awaitable<void> look_at_all() {
    std::vector<asio::awaitable<judge::DomainObservation>> looks;
    for (std::size_t i = 0; i < wanted_.domains.size(); ++i) looks.push_back(domain_prober_.probe(request_for(i)));
    observations_ = co_await net::gather(std::move(looks));
    std::vector<asio::awaitable<judge::MxHost>> lookups;
    for (const std::string& name : wanted_.hosts) lookups.push_back(domain_prober_.look_up_mx_host(name, 0));
    hosts_ = co_await net::gather(std::move(lookups));
    if (settings_.smtp.enabled) co_await look_at_endpoints();
  }

  asio::awaitable<void> look_at_endpoints() {
    std::map<IpAddress, std::vector<std::string>> names;  // by address: the politeness key
    const auto add = [&](const judge::MxHost& host) {
      for (const IpAddress& address : host.endpoints) {
        if (endpoints_.try_emplace({host.name, address}).second) names[address].push_back(host.name);
      }
    };
    for (const auto& observation : observations_) {
      for (const auto& host : observation.mx.hosts) add(host);
    }
    for (const auto& host : hosts_) add(host);
    std::vector<asio::awaitable<int>> dialogues;
    for (auto& [address, hosts] : names) dialogues.push_back(look_at_address(address, std::move(hosts)));
    co_await net::gather(std::move(dialogues));
  }

  asio::awaitable<int> look_at_address(IpAddress address, std::vector<std::string> names) {
    asio::steady_timer pause(io_);
    for (const std::string& name : names) {
      pause.expires_after(settings_.smtp.per_address_interval);
      auto seen = co_await endpoint_prober_.probe(name, address);
      judge::EndpointMemory memory(kHold);
      memory.remember(seen);
      endpoints_[{name, address}] = std::make_shared<const LookedEndpoint>(
          LookedEndpoint{std::move(seen), judge::judge_endpoint(name, address, memory)});
      if (name != names.back()) co_await pause.async_wait(asio::use_awaitable);
    }
    co_return 0;
  }

  probe::DomainProbeRequest request_for(std::size_t i) const {
    const DomainSetting& domain = wanted_.domains[i];
    const bool expected = domain.expect && *domain.expect != settings::Expectation::Absent;
    const bool seen = !wanted_.pasts.empty() && wanted_.pasts[i].sts_seen;
    const auto when = expected || seen ? probe::FetchWhen::Always : probe::FetchWhen::RecordPresent;
    return {domain.name, when, std::nullopt, {}};
  }

  std::vector<LookedDomain> judged_domains() {
    std::vector<LookedDomain> looked;
    for (std::size_t i = 0; i < wanted_.domains.size(); ++i) {
      judge::DomainMemory memory(kHold);
      if (!wanted_.pasts.empty()) memory.restore(wanted_.pasts[i], {}, clock_.wall_now());
      memory.remember(std::move(observations_[i]));
      Endpoints used;
      const auto find = [&](const std::string& mx,
                            const IpAddress& address) -> std::shared_ptr<const judge::EndpointState> {
        const auto found = endpoints_.find({mx, address});
        if (found == endpoints_.end()) return nullptr;
        used.insert(*found);
        return {found->second, &found->second->state};
      };
      const auto smtp = settings_.smtp.enabled ? judge::SmtpLooks::Enabled : judge::SmtpLooks::Disabled;
      auto state = judge::judge_domain(std::make_shared<const DomainSetting>(wanted_.domains[i]), memory, find, smtp);
      auto advice = judge::advise(state, memory, find, state.last_probe);
      looked.push_back({std::move(memory), std::move(state), std::move(advice), std::move(used)});
    }
    return looked;
  }

  std::vector<LookedHost> judged_hosts() {
    std::vector<LookedHost> looked;
    for (judge::MxHost& host : hosts_) {
      LookedHost one;
      for (const IpAddress& address : host.endpoints) {
        const auto found = endpoints_.find({host.name, address});
        if (found != endpoints_.end() && found->second) one.endpoints.push_back(found->second->state);
      }
      one.host = std::move(host);
      looked.push_back(std::move(one));
    }
    return looked;
  }

  const Wanted& wanted_;
  const Settings& settings_;
  SystemClock clock_;
  telemetry::NullTelemetry telemetry_;
  asio::io_context io_{1};
  schedule::Clients clients_;
  net::EgressGuard guard_;
  formats::PublicSuffixes suffixes_;
  probe::DomainProber domain_prober_;
  probe::EndpointProber endpoint_prober_;
  std::vector<judge::DomainObservation> observations_;
  std::vector<judge::MxHost> hosts_;
  Endpoints endpoints_;
};

}  // namespace

web::DomainFacts LookedDomain::facts() const {
  return {state, memory.latest(), advice,
          [this](const std::string& mx, const IpAddress& address) -> std::optional<web::EndpointFacts> {
            const auto found = endpoints.find({mx, address});
            if (found == endpoints.end() || !found->second) return std::nullopt;
            return web::EndpointFacts{&found->second->seen, &found->second->state};
          }};
}

Looked look_once(const Wanted& wanted, const Settings& settings, const net::TrustSlot& trust) {
  return Looker(wanted, settings, trust).look();
}

}  // namespace mta_sts::commands
