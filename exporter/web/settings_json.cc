#include "exporter/web/settings_json.h"

#include <boost/json.hpp>

#include "exporter/settings/secrets.h"
#include "exporter/settings/units.h"
#include "exporter/web/json_text.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;
using settings::to_text;

template <typename Items, typename Text>
json::array array_of(const Items& items, Text text) {
  json::array list;
  for (const auto& item : items) list.push_back(json::value(text(item)));
  return list;
}

std::string server_text(const boost::asio::ip::udp::endpoint& server) {
  const auto address = server.address().to_string();
  return (server.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(server.port());
}

json::array urls_array(const std::vector<settings::DomainUrl>& urls) {
  return array_of(urls, [](const settings::DomainUrl& url) {
    return json::object{{"url", text_of(settings::without_secrets(url.url))},
                        {"refresh_interval", to_text(url.refresh_interval)}};
  });
}

json::object probe_object(const settings::ProbeSettings& probe) {
  return {{"domain_interval", to_text(probe.domain_interval)},
          {"mx_interval", to_text(probe.mx_interval)},
          {"retry_interval", to_text(probe.retry_interval)},
          {"policy_retry_interval", to_text(probe.policy_retry_interval)},
          {"hold", to_text(probe.hold)},
          {"start_rate", probe.start_rate},
          {"endpoint_ttl", to_text(probe.endpoint_ttl)},
          {"max_mx_hosts", probe.max_mx_hosts},
          {"max_addresses", probe.max_addresses},
          {"concurrency", probe.concurrency},
          {"workers", probe.workers}};
}

json::object dns_object(const settings::DnsSettings& dns) {
  return {{"servers", array_of(dns.servers, server_text)}, {"timeout", to_text(dns.timeout)}, {"tries", dns.tries}};
}

json::object https_object(const settings::HttpsSettings& https) {
  const bool all = https.addresses == settings::AddressChoice::All;
  return {{"timeout", to_text(https.timeout)},
          {"max_body", settings::size_text(https.max_body)},
          {"per_address_interval", to_text(https.per_address_interval)},
          {"per_address_connections", https.per_address_connections},
          {"addresses", all ? "all" : "one"},
          {"user_agent", text_of(https.user_agent)},
          {"proxy", text_of(settings::without_secrets(https.proxy))}};
}

json::object smtp_object(const settings::SmtpSettings& smtp) {
  return {{"enabled", smtp.enabled},
          {"helo_name", text_of(smtp.helo_name)},
          {"timeout", to_text(smtp.timeout)},
          {"per_address_interval", to_text(smtp.per_address_interval)},
          {"per_address_connections", smtp.per_address_connections}};
}

json::object egress_object(const settings::EgressSettings& egress) {
  const auto text = [](const IpPrefix& prefix) { return prefix.to_text(); };
  return {{"allow", array_of(egress.allow, text)}, {"deny", array_of(egress.deny, text)}};
}

json::value families_value(const settings::MetricsSettings& metrics) {
  if (const auto* names = std::get_if<std::vector<std::string>>(&metrics.families))
    return array_of(*names, [](const std::string& name) { return text_of(name); });
  return std::get<settings::FamilyGroup>(metrics.families) == settings::FamilyGroup::All ? "all" : "core";
}

}  // namespace

json::object settings_json(const settings::Settings& settings) {
  return {
      {"domains", settings.domains.size()},
      {"domain_files", array_of(settings.domain_files, [](const std::string& glob) { return text_of(glob); })},
      {"domain_urls", urls_array(settings.domain_urls)},
      {"probe", probe_object(settings.probe)},
      {"dns", dns_object(settings.dns)},
      {"https", https_object(settings.https)},
      {"smtp", smtp_object(settings.smtp)},
      {"tls", {{"ca_file", text_of(settings.tls.ca_file)}}},
      {"egress", egress_object(settings.egress)},
      {"history",
       {{"url", text_of(settings::without_secrets(settings.history.url))},
        {"retention", to_text(settings.history.retention)}}},
      {"metrics",
       {{"families", families_value(settings.metrics)}, {"max_domain_labels", settings.metrics.max_domain_labels}}}};
}

}  // namespace mta_sts::web
