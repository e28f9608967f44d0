#pragma once

#include <map>
#include <optional>
#include <string>

#include "exporter/formats/domain_name.h"
#include "exporter/settings/map_reader.h"
#include "exporter/settings/settings.h"

namespace mta_sts::settings {

/// What every source says of a domain, by the same rules. Faults are told to `faults`.

inline constexpr std::string_view kDomainForm = "a domain name such as example.com";

/// The name as an A-label; `node` is text.
std::optional<formats::DomainName> read_domain_name(const YamlNode& node, Faults& faults);

/// `enforce`, `testing`, `none` or `absent`.
Read<Expectation> read_expectation(const YamlNode& node);

struct LabelSet {
  std::map<std::string, std::string> shown;  ///< on mta_sts_domain_info
  std::map<std::string, YamlNode> meta;      ///< those that begin with "__", if they may stand there
};
/// Whether names may begin with "__", as in Prometheus' discovery.
enum class MetaLabels { Refused, Apart };
/// The key `labels` of a mapping.
LabelSet read_labels(MapReader& map, MetaLabels meta, Faults& faults);

/// Tells the fault if a domain has more labels than `most` (metrics.max_domain_labels).
void limit_labels(const formats::DomainName& domain, const LabelSet& labels, unsigned most, Position at,
                  Faults& faults);

}  // namespace mta_sts::settings
