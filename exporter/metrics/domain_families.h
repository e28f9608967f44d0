#pragma once

#include <span>

#include "exporter/judge/domain.h"
#include "exporter/metrics/family.h"
#include "exporter/metrics/object_lines.h"
#include "exporter/metrics/sample_writer.h"
#include "exporter/metrics/shown_families.h"

namespace mta_sts::metrics {

/// A family of a domain: what it is, and a pure function from a domain's state to its lines. `domain` is the label of
/// every line.
struct DomainFamily {
  Family family;
  void (*write)(const judge::DomainState& state, SampleWriter& out);
};

/// Every family of contract/metrics.md that has a `domain` label, in the order of the contract.
std::span<const DomainFamily> domain_families();

ObjectLines render(const judge::DomainState& state, const ShownFamilies& shown = {});

}  // namespace mta_sts::metrics
