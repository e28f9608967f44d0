#include "exporter/judge/suggestion.h"

#include <algorithm>

#include "exporter/judge/next_policy.h"

namespace mta_sts::judge {
namespace {

using formats::Mode;
using formats::StsPolicy;

constexpr std::chrono::hours kDay{24};

bool has(const DomainState& state, Check check, Reason reason) {
  const auto& problems = state.check(check).problems;
  return std::any_of(problems.begin(), problems.end(),
                     [&](const Problem& problem) { return problem.reason == reason; });
}

std::vector<std::string> mx_hosts(const MxState& mx) {
  std::vector<std::string> names;
  for (const MxHostState& host : mx.hosts) names.push_back(host.name);
  return names;
}

/// RFC 8461 8.2, 8.3: testing first. A week is long enough to see reports and short enough to mend a mistake.
StsPolicy first_policy() { return {Mode::Testing, 7 * kDay, {}}; }

/// RFC 8461 8.3: how MTA-STS is taken back.
StsPolicy last_policy() { return {Mode::None, kDay, {}}; }

/// What is live; else what was, which senders may still hold. A policy of mode none has no mx to go on with.
StsPolicy base_policy(const DomainState& state, const Past& past) {
  if (state.policy.live) return *state.policy.live;
  if (past.policies.empty()) return first_policy();
  const auto latest = std::max_element(past.policies.begin(), past.policies.end(),
                                       [](const auto& a, const auto& b) { return a.served.last < b.served.last; });
  return latest->policy.mode == Mode::None ? first_policy() : latest->policy;
}

class Suggester {
 public:
  Suggester(const DomainState& state, const Past& past, WallTime now) : state_(state), past_(past), now_(now) {}

  std::vector<Suggestion> all() {
    if (!without_mta_sts(state_)) {
      add_policy();
      add_record();
    }
    add_tlsrpt();
    return std::move(suggestions_);
  }

 private:
  const std::string& domain() const { return state_.setting->name.text(); }

  void add(Publication publication, std::string where, std::string text, std::string why) {
    suggestions_.push_back({publication, std::move(where), std::move(text), std::move(why)});
  }

  void add_policy_text(const StsPolicy& policy, std::string why) {
    // RFC 8461 3.3
    add(Publication::Policy, "https://mta-sts." + domain() + "/.well-known/mta-sts.txt", to_text(policy),
        std::move(why));
  }

  void add_policy() {
    if (ends())
      return add_policy_text(last_policy(), "takes MTA-STS back: leave it for as long as senders hold an earlier one");
    const bool gone = state_.record.check.fails() && state_.policy.gone == true;
    const bool unserved = gone || has(state_, Check::PolicyFetch, Reason::HttpStatus) || state_.policy.syntax.fails();
    const bool unnamed = state_.mx.policy_match.fails();
    if (absent_expected() || (!unserved && !unnamed)) return;
    // Of a set that is not whole nobody knows which hosts are missing.
    if (!state_.mx.whole || state_.mx.hosts.empty()) return;
    const auto hosts = mx_hosts(state_.mx);
    const auto policy = with_hosts(base_policy(state_, past_), hosts);
    if (!names_all(policy, hosts)) return;
    add_policy_text(policy, unserved ? "is valid and names every MX host" : "names every MX host of the domain");
  }

  bool absent_expected() const { return state_.setting->expect == settings::Expectation::Absent; }
  /// MTA-STS went, or is to go.
  bool ends() const {
    return has(state_, Check::Lifecycle, Reason::RemovedWithoutNone) || (absent_expected() && state_.policy.in_force());
  }

  void add_record() {
    const auto& check = state_.record.check;
    if (!suggestions_.empty()) {
      add_record_text("makes senders fetch the policy: publish it after the file");
    } else if (has(state_, Check::Record, Reason::RecordMultiple)) {
      add_record_text("is to be the only one that begins with v=STSv1;");
    } else if (check.fails() && !absent_expected()) {
      add_record_text("is a valid record");
    } else if (state_.cached.id_fresh.fails()) {
      add_record_text("has a new id, so that senders fetch the policy that is served now");
    }
  }

  void add_record_text(std::string why) {
    add(Publication::Record, "_mta-sts." + domain(), "v=STSv1; id=" + fresh_id(ids_of(past_), now_) + ";",
        std::move(why));
  }

  void add_tlsrpt() {
    if (without_mta_sts(state_) || !state_.tlsrpt.check.fails()) return;
    add(Publication::TlsRpt, "_smtp._tls." + domain(), "v=TLSRPTv1; rua=mailto:tls-reports@" + domain(),
        "has senders report what fails; choose the mailbox");
  }

  const DomainState& state_;
  const Past& past_;
  WallTime now_;
  std::vector<Suggestion> suggestions_;
};

}  // namespace

std::string_view to_text(Publication publication) {
  switch (publication) {
    case Publication::Policy:
      return "policy";
    case Publication::Record:
      return "record";
    case Publication::TlsRpt:
      return "tlsrpt";
  }
  return "";
}

std::vector<Suggestion> suggest(const DomainState& state, const Past& past, WallTime now) {
  return Suggester(state, past, now).all();
}

}  // namespace mta_sts::judge
