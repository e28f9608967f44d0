#include "exporter/judge/policy.h"

#include <algorithm>

#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

using formats::StsPolicy;

void add_inconclusive(CheckState& check, const std::optional<Fault>& fault, std::string subject = {}) {
  if (fault) check.problems.push_back({Outcome::Inconclusive, fault->reason, fault->detail, std::move(subject)});
}

/// One address of the policy host as judging sees it.
struct Server {
  IpAddress address;
  Look<FetchPart> look;

  const FetchVerdict* verdict() const { return look.used == nullptr ? nullptr : &look.used->read; }
  bool passes_fetch() const { return verdict() != nullptr && verdict()->stage != FetchStage::Fetch; }
  bool passes() const { return verdict() != nullptr && verdict()->stage == FetchStage::Valid; }
  bool fails() const { return verdict() != nullptr && verdict()->fault.has_value(); }
};

using Servers = std::vector<Server>;

Servers servers_of(const DomainMemory& memory, const PolicyServers* known) {
  Servers servers;
  if (known == nullptr) return servers;
  for (const auto& [address, server] : known->routable) servers.push_back({address, memory.answer(server)});
  return servers;
}

/// Those that said something in the latest look.
Servers fresh(Servers servers) {
  std::erase_if(servers, [](const Server& server) { return server.look.inconclusive.has_value(); });
  return servers;
}

bool any(const Servers& servers, bool (Server::*holds)() const) {
  return std::any_of(servers.begin(), servers.end(), [&](const Server& server) { return (server.*holds)(); });
}

const Server* first_unknown(const Servers& servers) {
  const auto found =
      std::find_if(servers.begin(), servers.end(), [](const Server& s) { return s.verdict() == nullptr; });
  return found == servers.end() ? nullptr : &*found;
}

const Server* first_inconclusive(const Servers& servers) {
  const auto found =
      std::find_if(servers.begin(), servers.end(), [](const Server& s) { return s.look.inconclusive.has_value(); });
  return found == servers.end() ? nullptr : &*found;
}

/// The answer that decides: of the served policy's lowest address; without one, of the address whose fault a sender
/// meets last (it came furthest), lowest first.
const Server* deciding(const Servers& servers, const StsPolicy* served) {
  const Server* best = nullptr;
  for (const Server& server : servers) {
    if (server.passes() && served != nullptr && same_meaning(*server.verdict()->policy, *served)) return &server;
    if (!server.fails()) continue;
    const bool further = best == nullptr || server.verdict()->stage > best->verdict()->stage ||
                         (server.verdict()->stage == best->verdict()->stage &&
                          server.verdict()->fault->reason > best->verdict()->fault->reason);
    if (further) best = &server;
  }
  return best;
}

CheckState fault_of(const Server& server) {
  const Fault& fault = *server.verdict()->fault;
  return failed(fault.reason, fault.detail, mta_sts::to_text(server.address));
}

CheckState decided_fetch(const PolicyServers& known, const Servers& servers, const Server* decides) {
  // RFC 8461 §3.3: a sender that cannot resolve the policy host finds no policy.
  if (known.no_address) return failed(known.no_address->reason, known.no_address->detail);
  if (any(servers, &Server::passes_fetch)) return passed();
  const bool open = first_unknown(servers) != nullptr || decides == nullptr;
  return open ? CheckState{} : fault_of(*decides);
}

CheckState judge_fetch(const DomainMemory& memory, const Servers& servers, const Server* decides) {
  CheckState check;
  if (memory.policy_decided()) check = decided_fetch(*memory.policy_servers(), servers, decides);
  const auto silence = memory.policy_silence();
  if (silence) add_inconclusive(check, silence->fault, silence->address ? mta_sts::to_text(*silence->address) : "");
  return check;
}

