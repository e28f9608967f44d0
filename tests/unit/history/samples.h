#pragma once

#include <string>
#include <string_view>

#include "exporter/history/documents.h"

namespace mta_sts::testing {

inline const WallTime kEpoch{std::chrono::seconds(1750000000)};
inline WallTime at(int seconds) { return kEpoch + std::chrono::seconds(seconds); }
inline IpAddress ip(std::string_view text) { return parse_ip(text).value(); }

/// A look at 900, the last conclusive one at 800, a policy served at 700.
inline history::Beat beat() { return {at(900), at(800), at(700)}; }

inline formats::StsPolicy policy(formats::Mode mode, const std::vector<std::string>& mx) {
  formats::StsPolicy policy{mode, std::chrono::seconds(604800), {}};
  for (const auto& pattern : mx) policy.mx.push_back(formats::MxPattern::parse(pattern).value());
  return policy;
}

inline formats::CertificateFacts certificate(const std::string& serial) {
  return {"CN=mta-sts.example.org",
          "CN=Test CA,O=Test",
          serial,
          "f00d" + serial,
          {"mta-sts.example.org", "example.org"},
          at(-86400),
          at(86400 * 60)};
}
inline formats::ChainFacts chain(const std::string& serial) {
  return {{certificate(serial), certificate("ca")}, at(86400 * 30), {{Reason::CertNameMismatch, "other name"}}};
}
inline formats::TlsFacts tls(const std::string& serial) {
  return {"TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", chain(serial)};
}

/// Every field has another value than that of a new object.
inline judge::Past past() {
  using formats::Mode;
  judge::Past past;
  past.policies = {
      {policy(Mode::Enforce, {"MX1.example.org", "*.Mail.example.org"}),
       "version: STSv1\r\nmode: enforce\r\n",
       {at(1), at(500), false},
       {{"20250101", {at(2), at(3), false}}, {"20250102", {at(3), at(500), false}}}},
      {policy(Mode::None, {}), "version: STSv1\n", {at(500), at(700), true}, {{"3", {at(501), at(700), true}}}}};
  past.ids = {{"20250101", {at(2), at(3), false}, std::chrono::seconds(300)},
              {"3", {at(501), at(800), true}, std::chrono::seconds(0)}};
  past.mx_sets = {{{{10, "mx1.example.org"}, {65535, "mx2.example.org"}}, {at(1), at(9), false}},
                  {{}, {at(10), at(800), true}}};
  past.modes = {{Mode::Testing, {at(1), at(4), false}}, {Mode::Enforce, {at(5), at(800), true}}};
  past.changes = {{at(6), judge::Check::MxTls, Reason::CertExpired}, {at(7), judge::Check::Record, std::nullopt}};
  past.live = policy(Mode::Enforce, {"mx1.example.org"});
  past.policy_changed = at(500);
  past.id_changed = at(501);
  past.last_success = at(700);
  past.enforce_ready_since = at(8);
  past.gone = judge::Sight{at(600), at(800), true};
  past.sts_seen = true;
  return past;
}

inline judge::PolicyFetch fetch(std::string_view address, const std::string& serial) {
  judge::PolicyFetch fetch;
  fetch.address = ip(address);
  fetch.fault = Fault{Reason::HttpTooLarge, "too \"large\"\n"};
  fetch.tls = tls(serial);
  fetch.status = 200;
  fetch.content_type = "text/plain";
  fetch.content_encoding = "gzip";
  fetch.last_modified = "";
  fetch.body = "version: STSv1\r\nmode: enforce\r\n";
  return fetch;
}

/// Every field that is stored has another value than that of a new object.
inline judge::DomainObservation domain_look(WallTime finished) {
  judge::DomainObservation look;
  look.finished = finished;
  look.record.rrs = {"v=STSv1; id=1;", ""};
  look.record.fault = Fault{Reason::DnsBogus, "EDE 6"};
  look.record.cname_chain = {"a.example", "b.example"};
  look.policy_host = judge::PolicyHost{"mta-sts.example.org",
                                       "example.org",
                                       {{ip("192.0.2.1"), ip("2001:db8::1")}, Fault{Reason::DnsTimeout, "AAAA"}, {"c"}},
                                       {ip("192.0.2.1")},
                                       {fetch("192.0.2.1", "01"), fetch("2001:db8::1", "02")},
                                       at(50),
                                       finished};
  look.mx.fault = Fault{Reason::DnsServfail, "SERVFAIL"};
  look.mx.hosts = {{"mx1.example.org", 10, "example.org", {{ip("192.0.2.9")}, {}, {}}, {ip("192.0.2.9")}, true},
                   {"192.0.2.8", 20, "p", {}, {}, false}};
  look.mx.implicit = look.mx.null_mx = look.mx.too_many = true;
  look.tlsrpt.rrs = {"v=TLSRPTv1; rua=mailto:a@example.org"};
  return look;
}

inline judge::EndpointObservation endpoint_look(WallTime finished) {
  judge::EndpointObservation look;
  look.finished = finished;
  look.fault = Fault{Reason::SmtpTimeout, "after STARTTLS"};
  look.greeted = look.starttls = true;
  look.tls = tls("0a");
  return look;
}

}  // namespace mta_sts::testing
