#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/judge/domain.h"
#include "exporter/judge/outcome.h"
#include "exporter/judge/resting_memory.h"

namespace mta_sts::testing {

inline const WallTime kStart{std::chrono::seconds(1750000000)};
inline constexpr std::chrono::minutes kInterval{5};
inline constexpr std::chrono::minutes kHold{15};

inline IpAddress ip(std::string_view text) { return parse_ip(text).value(); }
inline Fault fault(Reason reason) { return {reason, "why " + std::string(to_text(reason))}; }

inline judge::TxtLookup txt(std::vector<std::string> rrs) {
  judge::TxtLookup lookup;
  lookup.rrs = std::move(rrs);
  return lookup;
}
inline judge::TxtLookup no_txt(Reason reason) {
  judge::TxtLookup lookup;
  lookup.fault = fault(reason);
  return lookup;
}

inline judge::AddressLookup found(const std::vector<std::string>& addresses) {
  judge::AddressLookup lookup;
  for (const std::string& address : addresses) lookup.addresses.push_back(ip(address));
  return lookup;
}
inline judge::AddressLookup not_found(Reason reason) {
  judge::AddressLookup lookup;
  lookup.fault = fault(reason);
  return lookup;
}

inline std::string policy_text(std::string_view mode, const std::vector<std::string>& mx, int max_age = 604800) {
  std::string text = "version: STSv1\nmode: " + std::string(mode) + "\n";
  for (const std::string& pattern : mx) text += "mx: " + pattern + "\n";
  return text + "max_age: " + std::to_string(max_age) + "\n";
}

inline formats::CertificateFacts leaf(std::string serial, WallTime not_after) {
  return {"CN=leaf", "CN=Test CA", std::move(serial), "f00d", {}, kStart - std::chrono::hours(24), not_after};
}
inline formats::TlsFacts tls_with(formats::ChainFacts chain) {
  return {"TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", std::move(chain)};
}
/// A handshake with a certificate that passes for 30 days, or has these faults.
inline formats::TlsFacts handshake(const std::vector<Reason>& cert_faults = {}) {
  formats::ChainFacts chain{{leaf("01", kStart + std::chrono::hours(720))}, kStart + std::chrono::hours(7200), {}};
  for (const Reason reason : cert_faults) chain.faults.push_back(fault(reason));
  return tls_with(std::move(chain));
}

/// The same with a leaf of these dates.
inline formats::TlsFacts dated(const formats::TlsFacts& tls, WallTime not_before, WallTime not_after) {
  formats::ChainFacts chain = *tls.chain;
  formats::CertificateFacts leaf = *chain.sent[0];
  leaf.not_before = not_before;
  leaf.not_after = not_after;
  chain.sent[0] = std::move(leaf);
  return tls_with(std::move(chain));
}

/// An answer with status 200 and this text.
inline judge::PolicyFetch serves(std::string_view address, std::string body) {
  judge::PolicyFetch fetch;
  fetch.address = ip(address);
  fetch.tls = handshake();
  fetch.status = 200;
  fetch.content_type = "text/plain";
  fetch.body = std::move(body);
  fetch.duration = std::chrono::milliseconds(250);
  return fetch;
}
inline judge::PolicyFetch answers(std::string_view address, int status) {
  auto fetch = serves(address, "");
  fetch.status = status;
  return fetch;
}
/// No answer: a fault before or in the handshake.
inline judge::PolicyFetch breaks(std::string_view address, Reason reason) {
  judge::PolicyFetch fetch;
  fetch.address = ip(address);
  fetch.fault = fault(reason);
  fetch.duration = std::chrono::milliseconds(10);
  return fetch;
}
inline judge::PolicyFetch refuses_certificate(std::string_view address, const std::vector<Reason>& faults) {
  auto fetch = breaks(address, faults.front());
  fetch.tls = handshake(faults);
  return fetch;
}

inline judge::PolicyHost policy_host(std::vector<judge::PolicyFetch> fetches) {
  judge::PolicyHost host;
  host.target = "mta-sts.example.org";
  host.provider = "example.org";
  for (const auto& fetch : fetches) host.lookup.addresses.push_back(fetch.address);
  host.routable = host.lookup.addresses;
  host.fetches = std::move(fetches);
  return host;
}
inline judge::PolicyHost policy_host_without_address(Reason reason) {
  auto host = policy_host({});
  host.lookup.fault = fault(reason);
  return host;
}

inline judge::MxHost mx_host(std::string name, judge::AddressLookup lookup, std::uint16_t preference = 10) {
  judge::MxHost host;
  host.name = std::move(name);
  host.preference = preference;
  host.provider = "example.org";
  host.endpoints = lookup.addresses;
  host.lookup = std::move(lookup);
  return host;
}
inline judge::MxLookup mx_set(std::vector<judge::MxHost> hosts) {
  judge::MxLookup mx;
  mx.hosts = std::move(hosts);
  return mx;
}
inline judge::MxLookup no_mx_set(Reason reason) {
  judge::MxLookup mx;
  mx.fault = fault(reason);
  return mx;
}
inline judge::MxLookup null_mx() {
  judge::MxLookup mx;
  mx.null_mx = true;
  return mx;
}
inline judge::MxLookup implicit_mx(judge::AddressLookup lookup) {
  auto mx = mx_set({mx_host("example.org", std::move(lookup), 0)});
  mx.implicit = true;
  return mx;
}

/// A dialogue that goes through.
inline judge::EndpointObservation delivers() {
  judge::EndpointObservation seen;
  seen.duration = std::chrono::milliseconds(500);
  seen.greeted = true;
  seen.starttls = true;
  seen.tls = handshake();
  return seen;
}
/// A dialogue that ends after the greeting and before a certificate was received.
inline judge::EndpointObservation fails_after_greeting(Reason reason) {
  judge::EndpointObservation seen;
  seen.duration = std::chrono::milliseconds(500);
  seen.greeted = true;
  seen.fault = fault(reason);
  return seen;
}
inline judge::EndpointObservation not_greeted(Reason reason) {
  auto seen = fails_after_greeting(reason);
  seen.greeted = false;
  return seen;
}
inline judge::EndpointObservation refused_certificate(const std::vector<Reason>& faults) {
  auto seen = delivers();
  seen.fault = fault(faults.front());
  seen.tls = handshake(faults);
  return seen;
}

/// Looks at one endpoint, one after another.
class EndpointStory {
 public:
  explicit EndpointStory(std::string mx = "mx.example.org", std::string_view address = "192.0.2.25")
      : mx_(std::move(mx)), address_(ip(address)) {}

