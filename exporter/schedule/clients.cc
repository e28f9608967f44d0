#include "exporter/schedule/clients.h"

#include <algorithm>

#include "exporter/net/dns_client.h"
#include "exporter/net/shared_resolver.h"
#include "exporter/schedule/address_gate.h"

namespace mta_sts::schedule {
namespace {

/// Waits for the address before it fetches. What it waits is none of the time that the fetch may take.
class PacedFetcher final : public net::HttpsFetcher {
 public:
  PacedFetcher(std::unique_ptr<net::HttpsFetcher> fetcher, std::shared_ptr<AddressGate> gate,
               std::shared_ptr<Waits> waits)
      : fetcher_(std::move(fetcher)), gate_(std::move(gate)), waits_(std::move(waits)) {}

  boost::asio::awaitable<net::HttpsResult> fetch(net::HttpsRequest request, Deadline deadline) override {
    const auto allowed = deadline.remaining();
    Waits::Fetch waiting(waits_, request.host);
    const auto pass = co_await gate_->enter(request.address, waiting);
    co_return co_await fetcher_->fetch(std::move(request), Deadline::after(allowed));
  }

 private:
  std::unique_ptr<net::HttpsFetcher> fetcher_;
  std::shared_ptr<AddressGate> gate_;
  std::shared_ptr<Waits> waits_;
};

/// All tries, of which each server has one, and one more to tell bogus from broken.
std::chrono::milliseconds question_timeout(const settings::Settings& settings) {
  const auto tries = std::max<std::size_t>(settings.dns.tries, settings.dns.servers.size());
  return settings.dns.timeout * (static_cast<std::chrono::milliseconds::rep>(tries) + 1);
}

}  // namespace

std::chrono::milliseconds oldest_dns_answer(const settings::Settings& settings) {
  const auto& probe = settings.probe;
  // A retry comes up to a tenth early (Cadence::after_failure).
  const auto next_look = std::min({probe.domain_interval, probe.policy_retry_interval, probe.retry_interval * 9 / 10});
  // Addresses are asked for when one question before has ended, and their age counts from then.
  const auto left = next_look - question_timeout(settings);
  return std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), net::kOldestAnswer);
}

ClientFactory client_factory(const settings::Settings& settings, std::shared_ptr<AddressGate> policy_hosts,
                             const net::TrustSlot& trust, telemetry::Telemetry& telemetry, const Clock& clock) {
  net::DnsOptions dns{settings.dns.servers, settings.dns.timeout, settings.dns.tries};
  net::HttpsOptions https{settings.https.user_agent, settings.https.proxy};
  net::SharingLimits sharing;
  sharing.oldest_answer = oldest_dns_answer(settings);
  return [=, helo = settings.smtp.helo_name, &trust, &telemetry, &clock](boost::asio::any_io_executor executor,
                                                                         std::shared_ptr<Waits> waits) {
    auto fetcher = std::make_unique<PacedFetcher>(net::make_https_fetcher(executor, https, trust, clock), policy_hosts,
                                                  std::move(waits));
    auto resolver =
        net::make_shared_resolver(executor, net::make_dns_client(executor, dns, telemetry), sharing, telemetry, clock);
    return Clients{std::move(resolver), std::move(fetcher), net::make_smtp_prober(executor, helo, trust, clock)};
  };
}

probe::DomainProbeOptions domain_probe_options(const settings::Settings& settings) {
  probe::DomainProbeOptions options;
  options.dns_timeout = question_timeout(settings);
  options.https_timeout = settings.https.timeout;
  options.max_body = settings.https.max_body;
  options.max_mx_hosts = settings.probe.max_mx_hosts;
  options.max_addresses = settings.probe.max_addresses;
  return options;
}

}  // namespace mta_sts::schedule
