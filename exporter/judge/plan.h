#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/judge/domain.h"
#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// "May I switch to these MX hosts now, and if not, when and how" (RFC 8461 8.1). Pure: no clock, no network.

/// An MX host that is to receive mail, with what a look at it found.
struct NewHost {
  std::string name;
  std::optional<bool> passes;  ///< STARTTLS and certificate, at every address; absent: not seen
  std::string problem;         ///< why it does not pass or was not seen; hostile text
};

/// What is asked, and what is known beside past and state.
struct MxChange {
  std::vector<NewHost> hosts;
  /// The valid policies that the policy host serves now; absent where the look could not tell.
  std::optional<std::vector<formats::StsPolicy>> served;
  std::optional<std::chrono::seconds> txt_ttl;  ///< of the record; absent: unknown
};

enum class PlanAnswer { Now, NotYet, Unknown };
std::string_view to_text(PlanAnswer answer);

enum class StepKind { Look, MendHost, PublishPolicy, PublishRecord, Wait, SwitchMx, DropOldHosts };
std::string_view to_text(StepKind kind);

struct PlanStep {
  StepKind kind{};
  std::string text;              ///< hostile text
  std::optional<WallTime> when;  ///< not before; of a wait its end; absent: at once after the step before
  std::string policy;            ///< exact text of the file to publish; may be empty, as the next
  std::string record;            ///< exact text of the TXT record to publish
};

struct Plan {
  PlanAnswer answer = PlanAnswer::Unknown;
  std::string reason;
  std::vector<PlanStep> steps;     ///< in order
  std::vector<std::string> notes;  ///< what the answer leaves open; hostile text
};

/// `past` with the look of `state` already in it, or not.
Plan plan_mx_change(const Past& past, const DomainState& state, const MxChange& change, WallTime now);

}  // namespace mta_sts::judge