  judge::EndpointState look(judge::EndpointObservation seen, std::chrono::nanoseconds later = kInterval) {
    now_ += std::chrono::duration_cast<WallTime::duration>(later);
    seen.finished = now_;
    memory_->remember(std::move(seen));
    auto state = judge::judge_endpoint(mx_, address_, *memory_);
    memory_.rest();  // as in the exporter: nothing that follows may differ for it
    return state;
  }

 private:
  std::string mx_;
  IpAddress address_;
  WallTime now_ = kStart;
  judge::RestingEndpointMemory memory_{{kHold}};
};

/// Looks at one domain, one after another. `seen` is what the next look finds, at first a domain without fault: mode
/// enforce, one MX host with one address. `endpoints` is what is known of MX endpoints.
class Story {
 public:
  explicit Story(std::optional<settings::Expectation> expect = {})
      : setting_(std::make_shared<settings::DomainSetting>(
            settings::DomainSetting{formats::DomainName::from_ascii("example.org").value(), {}, expect})) {
    seen.duration = std::chrono::seconds(1);
    seen.record = txt({"v=STSv1; id=a1"});
    seen.policy_host = policy_host({serves("192.0.2.1", policy_text("enforce", {"mx.example.org"}))});
    seen.mx = mx_set({mx_host("mx.example.org", found({"192.0.2.25"}))});
    seen.tlsrpt = txt({"v=TLSRPTv1; rua=mailto:tls@example.org"});
    endpoint("mx.example.org", "192.0.2.25", delivers());
  }

  void endpoint(const std::string& mx, std::string_view address, judge::EndpointObservation observation) {
    endpoint_after(mx, address, {std::move(observation)});
  }
  /// What several looks in a row leave.
  void endpoint_after(const std::string& mx, std::string_view address,
                      const std::vector<judge::EndpointObservation>& observations) {
    EndpointStory story(mx, address);
    for (const auto& observation : observations) {
      endpoints[{mx, ip(address)}] = std::make_shared<const judge::EndpointState>(story.look(observation));
    }
  }

  judge::DomainState look(std::chrono::nanoseconds later = kInterval) {
    now_ += std::chrono::duration_cast<WallTime::duration>(later);
    seen.finished = now_;
    if (seen.policy_host && !policy_host_kept) seen.policy_host->at = now_;
    memory_->remember(seen);
    auto state = judge::judge_domain(setting_, *memory_, finder(), smtp);
    memory_.rest();  // as in the exporter: nothing that follows may differ for it
    return state;
  }
  /// What the last look found, without another one, as after a restart.
  judge::DomainState judged_later(std::chrono::nanoseconds later) {
    memory_->judge_at(now_ + std::chrono::duration_cast<WallTime::duration>(later));
    auto state = judge::judge_domain(setting_, *memory_, finder(), smtp);
    memory_.rest();
    return state;
  }
  judge::FindEndpoint finder() const {
    return [this](const std::string& mx, const IpAddress& address) {
      const auto known = endpoints.find({mx, address});
      return known == endpoints.end() ? nullptr : known->second;
    };
  }
  WallTime now() const { return now_; }
  const judge::DomainMemory& memory() { return *memory_; }

  judge::DomainObservation seen;
  bool policy_host_kept = false;  ///< it is not asked: what it said before is in `seen`
  std::map<std::pair<std::string, IpAddress>, std::shared_ptr<const judge::EndpointState>> endpoints;
  judge::SmtpLooks smtp = judge::SmtpLooks::Enabled;

 private:
  std::shared_ptr<const settings::DomainSetting> setting_;
  WallTime now_ = kStart;
  judge::RestingMemory memory_{{kHold}};
};

inline std::string shown(const judge::Problems& problems) {
  std::string text;
  for (const judge::Problem& problem : problems) {
    text += " " + std::string(to_text(problem.outcome)) + ":" + std::string(to_text(problem.reason));
  }
  return text;
}
inline std::string shown(std::optional<bool> value) { return value ? *value ? "1" : "0" : "-"; }
/// check_ok and check_problem as they are shown: "1", "-", "0 fail:http_status", "1 inconclusive:dns_timeout".
inline std::string shown(const judge::CheckState& check) { return shown(check.ok) + shown(check.problems); }

/// The problem of a check that fails.
inline std::string fails(Reason reason) { return "0 fail:" + std::string(to_text(reason)); }
inline std::string silent(Reason reason) { return "- inconclusive:" + std::string(to_text(reason)); }

}  // namespace mta_sts::testing
