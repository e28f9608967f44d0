#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/judge/domain.h"
#include "exporter/judge/observation.h"
#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// What to publish, and where.
enum class Publication { Policy, Record, TlsRpt };
std::string_view to_text(Publication publication);

/// A text that mends something when it is published as it is.
struct Suggestion {
  Publication publication{};
  std::string where;  ///< URL of the policy file, or owner name of the TXT record
  std::string text;   ///< exact; of the policy with its line ends
  std::string why;    ///< for people
  friend bool operator==(const Suggestion&, const Suggestion&) = default;
};

/// What would mend the failing checks of a domain, in the order in which it is to be published (RFC 8461 8.1: the
/// policy first, then its id). Empty where nothing fails or no text can mend it. Nothing is suggested that takes an MX
/// host out of a policy; mode enforce only where it is live, or senders still hold it and no MX host fails; mode none
/// only where the configuration expects none or no MTA-STS. `seen` is the look that `state` was judged by. Pure.
std::vector<Suggestion> suggest(const DomainState& state, const DomainObservation& seen, const Past& past,
                                WallTime now);

}  // namespace mta_sts::judge