CheckState judge_syntax(const CheckState& fetch, const Servers& servers, const Server* decides) {
  if (fetch.ok != true) return {};
  if (any(servers, &Server::passes)) return passed();
  if (first_unknown(servers) != nullptr || decides == nullptr) return {};
  return fault_of(*decides);
}

std::optional<bool> consistent(const Servers& servers) {
  const StsPolicy* first = nullptr;
  std::size_t valid = 0;
  bool same = true;
  // An address that was never heard may serve another one.
  const bool all_known = first_unknown(servers) == nullptr;
  for (const Server& server : servers) {
    if (!server.passes()) continue;
    ++valid;
    if (first == nullptr) first = &*server.verdict()->policy;
    same = same && same_meaning(*first, *server.verdict()->policy);
  }
  return valid < 2 || (same && !all_known) ? std::nullopt : std::optional(same);
}

CheckState compare(const Servers& servers, bool whole) {
  const auto failing = std::find_if(servers.begin(), servers.end(), [](const Server& s) { return s.fails(); });
  if (failing != servers.end()) return fault_of(*failing);
  if (consistent(servers) == false)
    return failed(Reason::PolicyInconsistent, "the addresses of the policy host serve different policies");
  return whole && first_unknown(servers) == nullptr ? passed() : CheckState{};
}

CheckState judge_servers(const DomainMemory& memory, const Servers& servers) {
  const PolicyServers* latest = memory.latest_servers();
  const Servers now = servers_of(memory, latest);
  if (now.size() >= 2) {
    // What fails in the latest look says more than what another one held.
    const CheckState failing = compare(fresh(now), false);
    if (failing.fails()) return failing;
  }
  if (servers.size() < 2) return {};
  CheckState check = compare(servers, memory.whole(*memory.policy_servers()));
  if (const Server* silent = first_inconclusive(now)) {
    add_inconclusive(check, silent->look.inconclusive, mta_sts::to_text(silent->address));
  } else if (latest != nullptr) {
    add_inconclusive(check, latest->silent_family);
  }
  return check;
}

void show_certificates(PolicyState& state, const DomainMemory& memory, const Servers& servers) {
  for (const auto& [address, chain] : memory.certificates()) {
    const auto& leaf = chain->sent.front();
    if (!state.cert || leaf->not_after < state.cert->not_after) state.cert = leaf;
    if (const auto& end = chain->chain_not_after)
      state.chain_not_after = std::min(state.chain_not_after.value_or(*end), *end);
  }
  for (const Server& server : servers) {
    if (server.look.used == nullptr || !server.look.used->seen->tls.chain) continue;
    const bool valid = server.look.used->seen->tls.chain->faults.empty();
    state.cert_valid = state.cert_valid.value_or(true) && valid;
  }
  if (state.cert_valid == true && first_unknown(servers) != nullptr) state.cert_valid.reset();
}

void show_last_look(PolicyState& state, const DomainMemory& memory, const StsPolicy* served) {
  if (!memory.latest().policy_host || memory.policy_silence()) return;
  const auto& fetches = memory.latest().policy_host->fetches;
  const auto fetch_of = [&](const Server& server) {
    return std::find_if(fetches.begin(), fetches.end(), [&](const auto& f) { return f.address == server.address; });
  };
  Servers asked = fresh(servers_of(memory, memory.latest_servers()));
  std::erase_if(asked, [&](const Server& server) { return fetch_of(server) == fetches.end(); });
  const Server* decides = deciding(asked, served);
  if (decides == nullptr) return;
  const PolicyFetch& fetch = *fetch_of(*decides);
  if (fetch.fault.value_or(Fault{}).reason == Reason::AddressNotPublic) return;
  state.fetch_duration = fetch.duration;
  if (fetch.status != 0) state.http_status = fetch.status;
}

