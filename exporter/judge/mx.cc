#include "exporter/judge/mx.h"

#include <algorithm>

namespace mta_sts::judge {
namespace {

using formats::Mode;

struct Endpoint {
  IpAddress address;
  std::shared_ptr<const EndpointState> state;  // nullptr: not yet looked at

  bool passes() const { return state && state->passes == true; }
  bool fails() const { return state && state->passes == false; }
  bool inconclusive() const { return state && state->inconclusive(); }
  /// Not yet looked at, or so long ago, in an earlier process, that nothing is held of it.
  bool unknown() const { return !state || (!state->passes && !state->inconclusive()); }
};

/// One MX host as judging sees it.
struct Host {
  MxHost host;
  NameProblems problems;
  std::vector<Endpoint> endpoints;
  bool has_address = false;     // routable by this machine or not
  bool partial = false;         // one address family could not be asked
  std::optional<Fault> silent;  // of the latest lookup of its addresses

  bool has_no_address() const { return problems.fail.has_value(); }
  bool any(bool (Endpoint::*holds)() const) const {
    return std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint& e) { return (e.*holds)(); });
  }
  bool passes_now() const {
    return std::any_of(endpoints.begin(), endpoints.end(),
                       [](const Endpoint& e) { return e.passes() && !e.inconclusive(); });
  }
};

using Hosts = std::vector<Host>;

