#include <chrono>
#include <memory>

#include <catch2/catch.hpp>

#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"
#include "tests/unit/metrics/lines.h"

using mta_sts::Reason;
using mta_sts::WallTime;
using mta_sts::judge::Outcome;
using mta_sts::testing::lines_of;
using mta_sts::testing::text_of;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace judge = mta_sts::judge;
namespace metrics = mta_sts::metrics;
namespace formats = mta_sts::formats;
namespace settings = mta_sts::settings;

namespace {

WallTime at(std::int64_t since_epoch) { return WallTime(seconds(since_epoch)); }

std::shared_ptr<const settings::DomainSetting> setting(settings::DomainSetting value) {
  return std::make_shared<const settings::DomainSetting>(std::move(value));
}

formats::CertificateFacts certificate() {
  return {"CN=mta-sts.example.org",
          "CN=R3,O=\"Let's\\, Encrypt\",C=US",
          "03ab",
          "c0ffee",
          {},
          at(1700000000),
          at(1707776000)};
}

std::string text(const judge::DomainState& state) {
  return text_of(metrics::render(state), metrics::domain_families());
}
template <typename State>
std::string text(const State& of_mx) {
  return text_of(metrics::render(of_mx), metrics::mx_families());
}

/// A domain of which everything is known.
judge::DomainState full_domain() {
  judge::DomainState state;
  state.setting = setting({formats::DomainName::from_ascii("example.org").value(),
                           {{"team", "mail \"ops\""}, {"env", "prod"}},
                           settings::Expectation::Enforce});
  state.last_probe = at(1750000000) + milliseconds(250);
  state.last_conclusive = at(1749999700);
  state.duration = milliseconds(1234);
  state.record = {judge::passed(), true, true, "20260101"};
  auto& policy = state.policy;
  policy.fetch = judge::passed();
  policy.fetch.problems.push_back({Outcome::Inconclusive, Reason::EgressBlocked, "detail", "192.0.2.1"});
  policy.syntax = judge::passed();
  policy.servers = judge::failed(Reason::PolicyInconsistent, "detail");
  policy.present = true;
  policy.live = formats::StsPolicy{
      formats::Mode::Testing,
      seconds(604800),
      {formats::MxPattern::parse("*.example.org").value(), formats::MxPattern::parse("old.example.com").value()}};
  policy.served = true;
  policy.http_status = 200;
  policy.fetch_duration = milliseconds(85);
  policy.addresses = 2;
  policy.addresses_ok = 2;
  policy.consistent = false;
  policy.target = "host.provider.example";
  policy.provider = "provider.example";
  policy.last_success = at(1749999999);
  policy.cert_valid = true;
  policy.cert = certificate();
  policy.chain_not_after = at(1760000000);
  auto& mx = state.mx;
  mx.lookup = judge::passed();
  mx.policy_match = judge::failed(Reason::MxNotInPolicy, "detail", "mx.example.net");
  mx.tls.ok = false;
  mx.tls.problems = {{Outcome::Fail, Reason::CertExpired, "detail", "x"},
                     {Outcome::Inconclusive, Reason::SmtpBusy, "detail", "x"}};
  mx.hosts = {{"mx.example.org", 10, "example.org", true, true, true, true, {}},
              {"mx.example.net", 20, "example.net", false, false, true, false, {}},
              {"new.example.org", 30, "example.org", true, std::nullopt, std::nullopt, false, {}}};
  mx.patterns_unused = 1;
  mx.delivery_ok = true;
  mx.enforce_ready = false;
  state.tlsrpt = {judge::failed(Reason::TlsrptRuaInvalid, "detail"), true, false};
  state.expectation = judge::failed(Reason::ModeUnexpected, "detail");
  auto& cached = state.cached;
  cached.id_fresh = judge::failed(Reason::IdStale, "detail");
  cached.lifecycle = judge::passed();
  cached.id_stale = true;
  cached.conflict = false;
  cached.exposed = true;
  cached.expiry = at(1750604800);
  cached.enforce_held_until = at(1750604801);
  cached.removal_safe = at(1750604802);
  cached.policy_changed = at(1749000000);
  cached.id_changed = at(1749000001);
  cached.mode_since = at(1749000002);
  cached.enforce_ready_since = at(1749000003);
  return state;
}

const char* const kFullDomain =
    R"(mta_sts_domain_info{domain="example.org",env="prod",team="mail \"ops\""} 1
