#include "exporter/judge/advice.h"

#include <algorithm>
#include <set>

#include "exporter/formats/quote.h"
#include "exporter/judge/order_advice.h"

namespace mta_sts::judge {
namespace {

/// A renewal is due when a third of the lifetime is left, whether the whole is a year or six days.
constexpr int kLifetimeShare = 3;
constexpr std::size_t kMaxShownPatterns = 10;

using Advices = std::vector<Advice>;

void add(Advices& advice, Advisory advisory, std::string text, std::string clause) {
  advice.push_back({advisory, std::move(text), std::move(clause)});
}

/// What a parser advised; its errors are problems of a check. A flood of one kind ends in a finding that only counts.
void add_found(Advices& advice, const std::vector<formats::Finding>& findings) {
  for (const formats::Finding& finding : findings) {
    if (const auto advisory = parse_advisory(finding.advice)) add(advice, *advisory, finding.message, finding.clause);
  }
}

/// `target`: where the policy host's name leads in the end; nothing if it is no CNAME.
void on_delegation(Advices& advice, const std::vector<std::string>& record_chain,
                   const std::optional<std::string>& target) {
  if (record_chain.empty() != target.has_value()) return;
  // RFC 8461 §8.2: delegation takes both, though a gateway at the domain's own policy host will do.
  add(advice, Advisory::DelegationMixed,
      target ? "the policy host is a CNAME to " + formats::quoted(*target) +
                   " and the record is not: whoever changes the policy there cannot change the id"
             : "the record is a CNAME to " + formats::quoted(record_chain.back()) +
                   " and the policy host is not: the id changes there, the policy must be changed here",
      "RFC 8461 8.2");
}

/// Nothing to compare while the policy host has no address: then that is the problem.
bool has_address(const DomainMemory& memory) {
  const auto* servers = memory.policy_servers();
  return servers != nullptr && !servers->no_address && memory.policy_host_name() != nullptr;
}

std::optional<std::string> delegation_target(const DomainState& state, const DomainMemory& memory) {
  const std::string& target = memory.policy_host_name()->target;
  return target == "mta-sts." + state.setting->name.text() ? std::nullopt : std::optional(target);
}

/// Findings of the text that the live policy was read from, and of its age.
void on_policy_text(Advices& advice, const DomainMemory& memory, const formats::StsPolicy& live) {
  const auto* servers = memory.policy_servers();
  if (servers == nullptr) return;
  for (const auto& [address, server] : servers->routable) {
    const auto* fetch = memory.answer(server).used;
    if (fetch == nullptr || !fetch->read.policy || !same_meaning(*fetch->read.policy, live)) continue;
    add_found(advice, fetch->read.findings);
    const auto newer = policy_newer_than_id(memory.past(), fetch->seen->last_modified.value_or(""));
    if (newer) add(advice, Advisory::PolicyNewerThanId, *newer, "RFC 8461 3.3");
    return;
  }
}

void on_patterns(Advices& advice, const formats::StsPolicy& live, const std::vector<MxHostState>& hosts) {
  std::set<std::string> unused;
  for (const formats::MxPattern& pattern : live.mx) {
    const auto matches = [&](const MxHostState& host) { return pattern.matches(host.name); };
    // Of a pattern that names the policy host policy_mx_policy_host has said more.
    if (pattern.text().starts_with("mta-sts.") || std::any_of(hosts.begin(), hosts.end(), matches)) continue;
    unused.insert(pattern.text());
  }
  if (unused.empty()) return;
  std::string names;
  std::size_t shown = 0;
  for (const std::string& name : unused) {
    if (++shown > kMaxShownPatterns) break;
    names += (names.empty() ? "" : ", ") + formats::quoted(name);
  }
  if (unused.size() > kMaxShownPatterns) names += " and " + std::to_string(unused.size() - kMaxShownPatterns) + " more";
  add(advice, Advisory::PolicyMxUnused, "no MX host is matched by the pattern " + names, "RFC 8461 4.1");
}

using std::chrono::seconds;

/// In whole seconds: the two ends of time are further apart than a WallTime's duration can hold.
seconds between(WallTime from, WallTime to) {
  return std::chrono::floor<seconds>(to.time_since_epoch()) - std::chrono::floor<seconds>(from.time_since_epoch());
}

std::string span_text(seconds span) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(span).count();
  return hours < 48 ? std::to_string(hours) + " h" : std::to_string(hours / 24) + " d";
}

/// Empty, unless the certificate is in date and less than its last third is left.
std::string ending_text(const formats::CertificateFacts& certificate, WallTime now) {
  if (now < certificate.not_before || now >= certificate.not_after) return "";
  const seconds lifetime = between(certificate.not_before, certificate.not_after);
  const seconds left = between(now, certificate.not_after);
  if (left >= lifetime / kLifetimeShare) return "";
  return "ends in " + span_text(left) + "; its whole lifetime is " + span_text(lifetime);
}

/// Once a host: its addresses mostly share a certificate, and the one that ends first is the one to renew.
void on_mx_certificates(Advices& advice, const DomainMemory& memory, const std::vector<MxHostState>& hosts,
                        const FindEndpoint& find, WallTime now) {
  for (const MxHostState& host : hosts) {
    const auto look = memory.mx_host(host.name);
    if (look.used == nullptr) continue;
    std::shared_ptr<const EndpointState> first;
    for (const IpAddress& address : look.used->endpoints) {
      auto endpoint = find(host.name, address);
      if (!endpoint || !endpoint->cert) continue;
      if (!first || endpoint->cert->not_after < first->cert->not_after) first = std::move(endpoint);
    }
    if (!first) continue;
    const std::string ending = ending_text(*first->cert, now);
    if (ending.empty()) continue;
    add(advice, Advisory::MxCertEnding,
        "the certificate of " + host.name + " [" + mta_sts::to_text(first->address) + "] " + ending, "RFC 8461 4.2");
  }
}

void on_tlsrpt(Advices& advice, const DomainState& state, const DomainMemory& memory) {
  if (state.tlsrpt.present == false) {
    add(advice, Advisory::TlsRptAbsent, "there is no TLS-RPT record: senders report no failures to you", "RFC 8460 3");
  }
  if (const auto* record = memory.tlsrpt().used) add_found(advice, record->read.findings);
}

}  // namespace

std::vector<Advice> advise(const DomainState& state, const DomainMemory& memory, const FindEndpoint& find,
                           WallTime now) {
  Advices advice;
  const auto* record = memory.record().used;
  if (record != nullptr) add_found(advice, record->read.findings);
  if (record != nullptr && state.record.valid == true && has_address(memory)) {
    on_delegation(advice, record->seen->cname_chain, delegation_target(state, memory));
  }
  if (state.policy.cert) {
    const std::string ending = ending_text(*state.policy.cert, now);
    if (!ending.empty()) {
      add(advice, Advisory::PolicyCertEnding, "the certificate of the policy host " + ending, "RFC 8461 3.3");
    }
  }
  if (state.policy.live) on_policy_text(advice, memory, *state.policy.live);
  if (state.policy.live) {
    if (const auto order = policy_after_id(memory.past(), memory.now()))
      add(advice, Advisory::PolicyAfterId, *order, "RFC 8461 8.1");
  }
  if (state.policy.in_force() && state.mx.patterns_unused) on_patterns(advice, *state.policy.live, state.mx.hosts);
  if (!without_mta_sts(state)) on_mx_certificates(advice, memory, state.mx.hosts, find, now);
  on_tlsrpt(advice, state, memory);
  return advice;
}

}  // namespace mta_sts::judge
