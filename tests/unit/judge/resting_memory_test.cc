#include "exporter/judge/resting_memory.h"

#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

// That nothing differs for it is what all stories here and in tests/scenario show: their memory rests after each look.

namespace mta_sts::judge {
namespace {

using namespace mta_sts::testing;

/// Each value of a look that the parts of a memory are made from, none like its default.
DomainObservation full_look() {
  DomainObservation look;
  look.finished = kStart;
  look.duration = std::chrono::milliseconds(1234);
  look.record = txt({"v=STSv1; id=a1", "other"});
  look.record.cname_chain = {"_mta-sts.provider.example"};
  look.record.ttl = std::chrono::seconds(300);
  look.tlsrpt = no_txt(Reason::DnsNxdomain);
  auto fetch = serves("192.0.2.1", policy_text("enforce", {"MX.example.org", "*.example.net"}));
  fetch.content_encoding = "identity";
  fetch.last_modified = "Sat, 01 Nov 2025 00:00:00 GMT";
  auto other = serves("2001:db8::1", fetch.body);
  look.policy_host = policy_host({fetch, other});
  look.policy_host->target = "policies.provider.example";
  look.policy_host->provider = "provider.example";
  look.policy_host->lookup.cname_chain = {"policies.provider.example"};
  look.policy_host->egress_worked = kStart - std::chrono::minutes(1);
  look.policy_host->at = kStart - std::chrono::seconds(1);
  look.mx = mx_set({mx_host("mx.example.org", found({"192.0.2.25", "2001:db8::25"}), 20),
                    mx_host("none.example.org", not_found(Reason::DnsNodata), 30)});
  look.mx.implicit = true;
  return look;
}

/// What a memory is after one conclusive look.
struct Rested {
  explicit Rested(const DomainObservation& look, Past past = {}) {
    memory->restore(std::move(past), {}, kStart);
    memory->remember(look);
    memory->conclude();
  }
  RestingMemory memory{{kHold}};
};

/// Each value that can be other than by default.
Past full_past() {
  const Sight closed{kStart - std::chrono::hours(9), kStart - std::chrono::hours(8), false};
  const auto policy = formats::parse_sts_policy(policy_text("testing", {"old.example.org"})).value.value();
  Past past;
  past.policies.push_back({policy, "exact text", closed, {{"old1", closed}}});
  past.ids.push_back({"old1", closed, std::chrono::seconds(60)});
  past.mx_sets.push_back({{{5, "old.example.org"}}, closed});
  past.modes.push_back({formats::Mode::Testing, closed});
  past.changes.push_back({closed.last, Check::MxTls, Reason::CertExpired});
  past.changes.push_back({closed.last, Check::MxTls, std::nullopt});
  past.live = policy;
  past.policy_changed = closed.first;
  past.id_changed = closed.last;
  past.last_success = closed.last;
  past.enforce_ready_since = closed.first;
  past.gone = closed;
  past.sts_seen = true;
  return past;
}

}  // namespace

TEST_CASE("resting_memory: it wakes with the look and the past that it had", "[judge][resting_memory]") {
  Rested rested(full_look(), full_past());
  const Past past = rested.memory->past();
  rested.memory->judge_at(kStart + std::chrono::minutes(3));
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  CHECK_FALSE(rested.memory.empty());

  const DomainMemory& woken = *rested.memory;
  CHECK_FALSE(rested.memory.rests());
  CHECK(woken.latest() == full_look());
  CHECK(woken.past() == past);
  CHECK(woken.now() == kStart + std::chrono::minutes(3));
  CHECK(woken.last_conclusive_look() == &woken.latest());
  CHECK(woken.certificates().size() == 2);
  CHECK(woken.served_policy()->mx.front().spelling() == "MX.example.org");
}

TEST_CASE("resting_memory: a usual memory takes some hundred octets", "[judge][resting_memory]") {
  Story story;
  story.look();
  DomainMemory domain(kHold);
  domain.remember(story.seen);
  CHECK(pack(domain).text.size() < 400);

  auto dialogue = delivers();
  dialogue.transcript =
      "S: 220 mail.example.net ESMTP Postfix (Debian/GNU)\nC: EHLO probe.example.org\nS: 250-mail.example.net\n"
      "S: 250-PIPELINING\nS: 250-SIZE 10240000\nS: 250-STARTTLS\nS: 250 CHUNKING\nC: STARTTLS\n"
      "S: 220 2.0.0 Ready to start TLS\n*: TLS handshake done\n";
  EndpointMemory endpoint(kHold);
  endpoint.remember(dialogue);
  CHECK(pack(endpoint).text.size() < 200);
}

TEST_CASE("resting_memory: chains are not copied", "[judge][resting_memory]") {
  const auto look = full_look();
  Rested rested(look);
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  CHECK(rested.memory->latest().policy_host->fetches[0].tls.chain.get() ==
        look.policy_host->fetches[0].tls.chain.get());
}

TEST_CASE("resting_memory: what changed in the past and was not taken yet is not forgotten",
          "[judge][resting_memory]") {
  Rested rested(full_look());
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  CHECK(rested.memory->take_past_changed());
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  CHECK_FALSE(rested.memory->take_past_changed());
}

TEST_CASE("resting_memory: a domain without MTA-STS rests", "[judge][resting_memory]") {
  auto look = full_look();
  look.record = no_txt(Reason::DnsNxdomain);
  look.policy_host.reset();
  Rested rested(look);
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  CHECK_FALSE(rested.memory->latest().policy_host);
}

TEST_CASE("resting_memory: what a later look could not tell is held, and keeps the memory awake",
          "[judge][resting_memory]") {
  const auto later = [](auto change) {
    Rested rested(full_look());
    auto look = full_look();
    look.finished += kInterval;
    change(look);
    rested.memory->remember(look);
    rested.memory.rest();
    return rested.memory.rests();
  };
  CHECK_FALSE(later([](auto&) {}));  // nobody judged it: the conclusive look is another one
  CHECK_FALSE(later([](auto& look) { look.record = no_txt(Reason::DnsTimeout); }));
  CHECK_FALSE(later([](auto& look) { look.tlsrpt = no_txt(Reason::DnsTimeout); }));
  CHECK_FALSE(later([](auto& look) { look.mx = no_mx_set(Reason::DnsTimeout); }));
}

TEST_CASE("resting_memory: a look that is not all that is known keeps the memory awake", "[judge][resting_memory]") {
  const auto rests = [](auto change) {
    Rested rested(full_look());
    auto look = full_look();
    look.finished += kInterval;
    change(look);
    rested.memory->remember(look);
    rested.memory->conclude();
    rested.memory.rest();
    return rested.memory.rests();
  };
  CHECK(rests([](auto&) {}));
  CHECK_FALSE(rests([](auto& look) { look.record = no_txt(Reason::DnsTimeout); }));
  CHECK_FALSE(rests([](auto& look) { look.tlsrpt = no_txt(Reason::DnsTimeout); }));
  CHECK_FALSE(rests([](auto& look) { look.mx = no_mx_set(Reason::DnsTimeout); }));
  CHECK_FALSE(rests([](auto& look) { look.mx.hosts[0].lookup = not_found(Reason::DnsTimeout); }));
  CHECK_FALSE(rests([](auto& look) { look.mx.hosts[0].lookup = {{ip("192.0.2.25")}, fault(Reason::DnsTimeout), {}}; }));
  CHECK_FALSE(rests([](auto& look) { look.mx.too_many = true; }));
  // The policy host is not looked at any more, is silent, has an address less, or shows no certificate.
  CHECK_FALSE(rests([](auto& look) { look.policy_host.reset(); }));
  CHECK_FALSE(rests([](auto& look) { look.policy_host = policy_host_without_address(Reason::DnsTimeout); }));
  CHECK_FALSE(rests([](auto& look) { look.policy_host->fetches[1] = breaks("2001:db8::1", Reason::EgressBlocked); }));
  CHECK_FALSE(rests([](auto& look) {
    for (auto& fetch : look.policy_host->fetches) fetch = breaks(fetch.address.to_string(), Reason::ConnectRefused);
  }));
  CHECK_FALSE(rests([](auto& look) { look.policy_host->fetches.pop_back(); }));
  CHECK_FALSE(rests([](auto& look) { look.policy_host->lookup.fault = fault(Reason::DnsTimeout); }));
  // The addresses disagree: which policy was live before decides.
  CHECK_FALSE(
      rests([](auto& look) { look.policy_host->fetches[1].body = policy_text("testing", {"mx.example.org"}); }));
}

TEST_CASE("resting_memory: a domain that fails for certain rests", "[judge][resting_memory]") {
  const auto rests = [](auto change) {
    auto look = full_look();
    change(look);
    Rested rested(look);
    const bool served = bool(rested.memory->served_policy());
    const auto certificates = rested.memory->certificates();
    rested.memory.rest();
    const bool asleep = rested.memory.rests();
    CHECK(bool(rested.memory->served_policy()) == served);
    CHECK(rested.memory->certificates() == certificates);
    return asleep;
  };
  CHECK(rests([](auto& look) { look.policy_host->fetches[1] = answers("2001:db8::1", 404); }));
  CHECK(rests([](auto& look) {
    for (auto& fetch : look.policy_host->fetches) fetch.body = "garbled";
  }));
  CHECK(rests([](auto& look) {
    for (auto& fetch : look.policy_host->fetches)
      fetch = refuses_certificate(fetch.address.to_string(), {Reason::CertExpired});
  }));
  CHECK(rests([](auto& look) { look.policy_host = policy_host_without_address(Reason::DnsNxdomain); }));
  CHECK(rests([](auto& look) { look.mx = no_mx_set(Reason::DnsNxdomain); }));
  CHECK(rests([](auto& look) { look.mx = null_mx(); }));
  CHECK(rests([](auto& look) {
    auto literal = mx_host("192.0.2.99", {});
    literal.is_host_name = false;
    look.mx.hosts.push_back(literal);
  }));
}

TEST_CASE("resting_memory: limits that change while it rests count when it wakes", "[judge][resting_memory]") {
  Rested rested(full_look());
  rested.memory.rest();
  REQUIRE(rested.memory.rests());
  rested.memory.set_limits({std::chrono::minutes(1)});
  rested.memory->judge_at(kStart + std::chrono::minutes(2));
  CHECK(rested.memory->record().used == nullptr);
}

TEST_CASE("resting_memory: one that remembers nothing is empty, awake or not", "[judge][resting_memory]") {
  RestingMemory memory({kHold});
  CHECK(memory.empty());
  CHECK(memory->empty());
  memory.rest();
  CHECK(memory.empty());
}

namespace {

/// Each value other than by default.
EndpointObservation full_dialogue() {
  EndpointObservation look = delivers();
  look.finished = kStart;
  look.fault = fault(Reason::SmtpBusy);
  look.busy = true;
  look.transcript = "S: 450 later\n";
  return look;
}

/// What an endpoint's memory is after these looks, and whether it rests.
struct RestedEndpoint {
  explicit RestedEndpoint(const std::vector<EndpointObservation>& looks) {
    for (const auto& look : looks) memory->remember(look);
    memory.rest();
  }
  RestingEndpointMemory memory{{kHold}};
};

}  // namespace

TEST_CASE("resting_memory: an endpoint's wakes with the look that it had", "[judge][resting_memory]") {
  const auto dialogue = full_dialogue();
  RestedEndpoint rested({dialogue});
  REQUIRE(rested.memory.rests());
  CHECK_FALSE(rested.memory.empty());
  CHECK(rested.memory->latest() == dialogue);
  CHECK(rested.memory->latest().tls.chain.get() == dialogue.tls.chain.get());  // not copied
  CHECK(rested.memory->certificate().get() == dialogue.tls.chain.get());
  CHECK(rested.memory->now() == kStart);
  CHECK(rested.memory->last_conclusive_look() == nullptr);  // the address was busy

  auto conclusive = delivers();
  conclusive.finished = kStart;
  RestedEndpoint other({conclusive});
  REQUIRE(other.memory.rests());
  CHECK(other.memory->last_conclusive_look() == &other.memory->latest());
  CHECK(other.memory->conclusive() != nullptr);
}

TEST_CASE("resting_memory: an endpoint's stays awake while it knows more than its latest look",
          "[judge][resting_memory]") {
  const auto busy = full_dialogue();
  auto refused = not_greeted(Reason::ConnectRefused);
  CHECK(RestedEndpoint({refused}).memory.rests());
  CHECK(RestedEndpoint({busy, delivers()}).memory.rests());
  const auto without_tls = fails_after_greeting(Reason::StarttlsMissing);
  CHECK(RestedEndpoint({without_tls}).memory.rests());
  CHECK_FALSE(RestedEndpoint({delivers(), busy}).memory.rests());         // what was conclusive is held
  CHECK_FALSE(RestedEndpoint({delivers(), without_tls}).memory.rests());  // as is the certificate
}

TEST_CASE("resting_memory: an endpoint that was restored later than it was looked at is as late when it wakes",
          "[judge][resting_memory]") {
  RestingEndpointMemory memory({kHold});
  auto look = delivers();
  look.finished = kStart;
  memory->remember(look);
  memory->restore(look.tls.chain, kStart + std::chrono::hours(9));
  memory.rest();
  REQUIRE(memory.rests());
  CHECK(memory->now() == kStart + std::chrono::hours(9));
  CHECK(memory->conclusive() == nullptr);
}

}  // namespace mta_sts::judge
