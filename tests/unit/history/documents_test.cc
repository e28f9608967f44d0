#include "exporter/history/documents.h"

#include <catch2/catch.hpp>

#include "tests/unit/history/samples.h"

namespace mta_sts::judge {

// Observations have no comparison of their own: nothing but these tests needs one.
bool operator==(const TxtLookup& a, const TxtLookup& b) {
  return a.rrs == b.rrs && a.fault == b.fault && a.cname_chain == b.cname_chain && a.ttl == b.ttl;
}
bool operator==(const AddressLookup& a, const AddressLookup& b) {
  return a.addresses == b.addresses && a.fault == b.fault && a.cname_chain == b.cname_chain;
}
bool operator==(const PolicyFetch& a, const PolicyFetch& b) {
  return a.address == b.address && a.fault == b.fault && a.tls == b.tls && a.status == b.status &&
         a.content_type == b.content_type && a.content_encoding == b.content_encoding &&
         a.last_modified == b.last_modified && a.body == b.body && a.duration == b.duration;
}
bool operator==(const PolicyHost& a, const PolicyHost& b) {
  return a.target == b.target && a.provider == b.provider && a.lookup == b.lookup && a.routable == b.routable &&
         a.fetches == b.fetches && a.egress_worked == b.egress_worked && a.at == b.at;
}
bool operator==(const MxHost& a, const MxHost& b) {
  return a.name == b.name && a.preference == b.preference && a.provider == b.provider && a.lookup == b.lookup &&
         a.endpoints == b.endpoints && a.is_host_name == b.is_host_name;
}
bool operator==(const MxLookup& a, const MxLookup& b) {
  return a.fault == b.fault && a.hosts == b.hosts && a.implicit == b.implicit && a.null_mx == b.null_mx &&
         a.too_many == b.too_many;
}
bool operator==(const DomainObservation& a, const DomainObservation& b) {
  return a.finished == b.finished && a.duration == b.duration && a.record == b.record &&
         a.policy_host == b.policy_host && a.mx == b.mx && a.tlsrpt == b.tlsrpt;
}
bool operator==(const EndpointObservation& a, const EndpointObservation& b) {
  return a.finished == b.finished && a.duration == b.duration && a.fault == b.fault && a.greeted == b.greeted &&
         a.starttls == b.starttls && a.tls == b.tls && a.transcript == b.transcript;
}

}  // namespace mta_sts::judge

