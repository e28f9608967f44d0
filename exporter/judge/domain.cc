#include "exporter/judge/domain.h"

namespace mta_sts::judge {
namespace {

TlsRptState judge_tlsrpt(const DomainMemory& memory) {
  const auto look = memory.tlsrpt();
  TlsRptState state;
  if (look.used != nullptr && look.used->seen->fault && look.used->seen->fault->reason == Reason::DnsBogus) {
    state.check = failed(Reason::DnsBogus, look.used->seen->fault->detail);
  } else if (look.used != nullptr) {
    const formats::TlsRptRecordSet& read = look.used->read;
    state.present = read.present;
    state.valid = read.valid();
    const formats::Finding* error = read.first_error();
    if (read.valid()) {
      state.check = passed();
    } else if (error != nullptr) {
      state.check = failed(error->reason.value_or(Reason::TlsrptSyntax), error->message);
    }
  }
  if (look.inconclusive) {
    state.check.problems.push_back({Outcome::Inconclusive, look.inconclusive->reason, look.inconclusive->detail, {}});
  }
  return state;
}

std::optional<formats::Mode> expected_mode(Expectation expected) {
  switch (expected) {
    case Expectation::Enforce:
      return formats::Mode::Enforce;
    case Expectation::Testing:
      return formats::Mode::Testing;
    case Expectation::None:
      return formats::Mode::None;
    case Expectation::Absent:
      return std::nullopt;
  }
  return std::nullopt;
}

CheckState judge_expectation(std::optional<Expectation> expected, const RecordState& record,
                             const PolicyState& policy) {
  if (!expected) return {};
  const auto mode = expected_mode(*expected);
  if (!mode) {
    if (policy.served == true) return failed(Reason::PolicyUnexpected, "a policy is served although none is expected");
    if (record.present == true)
      return failed(Reason::PolicyUnexpected, "a record is published although none is expected");
    const bool none_served = !policy.asked || policy.served == false;
    return record.present == false && none_served ? passed() : CheckState{};
  }
  if (!policy.present) return {};
  const std::string wanted = "mode " + std::string(to_text(*mode)) + " is expected, ";
  if (!policy.live) return failed(Reason::ModeUnexpected, wanted + "senders find no policy");
  if (policy.live->mode != *mode) {
    return failed(Reason::ModeUnexpected, wanted + "the policy says " + std::string(to_text(policy.live->mode)));
  }
  return passed();
}

/// Whether the latest look found record or policy host gone; absent: it could not tell.
std::optional<bool> is_gone(const DomainState& state) {
  if (state.record.check.inconclusive() || !state.record.present) return std::nullopt;
  return *state.record.present ? state.policy.gone : std::optional(true);
}

/// A failure that was kept (probe.policy_retry_interval) is no second look at the policy host.
bool is_kept(const DomainMemory& memory, const DomainState& state) {
  const auto& host = memory.latest().policy_host;
  const auto& before = memory.past().gone;
  return *state.record.present && host && before && host->at <= before->last &&
         before->last <= memory.latest().finished;
}

void note_state(DomainMemory& memory, const DomainState& state) {
  const bool told = !state.record.check.inconclusive() && !memory.policy_silence() && state.policy.present;
  if (told) memory.note_found([&](Past& past, WallTime now) { return add_live(past, state.policy.live, now); });
  memory.note_judged([&](Past& past, WallTime now) { return add_enforce_ready(past, state.mx.enforce_ready, now); });
  const auto gone = is_gone(state);
  if (gone && memory.past().sts_seen && !(*gone && is_kept(memory, state)))
    memory.note_found([&](Past& past, WallTime now) { return add_gone(past, *gone, now); });
}

void note_checks(DomainMemory& memory, const DomainState& state) {
  for (std::size_t i = 0; i < kCheckCount; ++i) {
    const auto which = static_cast<Check>(i);
    memory.note_judged([&](Past& past, WallTime now) { return add_check(past, which, state.check(which), now); });
  }
}

}  // namespace

const CheckState& DomainState::check(Check check) const {
  switch (check) {
    case Check::Record:
      return record.check;
    case Check::PolicyFetch:
      return policy.fetch;
    case Check::PolicySyntax:
      return policy.syntax;
    case Check::PolicyServers:
      return policy.servers;
    case Check::MxLookup:
      return mx.lookup;
    case Check::MxPolicyMatch:
      return mx.policy_match;
    case Check::MxTls:
      return mx.tls;
    case Check::IdFresh:
      return cached.id_fresh;
    case Check::Lifecycle:
      return cached.lifecycle;
    case Check::Expectation:
      return expectation;
    case Check::TlsRpt:
      return tlsrpt.check;
  }
  return record.check;
}

bool DomainState::look_inconclusive() const {
  for (std::size_t i = 0; i < kCheckCount; ++i) {
    const auto which = static_cast<Check>(i);
    if (which != Check::MxTls && which != Check::TlsRpt && check(which).inconclusive()) return true;
  }
  return false;
}

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "ok";
    case Verdict::Fail:
      return "fail";
    case Verdict::Inconclusive:
      return "inconclusive";
  }
  return "";
}

