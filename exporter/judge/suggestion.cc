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

bool all_accept(const MxState& mx) {
  return std::none_of(mx.hosts.begin(), mx.hosts.end(), [](const MxHostState& host) { return host.accepts == false; });
}

const PastPolicy* latest_of(const Past& past) {
  const auto latest = std::max_element(past.policies.begin(), past.policies.end(),
                                       [](const auto& a, const auto& b) { return a.served.last < b.served.last; });
  return latest == past.policies.end() ? nullptr : &*latest;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class Suggester {
 public:
  Suggester(const DomainState& state, const DomainObservation& seen, const Past& past, WallTime now)
      : state_(state), seen_(seen), past_(past), now_(now) {}

  std::vector<Suggestion> all() {
    if (without_mta_sts(state_)) return {};
    add_policy();
    add_record();
    add_tlsrpt();
    return std::move(suggestions_);
  }

 private:
  const std::string& domain() const { return state_.setting->name.text(); }
  bool expects(settings::Expectation expectation) const { return state_.setting->expect == expectation; }
  bool none_expected() const { return expects(settings::Expectation::Absent) || expects(settings::Expectation::None); }

  void add(Publication publication, std::string where, std::string text, std::string why) {
    suggestions_.push_back({publication, std::move(where), std::move(text), std::move(why)});
  }

  void add_policy_text(const StsPolicy& policy, std::string why) {
    const std::string host = "mta-sts." + domain();
    // RFC 8461 8.2
    if (state_.policy.target && *state_.policy.target != host) why += "; the file is that of " + *state_.policy.target;
    // RFC 8461 3.3
    add(Publication::Policy, "https://" + host + "/.well-known/mta-sts.txt", to_text(policy), std::move(why));
  }

  void add_policy() {
    if (ends())
      return add_policy_text(last_policy(), "takes MTA-STS back: leave it for as long as senders hold an earlier one");
    if (none_expected() || (!unserved() && !state_.mx.policy_match.fails())) return;
    // Of a set that is not whole nobody knows which hosts are missing.
    if (!state_.mx.whole || state_.mx.hosts.empty()) return;
    const auto hosts = mx_hosts(state_.mx);
    const auto base = base_policy();
    const auto policy = with_hosts(base, hosts);
    if (!names_all(policy, hosts)) return;
    std::string why = unserved() ? "is valid and names every MX host" : "names every MX host of the domain";
    // A policy is to keep out hosts that somebody forged into the DNS.
    const auto added = not_named(base, hosts);
    if (!added.empty()) why += ", and that anew: " + listed(added) + "; see that they are yours";
    add_policy_text(policy, std::move(why));
  }

  bool unserved() const {
    const bool gone = state_.record.check.fails() && state_.policy.gone == true;
    return gone || has(state_, Check::PolicyFetch, Reason::HttpStatus) || state_.policy.syntax.fails();
  }

  /// It is to go: RFC 8461 8.3 is for who wants that, never for what broke.
  bool ends() const {
    return none_expected() && (state_.policy.in_force() || has(state_, Check::Lifecycle, Reason::RemovedWithoutNone));
  }

  /// What is live; else what was live last.
  StsPolicy base_policy() const {
    if (state_.policy.live) return *state_.policy.live;
    const PastPolicy* latest = latest_of(past_);
    if (latest == nullptr || latest->policy.mode == Mode::None) return first_policy();
    StsPolicy policy = latest->policy;
    const bool may_enforce =
        latest->held_until() > now_ && all_accept(state_.mx) && !expects(settings::Expectation::Testing);
    if (!may_enforce) policy.mode = Mode::Testing;
    return policy;
  }

  void add_record() {
    const auto& check = state_.record.check;
    const bool several = has(state_, Check::Record, Reason::RecordMultiple);
    if (!suggestions_.empty()) {
      add_record_text(several
                          ? "makes senders fetch the policy: publish it after the file, as the only one that begins "
                            "with v=STSv1;"
                          : "makes senders fetch the policy: publish it after the file");
    } else if (several) {
      add_record_text("is to be the only one that begins with v=STSv1;");
    } else if (check.fails() && !expects(settings::Expectation::Absent) && !is_bogus(Check::Record)) {
      add_record_text("is a valid record");
    } else if (state_.cached.id_fresh.fails()) {
      add_record_text("has a new id, so that senders fetch the policy that is served now");
    }
  }

  /// What is signed wrongly stays so with another text.
  bool is_bogus(Check check) const { return has(state_, check, Reason::DnsBogus); }

  void add_record_text(std::string why) {
    std::string where = "_mta-sts." + domain();
    // RFC 8461 8.2: a record beside the CNAME, or in its place, would cut the provider off.
    if (!seen_.record.cname_chain.empty()) {
      why += "; " + where + " is a CNAME to there";
      where = seen_.record.cname_chain.back();
    }
    add(Publication::Record, std::move(where), "v=STSv1; id=" + fresh_id(ids_of(past_), now_) + ";", std::move(why));
  }

  void add_tlsrpt() {
    if (!state_.tlsrpt.check.fails() || is_bogus(Check::TlsRpt)) return;
    const bool several = has(state_, Check::TlsRpt, Reason::TlsrptMultiple);
    add(Publication::TlsRpt, "_smtp._tls." + domain(), "v=TLSRPTv1; rua=mailto:tls-reports@" + domain(),
        several ? "is to be the only one that begins with v=TLSRPTv1;; choose the mailbox"
                : "has senders report what fails; choose the mailbox");
  }

  const DomainState& state_;
  const DomainObservation& seen_;
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

std::vector<Suggestion> suggest(const DomainState& state, const DomainObservation& seen, const Past& past,
                                WallTime now) {
  return Suggester(state, seen, past, now).all();
}

}  // namespace mta_sts::judge