mta_sts_domain_expected_mode{domain="example.org",mode="enforce"} 1
mta_sts_domain_last_probe_timestamp_seconds{domain="example.org"} 1750000000.25
mta_sts_domain_last_conclusive_timestamp_seconds{domain="example.org"} 1749999700
mta_sts_domain_probe_duration_seconds{domain="example.org"} 1.234
mta_sts_check_ok{domain="example.org",check="record"} 1
mta_sts_check_ok{domain="example.org",check="policy_fetch"} 1
mta_sts_check_ok{domain="example.org",check="policy_syntax"} 1
mta_sts_check_ok{domain="example.org",check="policy_servers"} 0
mta_sts_check_ok{domain="example.org",check="mx_lookup"} 1
mta_sts_check_ok{domain="example.org",check="mx_policy_match"} 0
mta_sts_check_ok{domain="example.org",check="mx_tls"} 0
mta_sts_check_ok{domain="example.org",check="id_fresh"} 0
mta_sts_check_ok{domain="example.org",check="lifecycle"} 1
mta_sts_check_ok{domain="example.org",check="expectation"} 0
mta_sts_check_ok{domain="example.org",check="tlsrpt"} 0
mta_sts_check_problem{domain="example.org",check="policy_fetch",outcome="inconclusive",reason="egress_blocked"} 1
mta_sts_check_problem{domain="example.org",check="policy_servers",outcome="fail",reason="policy_inconsistent"} 1
mta_sts_check_problem{domain="example.org",check="mx_policy_match",outcome="fail",reason="mx_not_in_policy"} 1
mta_sts_check_problem{domain="example.org",check="mx_tls",outcome="fail",reason="cert_expired"} 1
mta_sts_check_problem{domain="example.org",check="mx_tls",outcome="inconclusive",reason="smtp_busy"} 1
mta_sts_check_problem{domain="example.org",check="id_fresh",outcome="fail",reason="id_stale"} 1
mta_sts_check_problem{domain="example.org",check="expectation",outcome="fail",reason="mode_unexpected"} 1
mta_sts_check_problem{domain="example.org",check="tlsrpt",outcome="fail",reason="tlsrpt_rua_invalid"} 1
mta_sts_record_present{domain="example.org"} 1
mta_sts_record_valid{domain="example.org"} 1
mta_sts_record_info{domain="example.org",id="20260101"} 1
mta_sts_policy_present{domain="example.org"} 1
mta_sts_policy_mode{domain="example.org",mode="enforce"} 0
mta_sts_policy_mode{domain="example.org",mode="testing"} 1
mta_sts_policy_mode{domain="example.org",mode="none"} 0
mta_sts_policy_max_age_seconds{domain="example.org"} 604800
mta_sts_policy_mx_patterns{domain="example.org"} 2
mta_sts_policy_mx_patterns_unused{domain="example.org"} 1
mta_sts_policy_fetch_http_status_code{domain="example.org"} 200
mta_sts_policy_fetch_duration_seconds{domain="example.org"} 0.085
mta_sts_policy_addresses{domain="example.org"} 2
mta_sts_policy_addresses_ok{domain="example.org"} 2
mta_sts_policy_consistent{domain="example.org"} 0
mta_sts_policy_host_info{domain="example.org",target="host.provider.example",provider="provider.example"} 1
mta_sts_policy_last_success_timestamp_seconds{domain="example.org"} 1749999999
mta_sts_policy_changed_timestamp_seconds{domain="example.org"} 1749000000
mta_sts_policy_mode_since_timestamp_seconds{domain="example.org"} 1749000002
mta_sts_policy_cert_valid{domain="example.org"} 1
mta_sts_policy_cert_not_before_timestamp_seconds{domain="example.org"} 1700000000
mta_sts_policy_cert_not_after_timestamp_seconds{domain="example.org"} 1707776000
mta_sts_policy_cert_chain_not_after_timestamp_seconds{domain="example.org"} 1760000000
mta_sts_policy_cert_info{domain="example.org",issuer="CN=R3,O=\"Let's\\, Encrypt\",C=US",serial="03ab",fingerprint_sha256="c0ffee"} 1
mta_sts_domain_mx_preference{domain="example.org",mx="mx.example.org"} 10
mta_sts_domain_mx_preference{domain="example.org",mx="mx.example.net"} 20
mta_sts_domain_mx_preference{domain="example.org",mx="new.example.org"} 30
mta_sts_domain_mx_policy_match{domain="example.org",mx="mx.example.org"} 1
mta_sts_domain_mx_policy_match{domain="example.org",mx="mx.example.net"} 0
mta_sts_domain_mx_policy_match{domain="example.org",mx="new.example.org"} 1
mta_sts_domain_mx_deliverable{domain="example.org",mx="mx.example.org"} 1
mta_sts_domain_mx_deliverable{domain="example.org",mx="mx.example.net"} 0
mta_sts_delivery_ok{domain="example.org"} 1
mta_sts_enforce_ready{domain="example.org"} 0
mta_sts_enforce_ready_since_timestamp_seconds{domain="example.org"} 1749000003
mta_sts_enforce_held_until_timestamp_seconds{domain="example.org"} 1750604801
mta_sts_id_stale{domain="example.org"} 1
mta_sts_id_changed_timestamp_seconds{domain="example.org"} 1749000001
mta_sts_cached_policy_conflict{domain="example.org"} 0
mta_sts_cached_policy_exposed{domain="example.org"} 1
mta_sts_cached_policy_expiry_timestamp_seconds{domain="example.org"} 1750604800
mta_sts_removal_safe_timestamp_seconds{domain="example.org"} 1750604802
mta_sts_tlsrpt_record_present{domain="example.org"} 1
mta_sts_tlsrpt_record_valid{domain="example.org"} 0
)";

