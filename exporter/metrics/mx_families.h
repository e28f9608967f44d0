#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "exporter/judge/endpoint.h"
#include "exporter/judge/mx.h"
#include "exporter/metrics/family.h"
#include "exporter/metrics/object_lines.h"
#include "exporter/metrics/sample_writer.h"
#include "exporter/metrics/shown_families.h"

namespace mta_sts::metrics {

/// What is shown of an MX host whatever its addresses.
struct MxHostView {
  std::string mx;
  std::string provider;
  std::uint32_t domains = 0;     ///< configured domains that are known to use it; 0: none by a set that is held
  std::uint32_t enforced = 0;    ///< of these: a sender may hold an enforce policy that names the MX host
  judge::NameProblems problems;  ///< of the name: its series has address=""
};

/// A family of MX hosts and endpoints: one table, since mta_sts_mx_problem has lines of both. A null function writes
/// nothing. Every line has the label `mx`, that of an endpoint `address` as well.
struct MxFamily {
  Family family;
  void (*write_endpoint)(const judge::EndpointState& state, SampleWriter& out);
  void (*write_host)(const MxHostView& host, SampleWriter& out);
};

/// Every family of contract/metrics.md that has an `mx` but no `domain` label, in the order of the contract.
std::span<const MxFamily> mx_families();

ObjectLines render(const judge::EndpointState& state, const ShownFamilies& shown = {});
ObjectLines render(const MxHostView& host, const ShownFamilies& shown = {});

}  // namespace mta_sts::metrics
