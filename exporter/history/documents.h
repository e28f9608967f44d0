#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/base/ip.h"
#include "exporter/base/result.h"
#include "exporter/history/store.h"
#include "exporter/judge/observation.h"
#include "exporter/judge/past.h"

namespace mta_sts::history {

/// JSON documents of what is stored (Boost.JSON). What moves with every look is left out: times of looks, durations,
/// TTLs, transcripts, the ends of open sights; reading puts the beat's times in their places. Equal values have equal
/// documents.

std::string write_past(const judge::Past& past);
Result<judge::Past> read_past(std::string_view document, const Beat& beat);

/// The looks at a domain that its board entry follows from, and the certificates that are kept for good.
struct DomainLooksKept {
  std::optional<judge::DomainObservation> conclusive;  ///< DomainMemory::known_before_latest()
  judge::DomainObservation latest;
  bool latest_is_conclusive = false;
  std::map<IpAddress, Shared<formats::ChainFacts>> certificates;
};
std::string write_looks(const DomainLooksKept& looks);
Result<DomainLooksKept> read_domain_looks(std::string_view document, const Beat& beat);

struct EndpointLooksKept {
  std::optional<judge::EndpointObservation> conclusive;  ///< absent: never, or the latest is
  judge::EndpointObservation latest;
  bool latest_is_conclusive = false;
  Shared<formats::ChainFacts> certificate;
};
std::string write_looks(const EndpointLooksKept& looks);
Result<EndpointLooksKept> read_endpoint_looks(std::string_view document, const Beat& beat);

}  // namespace mta_sts::history