namespace mta_sts::history {
namespace {

using namespace mta_sts::testing;

TEST_CASE("documents: a past is read as it was written", "[history][documents]") {
  CHECK(read_past(write_past(past()), beat()).value() == past());
  CHECK(read_past(write_past({}), {at(1), {}, {}}).value() == judge::Past{});
}

TEST_CASE("documents: pattern of a past policy keeps its spelling", "[history][documents]") {
  const auto read = read_past(write_past(past()), beat()).value();
  CHECK(read.policies[0].policy.mx[0].spelling() == "MX1.example.org");
}

TEST_CASE("documents: what moves with every look does not change a past's document", "[history][documents]") {
  auto later = past();
  later.last_success = at(5000);
  for (auto* sight : {&later.policies[1].served, &later.policies[1].ids["3"], &later.ids[1].seen,
                      &later.mx_sets[1].seen, &later.modes[1].seen, &*later.gone}) {
    sight->last = at(5000);
  }
  CHECK(write_past(later) == write_past(past()));
}

TEST_CASE("documents: open sights end with the beat, closed ones where they did", "[history][documents]") {
  const auto read = read_past(write_past(past()), {at(2000), at(1900), at(1800)}).value();
  CHECK(read.policies[0].served.last == at(500));
  CHECK(read.policies[1].served.last == at(1800));
  CHECK(read.policies[1].ids.at("3").last == at(1800));
  CHECK(read.ids[1].seen.last == at(1900));
  CHECK(read.mx_sets[1].seen.last == at(1900));
  CHECK(read.modes[1].seen.last == at(1900));
  CHECK(read.gone->last == at(1900));
  CHECK(read.last_success == at(1800));
}

TEST_CASE("documents: without a conclusive look sights end with the latest one, and never before they began",
          "[history][documents]") {
  const auto read = read_past(write_past(past()), {at(700), {}, {}}).value();
  CHECK(read.ids[1].seen.last == at(700));
  CHECK(read.policies[1].served.last == at(500));
  CHECK(read_past(write_past(past()), {at(-9), at(-9), at(-9)}).value().modes[1].seen.last == at(5));
}

TEST_CASE("documents: times are rounded down to milliseconds, also before the epoch", "[history][documents]") {
  judge::Past past;
  past.policy_changed = kEpoch + std::chrono::microseconds(1999);
  past.id_changed = WallTime(-std::chrono::microseconds(1001));
  const auto read = read_past(write_past(past), beat()).value();
  CHECK(read.policy_changed == kEpoch + std::chrono::milliseconds(1));
  CHECK(read.id_changed == WallTime(-std::chrono::milliseconds(2)));
}

TEST_CASE("documents: the ends of time survive", "[history][documents]") {
  judge::Past past;
  past.policy_changed = WallTime::max();
  past.id_changed = WallTime::min();
  const auto document = write_past(past);
  const auto read = read_past(document, beat()).value();
  CHECK(WallTime::max() - *read.policy_changed < std::chrono::milliseconds(1));
  CHECK(*read.id_changed - WallTime::min() < std::chrono::milliseconds(1));
}

DomainLooksKept domain_looks() {
  DomainLooksKept looks{domain_look(at(800)), domain_look(at(900)), false, {}};
  looks.latest.record.rrs = {"other"};
  looks.certificates = {{ip("192.0.2.1"), chain("01")},     // that of the latest look
                        {ip("2001:db8::1"), chain("old")},  // another one
                        {ip("192.0.2.77"), chain("gone")}};
  return looks;
}

TEST_CASE("documents: looks at a domain are read as they were written", "[history][documents]") {
  const auto looks = domain_looks();
  const auto read = read_domain_looks(write_looks(looks), beat()).value();
  CHECK(read.latest == looks.latest);
  CHECK(read.conclusive == looks.conclusive);
  CHECK(read.certificates == looks.certificates);
  CHECK_FALSE(read.latest_is_conclusive);
}

TEST_CASE("documents: a look that found nothing is read as it was written", "[history][documents]") {
  DomainLooksKept looks;
  looks.latest.finished = at(900);
  looks.latest_is_conclusive = true;
  const auto read = read_domain_looks(write_looks(looks), beat()).value();
  CHECK(read.latest == looks.latest);
  CHECK(read.latest_is_conclusive);
  CHECK_FALSE(read.conclusive);
  CHECK(read.certificates.empty());
}

TEST_CASE("documents: what moves with every look does not change a domain's document", "[history][documents]") {
  auto later = domain_looks();
  later.latest.finished = later.latest.policy_host->at = at(5000);
  later.latest.duration = later.latest.policy_host->fetches[0].duration = std::chrono::seconds(1);
  later.latest.record.ttl = later.latest.tlsrpt.ttl = std::chrono::seconds(17);
  CHECK(write_looks(later) == write_looks(domain_looks()));
  later.latest.policy_host->fetches[0].body += "\n";
  CHECK(write_looks(later) != write_looks(domain_looks()));
}

TEST_CASE("documents: looks at an endpoint are read as they were written", "[history][documents]") {
  EndpointLooksKept looks{endpoint_look(at(800)), endpoint_look(at(900)), false, chain("other")};
  looks.latest.tls.chain = std::nullopt;
  auto read = read_endpoint_looks(write_looks(looks), beat()).value();
  CHECK(read.latest == looks.latest);
  CHECK(read.conclusive == looks.conclusive);
  CHECK(read.certificate == looks.certificate);

  looks = {std::nullopt, endpoint_look(at(900)), true, endpoint_look(at(900)).tls.chain};
  read = read_endpoint_looks(write_looks(looks), beat()).value();
  CHECK(read.latest == looks.latest);
  CHECK(read.latest_is_conclusive);
  CHECK_FALSE(read.conclusive);
  CHECK(read.certificate == looks.certificate);
}

TEST_CASE("documents: transcripts are not kept", "[history][documents]") {
  EndpointLooksKept looks{std::nullopt, endpoint_look(at(900)), true, std::nullopt};
  const auto document = write_looks(looks);
  looks.latest.transcript = "220 hello\n";
  CHECK(write_looks(looks) == document);
}

TEST_CASE("documents: a chain that is kept and seen in a look is written once", "[history][documents]") {
  DomainLooksKept looks;
  looks.latest = domain_look(at(900));
  looks.latest.policy_host->fetches.pop_back();
  const auto without = write_looks(looks);
  looks.certificates = {{ip("192.0.2.1"), chain("01")}};
  CHECK(write_looks(looks).size() < without.size() + 100);

  looks.conclusive = domain_look(at(800));
  looks.certificates.emplace(ip("2001:db8::1"), chain("02"));
  const auto document = write_looks(looks);
  CHECK(read_domain_looks(document, beat()).value().certificates == looks.certificates);
  looks.certificates.erase(ip("2001:db8::1"));
  CHECK(document.size() < write_looks(looks).size() + 100);
}

}  // namespace
}  // namespace mta_sts::history
