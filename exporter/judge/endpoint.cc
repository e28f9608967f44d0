#include "exporter/judge/endpoint.h"

#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

bool not_looked_at(Reason reason) {
  return reason == Reason::EgressBlocked || reason == Reason::NoRoute || reason == Reason::AddressDenied;
}

bool not_connected_to(Reason reason) { return not_looked_at(reason) || reason == Reason::AddressNotPublic; }

/// Whether STARTTLS was offered and accepted; absent where the dialogue did not come that far.
std::optional<bool> starttls_of(const EndpointObservation& seen) {
  if (seen.starttls) return true;
  if (!seen.fault) return std::nullopt;
  if (seen.fault->reason == Reason::StarttlsMissing || seen.fault->reason == Reason::StarttlsRefused) return false;
  return std::nullopt;
}

void show_conclusive(EndpointState& state, const EndpointObservation& seen) {
  const auto fault = first_fault(seen);
  state.passes = !fault.has_value();
  state.starttls = starttls_of(seen);
  if (seen.tls.chain) state.cert_valid = seen.tls.chain->faults.empty();
  if (fault) state.problems.push_back({Outcome::Fail, fault->reason, fault->detail, {}});
}

}  // namespace

std::optional<Fault> first_fault(const EndpointObservation& seen) {
  // A sender refuses the chain while the handshake goes on, so before anything that breaks later (RFC 8461 §4.2).
  if (seen.tls.chain && !seen.tls.chain->faults.empty()) return seen.tls.chain->faults.front();
  return seen.fault;
}

Outcome outcome_of(const EndpointObservation& seen, Reason reason) {
  if (reason == Reason::SmtpTimeout) return seen.greeted ? Outcome::Fail : Outcome::Inconclusive;
  return outcome_of(Place::Endpoint, reason);
}

EndpointState judge_endpoint(std::string mx, const IpAddress& address, const EndpointMemory& memory) {
  const EndpointObservation& latest = memory.latest();
  EndpointState state;
  state.mx = std::move(mx);
  state.address = address;
  state.last_probe = latest.finished;
  state.last_conclusive = memory.last_conclusive();
  if (!latest.fault || !not_connected_to(latest.fault->reason)) state.duration = latest.duration;
  if (!latest.fault || !not_looked_at(latest.fault->reason)) state.reachable = latest.greeted;
  if (const auto* seen = memory.conclusive()) show_conclusive(state, *seen);
  if (const auto* look = memory.last_conclusive_look()) state.tls = look->tls;
  if (const auto& chain = memory.certificate()) {
    state.cert = chain->sent.front();
    state.chain_not_after = chain->chain_not_after;
  }
  const auto fault = first_fault(latest);
  if (fault && outcome_of(latest, fault->reason) == Outcome::Inconclusive) {
    state.problems.push_back({Outcome::Inconclusive, fault->reason, fault->detail, {}});
  }
  return state;
}

bool same_standing(const EndpointState& a, const EndpointState& b) {
  return a.passes == b.passes && a.problems == b.problems;
}

}  // namespace mta_sts::judge
