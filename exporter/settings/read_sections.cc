#include "exporter/settings/read_sections.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/settings/limits.h"
#include "exporter/settings/texts.h"

namespace mta_sts::settings {
namespace {

constexpr DurationIn kInterval{kShortestInterval, kLongestInterval};
constexpr DurationIn kTimeout{kShortestTimeout, kLongestTimeout};
constexpr DurationOrZero kPause{"no pause", {std::chrono::milliseconds(1), kLongestPause}};
constexpr NumberIn kConnections{1, kMaxConnections};
constexpr Choice<AddressChoice, 2> kAddressChoices{{{{"all", AddressChoice::All}, {"one", AddressChoice::One}}}};

/// Longer than any sender may hold a policy (RFC 8461 §3.2: max_age is at most 31557600).
constexpr std::chrono::seconds kLongestHeldPolicy{31557600};

std::string_view families_form() { return "all, core or a list of family names"; }

Read<FamilyGroup> read_family_group(const YamlNode& node) {
  if (node.is_text() && node.text == "all") return FamilyGroup::All;
  if (node.is_text() && node.text == "core") return FamilyGroup::Core;
  return tl::unexpected(Bad{what_is(node), std::string(families_form())});
}

}  // namespace

std::vector<std::string> read_domain_files(MapReader& top) {
  auto files = top.get_list<std::string>("domain_files", "a list of paths", kMaxDomainFiles, read_domain_file);
  const YamlEntry* entry = top.find("domain_files");
  if (entry == nullptr) return files;
  // Each is a source of its own, with series of its own.
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const YamlNode& item = entry->value.items[i];
    if (item.is_text() && !seen.insert(item.text).second)
      top.refuse_item(*entry, i, Bad{"is given again", "each path once"});
  }
  return files;
}

std::vector<DomainUrl> read_domain_urls(MapReader& top, Faults& faults) {
  std::vector<DomainUrl> urls;
  const YamlEntry* entry = top.find("domain_urls");
  if (entry == nullptr || !top.is_list(*entry, "a list of mappings with url, refresh_interval", kMaxDomainUrls)) {
    return urls;
  }
  for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
    const YamlNode& item = entry->value.items[i];
    if (item.kind != YamlNode::Kind::Map) {
      top.refuse_item(*entry, i, Bad{what_is(item), "a mapping with url, refresh_interval"});
      continue;
    }
    MapReader map(item, "domain_urls[]", faults);
    DomainUrl url;
    url.url = map.get("url", read_http_url, std::string());
    url.refresh_interval =
        map.get("refresh_interval", DurationIn{kShortestRefresh, kLongestInterval}, url.refresh_interval);
    if (map.find("url") == nullptr)
      faults.add(item.at, "an item of domain_urls has no key url; expected url: https://...");
    map.refuse_rest();
    urls.push_back(std::move(url));
  }
  return urls;
}

ProbeSettings read_probe(MapReader section) {
  ProbeSettings probe;
  probe.domain_interval = section.get("domain_interval", kInterval, probe.domain_interval);
  probe.mx_interval = section.get("mx_interval", kInterval, probe.mx_interval);
  probe.retry_interval = section.get("retry_interval", kInterval, probe.retry_interval);
  probe.policy_retry_interval = section.get("policy_retry_interval", kInterval, probe.policy_retry_interval);
  probe.hold =
      section.get("hold", DurationOrZero{"3 intervals, at least 15m", {kShortestInterval, kLongestHold}}, probe.hold);
  probe.start_rate = section.get("start_rate", NumberIn{1, kMaxStartRate}, probe.start_rate);
  probe.endpoint_ttl =
      section.get("endpoint_ttl", DurationIn{kShortestEndpointTtl, kLongestEndpointTtl}, probe.endpoint_ttl);
  probe.max_mx_hosts = section.get("max_mx_hosts", NumberIn{1, kMaxMxHosts}, probe.max_mx_hosts);
  probe.max_addresses = section.get("max_addresses", NumberIn{1, kMaxAddresses}, probe.max_addresses);
  probe.concurrency = section.get("concurrency", NumberIn{1, kMaxConcurrency}, probe.concurrency);
  probe.workers = section.get("workers", NumberIn{0, kMaxWorkers}, probe.workers);
  section.refuse_rest();
  if (probe.hold.count() > 0 && probe.hold < std::max(probe.domain_interval, probe.mx_interval)) {
    section.warn("hold", "is shorter than a probe interval: series will come and go between two probes");
  }
  if (probe.retry_interval > probe.domain_interval) {
    section.warn("retry_interval", "is longer than domain_interval: the shorter one is used");
  }
  return probe;
}