void show_host(PolicyState& state, const DomainMemory& memory, const Servers& servers) {
  if (const PolicyHostName* name = memory.policy_host_name()) {
    state.target = name->target;
    state.provider = name->provider;
  }
  const PolicyServers* known = memory.policy_servers();
  // No route to any of them: nothing was looked at. A silent family: there may be more.
  if (known == nullptr || (servers.empty() && !known->no_address) || !memory.whole(*known)) return;
  state.addresses = static_cast<std::uint32_t>(servers.size());
  if (first_unknown(servers) != nullptr) return;
  state.addresses_ok = static_cast<std::uint32_t>(
      std::count_if(servers.begin(), servers.end(), [](const Server& s) { return s.passes(); }));
}

/// Whether the latest look found the policy host emptied (contract/metrics.md, "lifecycle").
std::optional<bool> is_gone(const DomainMemory& memory, const CheckState& fetch, const Server* decides) {
  if (!memory.latest().policy_host || memory.policy_silence() || !fetch.ok) return std::nullopt;
  if (*fetch.ok) return false;
  const PolicyServers* known = memory.policy_servers();
  if (known->no_address) return known->no_address->reason != Reason::DnsBogus;
  if (decides == nullptr || fetch.problems.front().reason != Reason::HttpStatus) return false;
  const int status = decides->look.used->seen->status;
  return status == 404 || status == 410;
}

/// Whether a sender finds a policy: a valid record, and a valid policy behind it (RFC 8461 3.1, 3.3).
std::optional<bool> presence(const RecordState& record, const PolicyState& state) {
  if (record.valid == true) return state.served;
  const bool conclusive = record.valid == false || record.check.fails();
  return conclusive ? std::optional(false) : std::nullopt;
}

}  // namespace

RecordState judge_record(const DomainMemory& memory, std::optional<Expectation> expected) {
  const auto look = memory.record();
  RecordState state;
  if (look.used != nullptr && look.used->seen->fault && look.used->seen->fault->reason == Reason::DnsBogus) {
    state.check = failed(Reason::DnsBogus, look.used->seen->fault->detail);
  } else if (look.used != nullptr) {
    const formats::StsRecordSet& read = look.used->read;
    state.present = read.present;
    state.valid = read.valid();
    const formats::Finding* error = read.first_error();
    if (expected == Expectation::Absent) {
      state.check =
          read.present ? failed(Reason::RecordUnexpected, "a record is published although none is expected") : passed();
    } else if (read.valid()) {
      state.check = passed();
    } else if (error != nullptr) {
      state.check = failed(error->reason.value_or(Reason::RecordSyntax), error->message);
    }
  }
  add_inconclusive(state.check, look.inconclusive);
  state.id = memory.last_id();
  return state;
}

PolicyState judge_policy(const DomainMemory& memory, const RecordState& record) {
  const Servers servers = servers_of(memory, memory.policy_servers());
  const Shared<StsPolicy>& served = memory.served_policy();
  const Server* decides = deciding(servers, served.get());
  PolicyState state;
  state.asked = memory.latest().policy_host.has_value();
  const CheckState fetch = judge_fetch(memory, servers, decides);
  const CheckState syntax = judge_syntax(fetch, servers, decides);
  state.known = fetch.ok.has_value();
  if (any(servers, &Server::passes)) {
    state.served = true;
  } else if (fetch.fails() || syntax.fails()) {
    state.served = false;
  }
  // Without a valid record a sender does not come here: the checks apply behind one only.
  if (record.valid == true) {
    state.fetch = fetch;
    state.syntax = syntax;
    state.servers = judge_servers(memory, servers);
  }
  state.gone = is_gone(memory, fetch, decides);
  state.present = presence(record, state);
  if (state.present == true) state.live = served;
  show_host(state, memory, servers);
  state.consistent = consistent(servers);
  if (const auto& success = memory.past().last_success) state.last_success = std::min(*success, memory.now());
  show_certificates(state, memory, servers);
  show_last_look(state, memory, served.get());
  return state;
}

}  // namespace mta_sts::judge
