#pragma once

#include "exporter/settings/map_reader.h"
#include "exporter/settings/settings.h"

namespace mta_sts::settings {

/// Everything but `domains`: the keys with their kinds, ranges and defaults, one function a section of the file.
std::vector<std::string> read_domain_files(MapReader& top);
std::vector<DomainUrl> read_domain_urls(MapReader& top, Faults& faults);
ProbeSettings read_probe(MapReader section);
DnsSettings read_dns(MapReader section);
HttpsSettings read_https(MapReader section);
SmtpSettings read_smtp(MapReader section);
TlsSettings read_tls(MapReader section);
EgressSettings read_egress(MapReader section);
HistorySettings read_history(MapReader section);
MetricsSettings read_metrics(MapReader section, const std::vector<std::string_view>& families);

}  // namespace mta_sts::settings