DnsSettings read_dns(MapReader section) {
  DnsSettings dns;
  dns.servers = section.get_list<boost::asio::ip::udp::endpoint>(
      "servers", "a list of IP addresses, with ports or without", kMaxDnsServers, read_dns_server);
  dns.timeout = section.get("timeout", DurationIn{kShortestTimeout, kLongestDnsTimeout}, dns.timeout);
  dns.tries = section.get("tries", NumberIn{1, kMaxDnsTries}, dns.tries);
  section.refuse_rest();
  return dns;
}

HttpsSettings read_https(MapReader section) {
  HttpsSettings https;
  https.timeout = section.get("timeout", kTimeout, https.timeout);
  https.max_body = section.get("max_body", SizeIn{kSmallestMaxBody, kLargestMaxBody}, https.max_body);
  https.per_address_interval = section.get("per_address_interval", kPause, https.per_address_interval);
  https.per_address_connections = section.get("per_address_connections", kConnections, https.per_address_connections);
  https.addresses = section.get("addresses", kAddressChoices, https.addresses);
  https.user_agent = section.get("user_agent", read_user_agent, https.user_agent);
  https.proxy = section.get("proxy", read_proxy, https.proxy);
  section.refuse_rest();
  return https;
}

SmtpSettings read_smtp(MapReader section) {
  SmtpSettings smtp;
  smtp.enabled = section.get("enabled", read_bool, smtp.enabled);
  smtp.helo_name = section.get("helo_name", read_helo_name, smtp.helo_name);
  smtp.timeout = section.get("timeout", kTimeout, smtp.timeout);
  smtp.per_address_interval = section.get("per_address_interval", kPause, smtp.per_address_interval);
  smtp.per_address_connections = section.get("per_address_connections", kConnections, smtp.per_address_connections);
  section.refuse_rest();
  return smtp;
}

TlsSettings read_tls(MapReader section) {
  TlsSettings tls;
  tls.ca_file = section.get("ca_file", read_path, tls.ca_file);
  if (const YamlEntry* entry = section.find("ca_file")) tls.ca_file_at = entry->value.at;
  section.refuse_rest();
  return tls;
}

EgressSettings read_egress(MapReader section) {
  EgressSettings egress;
  egress.allow = section.get_list<IpPrefix>("allow", "a list of CIDR blocks", kMaxPrefixes, read_prefix);
  egress.deny = section.get_list<IpPrefix>("deny", "a list of CIDR blocks", kMaxPrefixes, read_prefix);
  section.refuse_rest();
  return egress;
}

HistorySettings read_history(MapReader section) {
  HistorySettings history;
  history.url = section.get("url", read_history_url, history.url);
  history.retention = section.get("retention", DurationIn{kShortestRetention, kLongestRetention}, history.retention);
  section.refuse_rest();
  if (history.retention < kLongestHeldPolicy) {
    section.warn("retention", "is shorter than a sender may hold a policy: what held policies need is kept longer");
  }
  return history;
}

MetricsSettings read_metrics(MapReader section, const std::vector<std::string_view>& known) {
  MetricsSettings metrics;
  const YamlEntry* families = section.find("families");
  if (families != nullptr && families->value.kind == YamlNode::Kind::List) {
    metrics.families = section.get_list<std::string>("families", families_form(), kMaxFamilies, FamilyName{known});
  } else {
    metrics.families = section.get("families", read_family_group, FamilyGroup::All);
  }
  metrics.max_domain_labels =
      section.get("max_domain_labels", NumberIn{0, kMaxDomainLabels}, metrics.max_domain_labels);
  section.refuse_rest();
  return metrics;
}

}  // namespace mta_sts::settings
