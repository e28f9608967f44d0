#include "exporter/judge/plan.h"

#include <algorithm>
#include <utility>

#include "exporter/base/time_text.h"
#include "exporter/formats/sts_record.h"
#include "exporter/judge/next_policy.h"
#include "exporter/judge/plan_facts.h"
#include "exporter/judge/plan_notes.h"

namespace mta_sts::judge {
namespace {

using formats::Mode;
using formats::StsPolicy;

std::string joined(const std::vector<std::string>& texts, const std::string& between = ", ") {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : between) + text;
  return all;
}

PlanAnswer answer_of(const PlanFacts& facts, WallTime now) {
  if (!facts.failing.empty() || !facts.refusing.empty()) return PlanAnswer::NotYet;
  if (facts.stale_id) return PlanAnswer::NotYet;
  return facts.undecided || facts.blind(now) ? PlanAnswer::Unknown : PlanAnswer::Now;
}

/// Of the policies that refuse a new host the one to name: one that is served before those that are only held.
const HeldPolicy& worst(const std::vector<HeldPolicy>& refusing) {
  return *std::max_element(refusing.begin(), refusing.end(), [](const HeldPolicy& a, const HeldPolicy& b) {
    return std::pair(a.served, a.until) < std::pair(b.served, b.until);
  });
}

std::string refusal(const PlanFacts& facts) {
  const HeldPolicy& policy = worst(facts.refusing);
  return (policy.served ? "the enforce policy that is served does not name "
                        : "an earlier enforce policy that senders may still hold does not name ") +
         joined(not_named(policy.policy, facts.hosts)) +
         ": a sender that holds it delivers nothing there";  // RFC 8461 5
}

std::string now_reason(const PlanFacts& facts, bool sts_seen) {
  if (facts.enforced()) return "every enforce policy that a sender may hold names all new hosts";
  if (facts.base) {
    return "the policy has mode " + std::string(to_text(facts.base->mode)) +
           ", and no enforce policy is known that a sender may still hold";
  }
  return sts_seen ? "senders find no policy, and no enforce policy is known that one may still hold"
                  : "the domain shows no MTA-STS: no sender refuses an MX host for it";
}

std::string reason_of(const PlanFacts& facts, const DomainState& state, const Past& past, WallTime now) {
  if (!facts.refusing.empty()) return refusal(facts);
  if (!facts.failing.empty()) {
    std::vector<std::string> names;
    for (const NewHost& host : facts.failing) names.push_back(host.name);
    return joined(names) + " would not pass: under an enforce policy senders deliver nothing there";
  }
  if (facts.stale_id) {
    return "the present id was served with another policy, which a sender that holds it does not replace";
  }
  if (facts.undecided) return "it could not be seen which policy senders find now";
  if (facts.blind(now)) {
    return "the domain enforces, and earlier policies are not known: " +
           (facts.begin ? "the first look was at " + rfc3339(*facts.begin) + ", less than max_age ago"
                        : std::string("there is no history of it"));
  }
  return now_reason(facts, past.sts_seen || state.sts_seen);
}

/// The steps in their order; each of them stands where it is needed.
class Steps {
 public:
  Steps(const Past& past, const DomainState& state, const MxChange& change, const PlanFacts& facts, WallTime now)
      : state_(state), change_(change), facts_(facts), now_(now), ids_(ids_of(past)) {
    if (state.record.id) ids_.push_back(*state.record.id);
    if (policy_counts()) next_ = with_hosts(with_hosts(*facts.base, present_hosts()), facts.hosts);
  }

  std::vector<PlanStep> take() {
    look();
    mend();
    const bool published = publish();
    wait(published);
    switch_mx();
    drop_old_hosts();
    return std::move(steps_);
  }

 private:
  bool policy_counts() const { return facts_.base && facts_.base->mode != Mode::None; }

  std::vector<std::string> present_hosts() const {
    std::vector<std::string> names;
    for (const MxHostState& host : state_.mx.hosts) names.push_back(host.name);
    return names;
  }

  std::string record(WallTime at) {
    ids_.push_back(fresh_id(ids_, at));
    return to_text(formats::StsRecord{ids_.back()});
  }

  /// The later steps are those of what was known last; without that, of any enforce policy.
  void look() {
    if (!facts_.undecided) return;
    steps_.push_back({StepKind::Look,
                      "find out what senders get from the TXT record and the policy host (command check), and ask "
                      "again; what follows holds if " +
                          std::string(facts_.base ? "they get what was seen last" : "they get an enforce policy"),
                      {},
                      {},
                      {}});
    if (facts_.base || !facts_.refusing.empty()) return;
    steps_.push_back({StepKind::PublishPolicy,
                      "if it does not name " + joined(facts_.hosts) +
                          ", publish a policy that names old and new hosts, then a record with a new id",
                      {},
                      {},
                      {}});
    steps_.push_back({StepKind::Wait,
                      "wait until the former policy's max_age has passed since it was served last, and the TTL of the "
                      "TXT record",
                      {},
                      {},
                      {}});
  }