judge::EndpointState full_endpoint() {
  judge::EndpointState state;
  state.mx = "mx.example.org";
  state.address = mta_sts::parse_ip("2001:db8:0:0:0:0:0:25").value();
  state.last_probe = at(1750000000);
  state.last_conclusive = at(1749990000);
  state.duration = milliseconds(1500);
  state.reachable = true;
  state.starttls = true;
  state.passes = false;
  state.tls =
      std::make_shared<const formats::TlsFacts>(formats::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", {}});
  state.cert_valid = false;
  state.cert = certificate();
  state.chain_not_after = at(1760000000);
  state.problems = {{Outcome::Fail, Reason::CertExpired, "d", ""}, {Outcome::Inconclusive, Reason::SmtpBusy, "d", ""}};
  return state;
}

const char* const kFullEndpoint =
    R"(mta_sts_mx_reachable{mx="mx.example.org",address="2001:db8::25"} 1
mta_sts_mx_starttls{mx="mx.example.org",address="2001:db8::25"} 1
mta_sts_mx_tls_info{mx="mx.example.org",address="2001:db8::25",version="TLSv1.3",cipher="TLS_AES_256_GCM_SHA384",group="x25519"} 1
mta_sts_mx_cert_valid{mx="mx.example.org",address="2001:db8::25"} 0
mta_sts_mx_cert_not_before_timestamp_seconds{mx="mx.example.org",address="2001:db8::25"} 1700000000
mta_sts_mx_cert_not_after_timestamp_seconds{mx="mx.example.org",address="2001:db8::25"} 1707776000
mta_sts_mx_cert_chain_not_after_timestamp_seconds{mx="mx.example.org",address="2001:db8::25"} 1760000000
mta_sts_mx_cert_info{mx="mx.example.org",address="2001:db8::25",issuer="CN=R3,O=\"Let's\\, Encrypt\",C=US",serial="03ab",fingerprint_sha256="c0ffee"} 1
mta_sts_mx_problem{mx="mx.example.org",address="2001:db8::25",outcome="fail",reason="cert_expired"} 1
mta_sts_mx_problem{mx="mx.example.org",address="2001:db8::25",outcome="inconclusive",reason="smtp_busy"} 1
mta_sts_mx_last_probe_timestamp_seconds{mx="mx.example.org",address="2001:db8::25"} 1750000000
mta_sts_mx_last_conclusive_timestamp_seconds{mx="mx.example.org",address="2001:db8::25"} 1749990000
mta_sts_mx_probe_duration_seconds{mx="mx.example.org",address="2001:db8::25"} 1.5
)";

}  // namespace

TEST_CASE("golden: a domain of which everything is known", "[metrics][golden]") {
  CHECK(text(full_domain()) == kFullDomain);
}

TEST_CASE("golden: of a domain of which nothing is known only the inventory is shown", "[metrics][golden]") {
  judge::DomainState state;
  state.setting = setting({formats::DomainName::from_ascii("example.org").value(), {}, {}});
  state.last_probe = at(1750000000);
  state.record.check.problems = {{judge::Outcome::Inconclusive, Reason::DnsTimeout, "detail", {}}};
  CHECK(text(state) ==
        "mta_sts_domain_info{domain=\"example.org\"} 1\n"
        "mta_sts_domain_last_probe_timestamp_seconds{domain=\"example.org\"} 1750000000\n"
        "mta_sts_check_problem{domain=\"example.org\",check=\"record\",outcome=\"inconclusive\",reason=\"dns_timeout\"}"
        " 1\n");
}