bool without_mta_sts(const DomainState& state) {
  const bool missing =
      !state.record.check.problems.empty() && state.record.check.problems.front().reason == Reason::RecordMissing;
  return missing && !state.sts_seen && !state.setting->expect;
}

bool counts(const DomainState& state, Check check, Outcome outcome) {
  if (check == Check::TlsRpt) return false;
  return check != Check::Record || outcome != Outcome::Fail || !without_mta_sts(state);
}

Verdict verdict_of_look(const DomainState& state) {
  bool inconclusive = false;
  for (std::size_t i = 0; i < kCheckCount; ++i) {
    const auto which = static_cast<Check>(i);
    const CheckState& check = state.check(which);
    if (check.fails() && counts(state, which, Outcome::Fail)) return Verdict::Fail;
    inconclusive = inconclusive || (check.inconclusive() && counts(state, which, Outcome::Inconclusive));
  }
  return inconclusive ? Verdict::Inconclusive : Verdict::Ok;
}

Verdict verdict_of(const DomainState& state) {
  const Verdict verdict = verdict_of_look(state);
  // The check `record` always applies: absent and without a problem it is held no longer.
  const bool known = (state.record.check.ok || !state.record.check.problems.empty()) && !state.mx.tls_awaited;
  return verdict == Verdict::Ok && !known ? Verdict::Inconclusive : verdict;
}

int severity_rank(const DomainState& state) {
  if (state.mx.delivery_ok == false) return 0;
  switch (verdict_of(state)) {
    case Verdict::Fail:
      return 1;
    case Verdict::Inconclusive:
      return 2;
    case Verdict::Ok:
      return without_mta_sts(state) ? 4 : 3;
  }
  return 4;
}

DomainState judge_domain(std::shared_ptr<const DomainSetting> setting, DomainMemory& memory, const FindEndpoint& find,
                         SmtpLooks smtp) {
  DomainState state;
  state.setting = std::move(setting);
  state.last_probe = memory.latest().finished;
  state.duration = memory.latest().duration;
  state.record = judge_record(memory, state.setting->expect);
  state.policy = judge_policy(memory, state.record);
  state.mx = judge_mx(memory, state.policy, find, smtp);
  state.tlsrpt = judge_tlsrpt(memory);
  state.expectation = judge_expectation(state.setting->expect, state.record, state.policy);
  // Looks that are judged at a later time, when their silence may show no more, conclude nothing.
  const bool at_its_end = memory.now() == memory.latest().finished;
  if (at_its_end && !state.look_inconclusive()) memory.conclude();
  note_state(memory, state);
  state.cached = judge_cached(memory.past(), state.record, state.policy, state.mx, memory.now());
  for (MxHostState& host : state.mx.hosts) host.enforced = enforced_for(memory.past(), host.name, memory.now());
  note_checks(memory, state);
  state.sts_seen = memory.past().sts_seen;
  state.last_conclusive = memory.last_conclusive();
  return state;
}

}  // namespace mta_sts::judge
