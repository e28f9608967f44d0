#include "exporter/judge/plan_notes.h"

#include <algorithm>

#include "exporter/base/time_text.h"
#include "exporter/judge/next_policy.h"

namespace mta_sts::judge {
namespace {

using formats::kMaxPolicyAge;
using formats::Mode;

bool mta_sts_known(const Past& past, const DomainState& state) { return past.sts_seen || state.sts_seen; }

/// From when on the answer rests on all that senders can hold.
std::string knowledge(const PlanFacts& facts, WallTime now) {
  const WallTime begin = facts.begin.value_or(now);
  const std::string since = facts.begin ? "What is known begins at " + rfc3339(begin)
                                        : "Nothing is known of before this look at " + rfc3339(begin);
  std::string text = since + ".";
  if (facts.blind(now)) {
    text += " From " + rfc3339(*facts.known) +
            " on it covers every earlier policy whose max_age was not longer than that of the present one, if the "
            "exporter watches the domain until then.";
  }
  return text + " An enforce policy from before with a longer max_age can be held until " +
         rfc3339(begin + kMaxPolicyAge) + " at the latest (max_age is at most " +
         std::to_string(kMaxPolicyAge.count()) + " s).";
}

/// Some senders renew what they hold without a fetch while the id is the same: for them it does not run out.
bool renewed_under_id(const Past& past, const DomainState& state, const PlanFacts& facts, WallTime now) {
  if (!state.record.id) return false;
  return std::any_of(past.policies.begin(), past.policies.end(), [&](const PastPolicy& old) {
    return old.policy.mode == Mode::Enforce && old.ids.count(*state.record.id) != 0 && old.held_until() <= now &&
           !names_all(old.policy, facts.hosts);
  });
}

}  // namespace

std::vector<std::string> plan_notes(const Past& past, const DomainState& state, const MxChange& change,
                                    const PlanFacts& facts, WallTime now) {
  std::vector<std::string> notes;
  const bool counts = facts.undecided || mta_sts_known(past, state);
  if (counts && now < facts.begin.value_or(now) + kMaxPolicyAge) {
    notes.push_back(knowledge(facts, now));
  }
  if (std::any_of(facts.refusing.begin(), facts.refusing.end(), [](const HeldPolicy& held) { return held.served; })) {
    notes.emplace_back(
        "The times are counted from now: they move by as long as the policy that refuses a new host is served from "
        "here on.");
  }
  for (const NewHost& host : change.hosts) {
    const std::string problem = host.problem.empty() ? "" : " (" + host.problem + ")";
    if (!host.passes) notes.push_back("STARTTLS and certificate of " + host.name + " were not seen" + problem + ".");
    if (host.passes == false && facts.failing.empty()) {
      notes.push_back(host.name + " would not pass under an enforce policy" + problem + ": mend it before one is.");
    }
  }
  if (state.policy.consistent == false) {
    notes.emplace_back("The addresses of the policy host serve different policies; all of them count here.");
  }
  if (renewed_under_id(past, state, facts, now)) {
    notes.emplace_back(
        "An enforce policy that refuses a new host was served under the present id and has run out. Some senders "
        "renew what they hold while the id is the same: publish a new id before the change.");
  }
  if (facts.enforced() && !facts.base) {
    notes.emplace_back("Senders find no policy to learn better from: what they hold stays until it runs out.");
  }
  return notes;
}

}  // namespace mta_sts::judge
