#include <catch2/catch.hpp>

#include "exporter/formats/utf8.h"
#include "exporter/history/documents.h"
#include "tests/unit/history/samples.h"

namespace mta_sts::history {
namespace {

using namespace mta_sts::testing;

const std::string kOctets[] = {"\xff\xfe",           "cut \xe2\x80",     std::string("a\0b", 3),
                               "\xed\xa0\x80",       "\xc0\x8a",         "{\"hex\":\"\"}",
                               "\"\\\n\r\t\x01\x7f", "\xf0\x9f\x93\xab", std::string(300, '\x80')};

void replace(std::string& text, std::string_view what, std::string_view by) {
  const auto found = text.find(what);
  REQUIRE(found != std::string::npos);
  text.replace(found, what.size(), by);
}

TEST_CASE("documents: octets from outside survive, and the document is UTF-8", "[history][documents]") {
  for (const std::string& octets : kOctets) {
    DomainLooksKept looks;
    looks.latest = domain_look(at(900));
    looks.latest.record.rrs = {octets, "plain"};
    looks.latest.policy_host->fetches[0].body = octets;
    looks.latest.policy_host->fetches[0].content_type = octets;
    auto chain = *looks.latest.policy_host->fetches[0].tls.chain;
    auto leaf = *chain.sent[0];
    leaf.subject = octets;
    chain.sent[0] = std::move(leaf);
    looks.latest.policy_host->fetches[0].tls.chain = std::move(chain);
    const auto document = write_looks(looks);
    CHECK(formats::is_utf8(document));
    CHECK(document.find('\0') == std::string::npos);
    const auto read = read_domain_looks(document, beat()).value();
    CHECK(read.latest.record.rrs == looks.latest.record.rrs);
    CHECK(read.latest.policy_host->fetches[0].body == octets);
    CHECK(read.latest.policy_host->fetches[0].content_type == octets);
    CHECK(read.latest.policy_host->fetches[0].tls == looks.latest.policy_host->fetches[0].tls);
  }
}

TEST_CASE("documents: a past with octets that are no UTF-8 survives", "[history][documents]") {
  for (const std::string& octets : kOctets) {
    auto written = past();
    written.policies[0].text = octets;
    written.policies[1].ids[octets] = {at(1), at(2), false};
    written.ids[0].id = octets;
    written.mx_sets[0].hosts[0].name = octets;
    CHECK(read_past(write_past(written), beat()).value() == written);
  }
}

TEST_CASE("documents: fields that are not known are ignored", "[history][documents]") {
  auto document = write_past(past());
  replace(document, "{\"policies\":[{", "{\"new\":{\"a\":[1]},\"policies\":[{\"also new\":null,");
  CHECK(read_past(document, beat()).value() == past());
}

TEST_CASE("documents: what is no document of ours is an error", "[history][documents]") {
  const std::string garbage[] = {"",
                                 "null",
                                 "[]",
                                 "{}",
                                 "17",
                                 "\"\"",
                                 "{",
                                 "\xff",
                                 std::string(5000, '['),
                                 std::string("{\"latest\":") + std::string(2000, '{')};
  for (const std::string& document : garbage) {
    CHECK_FALSE(read_past(document, beat()));
    CHECK_FALSE(read_domain_looks(document, beat()));
    CHECK_FALSE(read_endpoint_looks(document, beat()));
  }
}

TEST_CASE("documents: values that no field can have are an error", "[history][documents]") {
  const std::pair<const char*, const char*> changes[] = {{"\"enforce\"", "\"Enforce\""},
                                                         {"\"enforce\"", "null"},
                                                         {"604800", "-1"},
                                                         {"604800", "9223372036854775807"},
                                                         {"604800", "1e300"},
                                                         {"65535", "65536"},
                                                         {"65535", "-1"},
                                                         {"\"MX1.example.org\"", "\"a..b\""},
                                                         {"\"sts_seen\":true", "\"sts_seen\":\"yes\""},
                                                         {"[\"20250101\",", "[\"20250101\"],["},
                                                         {"\"first\":", "\"First\":"},
                                                         {"\"version: STSv1\\r", "{\"hex\":\"0\"},\"x\":\"\\r"},
                                                         {"\"version: STSv1\\r", "{\"hex\":\"0G\"},\"x\":\"\\r"}};
  for (const auto& [what, by] : changes) {
    auto document = write_past(past());
    replace(document, what, by);
    INFO(document);
    CHECK_FALSE(read_past(document, beat()));
  }
}

TEST_CASE("documents: a change of a check, or for a reason, that only a newer program knows is left out alone",
          "[history][documents]") {
  auto without = past();
  without.changes.erase(without.changes.begin());
  for (const auto* name : {"\"cert_expired\"", "\"mx_tls\""}) {
    auto document = write_past(past());
    replace(document, name, "\"eaten\"");
    CHECK(read_past(document, beat()).value() == without);
  }
}

TEST_CASE("documents: a look that holds a reason that only a newer program knows says nothing",
          "[history][documents]") {
  DomainLooksKept looks;
  looks.latest = domain_look(at(900));
  looks.latest.record.fault.reset();
  looks.conclusive = domain_look(at(800));
  auto document = write_looks(looks);
  replace(document, "\"dns_bogus\"", "\"dns_eaten\"");
  const auto read = read_domain_looks(document, beat()).value();
  CHECK_FALSE(read.conclusive);
  CHECK(read.latest.mx.hosts.size() == 2);
  replace(document, "\"latest\":{\"record\":{", "\"latest\":{\"record\":{\"fault\":{\"reason\":\"dns_eaten\"},");
  CHECK_FALSE(read_domain_looks(document, beat()));
}

TEST_CASE("documents: a chain without certificates is an error, one that is nowhere is left out",
          "[history][documents]") {
  DomainLooksKept looks;
  looks.latest = domain_look(at(900));
  looks.certificates = {{ip("192.0.2.1"), chain("01")}};
  auto document = write_looks(looks);
  replace(document, "\"certificates\":[{\"address\":\"192.0.2.1\"}]", "\"certificates\":[{\"address\":\"192.0.2.2\"}]");
  CHECK(read_domain_looks(document, beat()).value().certificates.empty());
  CHECK_FALSE(read_endpoint_looks(R"({"latest":{"tls":{"chain":{"sent":[]}}}})", beat()));
}

TEST_CASE("documents: times that no clock can show become the nearest", "[history][documents]") {
  const std::string document =
      R"({"policies":[],"ids":[],"mx_sets":[],"modes":[],"changes":[],"policy_changed":9223372036854775807,)"
      R"("id_changed":-9223372036854775808})";
  const auto read = read_past(document, beat()).value();
  CHECK(WallTime::max() - *read.policy_changed < std::chrono::milliseconds(1));
  CHECK(*read.id_changed - WallTime::min() < std::chrono::milliseconds(1));
}

TEST_CASE("documents: every cut of a document, and every octet changed, is read or an error", "[history][documents]") {
  EndpointLooksKept looks{std::nullopt, endpoint_look(at(900)), true, chain("other")};
  for (const auto& whole : {write_looks(looks), write_past(past())}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      (void)read_past(whole.substr(0, i), beat());
      CHECK_FALSE(read_endpoint_looks(whole.substr(0, i), beat()));
      for (const char octet : {'\0', '"', '9', '{', '\xff'}) {
        auto changed = whole;
        changed[i] = octet;
        (void)read_past(changed, beat());
        (void)read_endpoint_looks(changed, beat());
      }
    }
  }
}

}  // namespace
}  // namespace mta_sts::history
