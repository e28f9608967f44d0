#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/judge/problems.h"

namespace mta_sts::judge {

/// The checks of contract/metrics.md, in the order in which a sender walks.
enum class Check : std::uint8_t {
  Record,
  PolicyFetch,
  PolicySyntax,
  PolicyServers,
  MxLookup,
  MxPolicyMatch,
  MxTls,
  IdFresh,
  Lifecycle,
  Expectation,
  TlsRpt,
};
inline constexpr std::size_t kCheckCount = static_cast<std::size_t>(Check::TlsRpt) + 1;
std::string_view to_text(Check check);

/// One check of a domain. `ok` is absent when it was never conclusive, was held too long, or does not apply.
struct CheckState {
  std::optional<bool> ok;
  Problems problems;

  bool passes() const { return ok == true && problems.empty(); }
  bool fails() const { return ok == false; }
  bool inconclusive() const { return !problems.empty() && problems.back().outcome == Outcome::Inconclusive; }
  friend bool operator==(const CheckState&, const CheckState&) = default;
};

inline CheckState passed() { return {true, {}}; }
inline CheckState failed(Reason reason, std::string detail, std::string subject = {}) {
  return {false, {{Outcome::Fail, reason, std::move(detail), std::move(subject)}}};
}

}  // namespace mta_sts::judge