Hosts hosts_of(const DomainMemory& memory, const MxLookup& mx, const FindEndpoint& find) {
  Hosts hosts;
  for (const MxHost& seen : mx.hosts) {
    const auto look = memory.mx_host(seen.name);
    Host host{seen, name_problems(look, seen), {}, false, false, look.inconclusive};
    if (look.used != nullptr) {
      host.partial = look.used->lookup.partial();
      host.has_address = !look.used->lookup.addresses.empty();
      for (const IpAddress& address : look.used->endpoints)
        host.endpoints.push_back({address, find(seen.name, address)});
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

std::shared_ptr<const EndpointState> no_endpoint(const std::string&, const IpAddress&) { return nullptr; }

/// No MX record and no address either: the domain has no MX host at all.
bool implicit_without_address(const MxLookup& mx, const Hosts& hosts) {
  return mx.implicit && hosts.size() == 1 && hosts.front().has_no_address();
}

/// By what is known of the hosts' names, held or not.
CheckState judge_known(const Hosts& hosts) {
  if (std::any_of(hosts.begin(), hosts.end(), [](const Host& host) { return host.has_address; })) return passed();
  if (!std::all_of(hosts.begin(), hosts.end(), [](const Host& host) { return host.has_no_address(); })) return {};
  const bool unresolvable = std::all_of(hosts.begin(), hosts.end(), [](const Host& host) {
    return host.problems.fail->reason == Reason::MxUnresolvable;
  });
  if (unresolvable) return failed(Reason::MxUnresolvable, "no MX host exists in the DNS");
  return failed(Reason::MxNoAddress, "no MX host has an address");
}

void add_silent(CheckState& check, const Hosts& hosts) {
  const auto silent =
      std::find_if(hosts.begin(), hosts.end(), [](const Host& host) { return host.silent.has_value(); });
  if (silent == hosts.end()) return;
  check.problems.push_back({Outcome::Inconclusive, silent->silent->reason, silent->silent->detail, silent->host.name});
}

CheckState judge_hosts(const Hosts& hosts) {
  CheckState check = judge_known(hosts);
  const auto has_address_now = [](const Host& host) { return host.has_address && !host.silent; };
  if (std::any_of(hosts.begin(), hosts.end(), has_address_now)) return check;
  add_silent(check, hosts);
  return check;
}

/// RFC 7505 §3: a null MX must be the only MX record. That can be told of a set that is not whole.
bool is_null_mixed(const MxLookup& mx) { return mx.null_mx && !mx.hosts.empty(); }

CheckState no_mx() { return failed(Reason::MxNone, "the domain has neither an MX record nor an address"); }

CheckState judge_set(const MxLookup& mx, const Hosts& hosts) {
  // RFC 5321 §5.1: the implicit MX is for a domain that exists; NXDOMAIN means no mail host.
  if (mx.fault) return failed(Reason::MxNone, mx.fault->detail);
  if (mx.null_mx && hosts.empty()) return passed();
  if (is_null_mixed(mx)) return failed(Reason::MxNullMixed, "a null MX stands beside other MX records");
  if (hosts.empty()) return no_mx();
  if (implicit_without_address(mx, hosts)) {
    CheckState check = no_mx();
    add_silent(check, hosts);
    return check;
  }
  // Of a set that is not whole (mx_too_many) nothing is concluded; the latest look says so.
  return mx.too_many ? CheckState{} : judge_hosts(hosts);
}

/// By a sender that wants what a policy demands (RFC 8461 4.2).
std::optional<bool> accepts(const Host& host) {
  if (host.has_no_address()) return false;
  if (host.any(&Endpoint::passes)) return true;
  const bool all_fail =
      !host.endpoints.empty() && !host.partial &&
      std::all_of(host.endpoints.begin(), host.endpoints.end(), [](const Endpoint& e) { return e.fails(); });
  return all_fail ? std::optional(false) : std::nullopt;
}

CheckState judge_match(const MxLookup& mx, const Hosts& hosts, const formats::StsPolicy& policy) {
  std::string missing;
  std::size_t matched = 0;
  for (const Host& host : hosts) {
    if (matches(policy, host.host.name)) {
      ++matched;
    } else {
      missing += (missing.empty() ? "" : ", ") + host.host.name;
    }
  }
  if (matched == 0 && !mx.too_many)
    return failed(Reason::NoMxInPolicy, "no MX host is named by the policy: " + missing, missing);
  if (matched < hosts.size()) return failed(Reason::MxNotInPolicy, "not named by the policy: " + missing, missing);
  return mx.too_many ? CheckState{} : passed();
}

std::string endpoint_text(const Host& host, const Endpoint& endpoint) {
  return host.host.name + " [" + mta_sts::to_text(endpoint.address) + "]";
}

/// Fails by preference, name, address: of the latest looks, and held ones beside a look that said nothing.
struct TlsFails {
  std::optional<Problem> fresh;
  std::optional<Problem> held;
};

TlsFails tls_fails(const Hosts& hosts) {
  TlsFails fails;
  const auto add = [&](bool held, Problem problem, std::string subject) {
    auto& first = held ? fails.held : fails.fresh;
    if (first) return;
    first = std::move(problem);
    first->subject = std::move(subject);
  };
  for (const Host& host : hosts) {
    if (host.has_no_address()) add(host.problems.inconclusive.has_value(), *host.problems.fail, host.host.name);
    for (const Endpoint& endpoint : host.endpoints) {
      if (endpoint.fails())
        add(endpoint.inconclusive(), endpoint.state->problems.front(), endpoint_text(host, endpoint));
    }
  }
  return fails;
}

/// The first look that says nothing and counts: silent addresses beside a passing one of the same host do not.
std::optional<Problem> tls_inconclusive(const Hosts& hosts) {
  for (const Host& host : hosts) {
    if (host.problems.inconclusive) return *host.problems.inconclusive;
    if (host.passes_now()) continue;
    for (const Endpoint& endpoint : host.endpoints) {
      if (!endpoint.inconclusive()) continue;
      Problem problem = endpoint.state->problems.back();
      problem.subject = endpoint_text(host, endpoint);
      return problem;
    }
  }
  return std::nullopt;
}

CheckState judge_tls(const MxLookup& mx, const Hosts& hosts) {
  CheckState check;
  const TlsFails fails = tls_fails(hosts);
  if (fails.fresh || fails.held) {
    check.ok = false;
    check.problems.push_back(fails.fresh ? *fails.fresh : *fails.held);
  } else if (!mx.too_many && std::all_of(hosts.begin(), hosts.end(), [](const Host& h) {
               return h.any(&Endpoint::passes) && !h.any(&Endpoint::unknown);
             })) {
    check.ok = true;
  }
  const auto silent = tls_inconclusive(hosts);
  if (silent && !fails.fresh) check.problems.push_back(*silent);
  return check;
}

std::optional<bool> enforce_ready(const MxState& state, const Hosts& hosts, const MxLookup& mx) {
  bool some_pass = false;
  bool all_known = true;
  bool all_have_address = true;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Host& host = hosts[i];
    if (state.hosts[i].policy_match == false || host.has_no_address() || host.any(&Endpoint::fails)) return false;
    some_pass = some_pass || host.any(&Endpoint::passes);
    all_known = all_known && !host.any(&Endpoint::unknown);
    all_have_address = all_have_address && host.has_address;
  }
  const bool ready = some_pass && all_known && all_have_address && !mx.too_many && !hosts.empty();
  return ready ? std::optional(true) : std::nullopt;
}

std::optional<bool> delivery_ok(const MxState& state, const formats::StsPolicy& policy, const MxLookup& mx) {
  if (policy.mode != Mode::Enforce) return true;
  const auto is = [](bool value) { return [value](const MxHostState& host) { return host.deliverable == value; }; };
  if (std::any_of(state.hosts.begin(), state.hosts.end(), is(true))) return true;
  const bool lost = !mx.too_many && std::all_of(state.hosts.begin(), state.hosts.end(), is(false));
  return lost ? std::optional(false) : std::nullopt;
}

std::uint32_t unused_patterns(const formats::StsPolicy& policy, const Hosts& hosts) {
  return static_cast<std::uint32_t>(std::count_if(policy.mx.begin(), policy.mx.end(), [&](const auto& pattern) {
    return std::none_of(hosts.begin(), hosts.end(), [&](const Host& host) { return pattern.matches(host.host.name); });
  }));
}

std::vector<LastMxHost> last_hosts(const DomainMemory& memory, const MxLookup& mx) {
  std::vector<LastMxHost> hosts;
  for (const MxHost& host : mx.hosts) {
    const MxHost* known = memory.last_mx_host(host.name);
    // As while it was held: neither an MX record nor an address is no MX host.
    if (mx.implicit && known != nullptr && known->lookup.addresses.empty()) continue;
    hosts.push_back({host.name, host.provider});
  }
  return hosts;
}

}  // namespace

NameProblems name_problems(const Look<MxHost>& look, const MxHost& host) {
  NameProblems problems;
  const auto problem = [&](Outcome outcome, Reason reason, std::string detail) {
    return Problem{outcome, reason, std::move(detail), host.name};
  };
  if (!host.is_host_name) {
    problems.fail = problem(Outcome::Fail, Reason::MxNotAHost, "\"" + host.name + "\" is no host name");
    return problems;
  }
  if (look.inconclusive) {
    problems.inconclusive = problem(Outcome::Inconclusive, look.inconclusive->reason, look.inconclusive->detail);
  }
  if (look.used == nullptr) return problems;
  const AddressLookup& lookup = look.used->lookup;
  if (lookup.addresses.empty()) {
    const bool nxdomain = lookup.fault && lookup.fault->reason == Reason::DnsNxdomain;
    problems.fail = problem(Outcome::Fail, nxdomain ? Reason::MxUnresolvable : Reason::MxNoAddress,
                            host.name + (nxdomain ? " does not exist" : " has no address"));
  } else if (look.used->endpoints.empty() && !problems.inconclusive) {
    problems.inconclusive =
        problem(Outcome::Inconclusive, Reason::NoRoute, "this machine has no route to any address of " + host.name);
  }
  return problems;
}

MxState judge_mx(const DomainMemory& memory, const PolicyState& policy, const FindEndpoint& find, SmtpLooks smtp) {
  const auto look = memory.mx();
  MxState state;
  if (look.used != nullptr) {
    const MxLookup& mx = *look.used;
    Hosts hosts = hosts_of(memory, mx, smtp == SmtpLooks::Enabled ? find : no_endpoint);
    state.lookup = judge_set(mx, hosts);
    // Neither an MX record nor an address: there is no MX host to show.
    if (implicit_without_address(mx, hosts)) hosts.clear();
    state.known = true;
    state.whole = !mx.too_many;
    state.null_mx = mx.null_mx && mx.hosts.empty();
    for (const Host& host : hosts) {
      MxHostState& shown = state.hosts.emplace_back();
      shown.name = host.host.name;
      shown.preference = host.host.preference;
      shown.provider = host.host.provider;
      shown.problems = host.problems;
      shown.accepts = accepts(host);
      if (!policy.in_force()) continue;
      shown.policy_match = matches(*policy.live, host.host.name);
      shown.deliverable = *shown.policy_match ? shown.accepts : false;
    }
    if (policy.live && !mx.too_many) state.patterns_unused = unused_patterns(*policy.live, hosts);
    if (policy.in_force() && !hosts.empty()) {
      state.policy_match = judge_match(mx, hosts, *policy.live);
      if (smtp == SmtpLooks::Enabled) {
        state.tls = judge_tls(mx, hosts);
        state.tls_awaited = !state.tls.ok && state.tls.problems.empty();
      }
      state.enforce_ready = enforce_ready(state, hosts, mx);
    }
    if (policy.live && !hosts.empty()) state.delivery_ok = delivery_ok(state, *policy.live, mx);
  }
  if (look.used == nullptr && memory.last_mx() != nullptr) state.last_hosts = last_hosts(memory, *memory.last_mx());
  // Of one look a fail leaves no place for another outcome.
  const bool fails_now = look.used != nullptr && is_null_mixed(*look.used) && is_null_mixed(memory.latest().mx);
  if (look.inconclusive && !fails_now) {
    state.lookup.problems.push_back({Outcome::Inconclusive, look.inconclusive->reason, look.inconclusive->detail, {}});
  }
  return state;
}

}  // namespace mta_sts::judge
