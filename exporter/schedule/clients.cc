#include "exporter/schedule/clients.h"

#include "exporter/net/dns_client.h"

namespace mta_sts::schedule {
ClientFactory client_factory(const settings::Settings& settings, const net::TrustSlot& trust,
                             telemetry::Telemetry& telemetry, const Clock& clock) {
  net::DnsOptions dns{settings.dns.servers, settings.dns.timeout, settings.dns.tries};
  net::HttpsOptions https{settings.https.user_agent, settings.https.proxy};
  return [=, helo = settings.smtp.helo_name, &trust, &telemetry, &clock](boost::asio::any_io_executor executor) {
    return Clients{net::make_dns_client(executor, dns, telemetry),
                   net::make_https_fetcher(executor, https, trust, clock),
                   net::make_smtp_prober(executor, helo, trust, clock)};
  };
}

probe::DomainProbeOptions domain_probe_options(const settings::Settings& settings) {
  probe::DomainProbeOptions options;
  // All tries, and one more to tell bogus from broken.
  options.dns_timeout = settings.dns.timeout * (settings.dns.tries + 1);
  options.https_timeout = settings.https.timeout;
  options.max_body = settings.https.max_body;
  options.max_mx_hosts = settings.probe.max_mx_hosts;
  options.max_addresses = settings.probe.max_addresses;
  return options;
}

}  // namespace mta_sts::schedule