  void mend() {
    for (const NewHost& host : facts_.failing) {
      steps_.push_back({StepKind::MendHost,
                        "mend " + host.name + (host.problem.empty() ? "" : " (" + host.problem + ")") +
                            ": STARTTLS and a valid certificate for that name at every address",
                        {},
                        {},
                        {}});
    }
  }

  /// RFC 8461 8.1: the policy before the record, lest senders take the old policy under the new id.
  bool publish() {
    const bool old_served =
        std::any_of(facts_.refusing.begin(), facts_.refusing.end(), [](const HeldPolicy& held) { return held.served; });
    const bool new_policy = next_ && (old_served || !names_all(*facts_.base, facts_.hosts));
    if (new_policy) {
      steps_.push_back({StepKind::PublishPolicy,
                        "publish this policy, which names old and new hosts, on every server of the policy host",
                        {},
                        to_text(*next_),
                        {}});
    }
    const bool record_lacks = next_ && !facts_.refusing.empty() && !facts_.undecided && !facts_.record_valid;
    if (!new_policy && !facts_.stale_id && !facts_.blind(now_) && !record_lacks) return false;
    const std::string why =
        new_policy ? "as soon as every server serves it, publish this record, " : "publish this record with a new id, ";
    steps_.push_back({StepKind::PublishRecord, why + "so that senders fetch the policy again", {}, {}, record(now_)});
    return true;
  }

  void wait(bool published) {
    std::vector<std::string> reasons;
    const auto until = [&](std::string reason, WallTime end) {
      reasons.push_back(std::move(reason));
      safe_ = std::max(safe_.value_or(end), end);
    };
    for (const HeldPolicy& held : facts_.refusing) safe_ = std::max(safe_.value_or(held.until), held.until);
    if (safe_) until("every policy that refuses a new host has run out", *safe_);
    if (facts_.blind(now_)) until("earlier policies that are not known have run out", *facts_.known);
    const auto ttl = change_.txt_ttl;
    if (published && (safe_ || facts_.stale_id)) {
      reasons.push_back("the TTL of the TXT record" + (ttl ? " (" + std::to_string(ttl->count()) + " s)" : "") +
                        " has passed");
      if (ttl) safe_ = std::max(safe_.value_or(now_), now_ + *ttl);
    }
    if (!reasons.empty()) steps_.push_back({StepKind::Wait, "wait until " + joined(reasons, " and "), safe_, {}, {}});
  }

  void switch_mx() {
    steps_.push_back({StepKind::SwitchMx, "change the MX records to " + joined(facts_.hosts), safe_, {}, {}});
  }

  void drop_old_hosts() {
    if (!next_) return;
    const StsPolicy last = only_for(*next_, facts_.hosts);
    if (last.mx.size() == next_->mx.size()) return;
    steps_.push_back({StepKind::DropOldHosts,
                      "when the TTL of the former MX records has passed and no mail comes in at the old hosts, take "
                      "them out: publish this policy, then this record",
                      safe_, to_text(last), record(safe_.value_or(now_))});
  }

  const DomainState& state_;
  const MxChange& change_;
  const PlanFacts& facts_;
  WallTime now_;
  std::vector<std::string> ids_;
  std::optional<StsPolicy> next_;
  std::optional<WallTime> safe_;
  std::vector<PlanStep> steps_;
};

}  // namespace

std::string_view to_text(PlanAnswer answer) {
  switch (answer) {
    case PlanAnswer::Now:
      return "now";
    case PlanAnswer::NotYet:
      return "not_yet";
    case PlanAnswer::Unknown:
      return "unknown";
  }
  return "";
}

std::string_view to_text(StepKind kind) {
  switch (kind) {
    case StepKind::Look:
      return "look";
    case StepKind::MendHost:
      return "mend_host";
    case StepKind::PublishPolicy:
      return "publish_policy";
    case StepKind::PublishRecord:
      return "publish_record";
    case StepKind::Wait:
      return "wait";
    case StepKind::SwitchMx:
      return "switch_mx";
    case StepKind::DropOldHosts:
      return "drop_old_hosts";
  }
  return "";
}

Plan plan_mx_change(const Past& past, const DomainState& state, const MxChange& change, WallTime now) {
  const PlanFacts facts = plan_facts(past, state, change, now);
  Plan plan;
  plan.answer = answer_of(facts, now);
  plan.reason = reason_of(facts, state, past, now);
  plan.steps = Steps(past, state, change, facts, now).take();
  plan.notes = plan_notes(past, state, change, facts, now);
  return plan;
}

}  // namespace mta_sts::judge