TEST_CASE("golden: an MX endpoint of which everything is known", "[metrics][golden]") {
  CHECK(text(full_endpoint()) == kFullEndpoint);
}

TEST_CASE("golden: an MX endpoint that was never reached shows its problem and its probe", "[metrics][golden]") {
  judge::EndpointState state;
  state.mx = "mx.example.org";
  state.address = mta_sts::parse_ip("192.0.2.25").value();
  state.last_probe = at(1750000000);
  state.problems = {{Outcome::Inconclusive, Reason::EgressBlocked, "d", ""}};
  CHECK(text(state) ==
        "mta_sts_mx_problem{mx=\"mx.example.org\",address=\"192.0.2.25\",outcome=\"inconclusive\",reason=\"egress_"
        "blocked\"} 1\n"
        "mta_sts_mx_last_probe_timestamp_seconds{mx=\"mx.example.org\",address=\"192.0.2.25\"} 1750000000\n");
}

TEST_CASE("golden: an MX host, with an empty address where its name has none", "[metrics][golden]") {
  const judge::NameProblems problems{judge::Problem{Outcome::Fail, Reason::MxUnresolvable, "d", ""},
                                     judge::Problem{Outcome::Inconclusive, Reason::DnsTimeout, "d", ""}};
  CHECK(text(metrics::MxHostView{"mx.example.org", "example.org", 3, 2, problems}) ==
        "mta_sts_mx_problem{mx=\"mx.example.org\",address=\"\",outcome=\"fail\",reason=\"mx_unresolvable\"} 1\n"
        "mta_sts_mx_problem{mx=\"mx.example.org\",address=\"\",outcome=\"inconclusive\",reason=\"dns_timeout\"} 1\n"
        "mta_sts_mx_info{mx=\"mx.example.org\",provider=\"example.org\"} 1\n"
        "mta_sts_mx_domains{mx=\"mx.example.org\"} 3\n"
        "mta_sts_mx_enforced_domains{mx=\"mx.example.org\"} 2\n");
}

TEST_CASE("golden: names and configured labels of one beginning are told apart, however long it is",
          "[metrics][golden]") {
  const std::string stem = std::string(63, 'a') + "." + std::string(63, 'b') + ".";
  const std::string name = stem + "one.example";
  const std::string mx = stem + "mx.example";
  const std::string team(1024, 't');
  auto domain = full_domain();
  domain.setting = setting({formats::DomainName::from_ascii(name).value(), {{"team", team}}, {}});
  domain.mx.hosts.front().name = mx;
  domain.record.id = std::string(200, '1');
  const std::string of_domain = "{domain=\"" + name + "\"";
  const std::string shown = text(domain);
  CHECK(shown.find("mta_sts_domain_info" + of_domain + ",team=\"" + team + "\"} 1\n") != std::string::npos);
  for (const std::string family : {"preference", "policy_match", "deliverable"}) {
    CAPTURE(family);
    CHECK(shown.find("mta_sts_domain_mx_" + family + of_domain + ",mx=\"" + mx + "\"} 1") != std::string::npos);
  }
  // What a monitored domain wrote is cut.
  CHECK(shown.find("mta_sts_record_info" + of_domain + ",id=\"" + std::string(125, '1') + "...\"} 1\n") !=
        std::string::npos);

  auto endpoint = full_endpoint();
  endpoint.mx = mx;
  CHECK(text(endpoint).find("mta_sts_mx_reachable{mx=\"" + mx + "\",address=\"2001:db8::25\"} 1\n") !=
        std::string::npos);
  CHECK(text(metrics::MxHostView{mx, "example.org", 3, 2, {}}).find("mta_sts_mx_domains{mx=\"" + mx + "\"} 3\n") !=
        std::string::npos);
}

TEST_CASE("golden: every domain family has a line in the full state", "[metrics][golden]") {
  const auto lines = metrics::render(full_domain());
  const auto families = metrics::domain_families();
  for (std::size_t i = 0; i < families.size(); ++i) {
    INFO(families[i].family.name);
    CHECK_FALSE(lines_of(lines, i, families[i].family.name).empty());
  }
}
