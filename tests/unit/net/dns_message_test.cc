#include "exporter/net/dns_message.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/unit/net/dns_reply_builder.h"

namespace mta_sts::net {
namespace {

constexpr std::uint16_t kId = 0x1234;

ReplyBuilder reply_to(std::string_view name, std::uint16_t type) { return {kId, name, type}; }

DnsReply read(const ReplyBuilder& reply, QueryType type) { return read_reply(reply.octets(), type); }

std::optional<Reason> reason_of(const DnsReply& reply) {
  return reply.answer.fault ? std::optional(reply.answer.fault->reason) : std::nullopt;
}

/// The data of an SOA record (RFC 1035 3.3.13).
Octets soa(std::uint32_t minimum) {
  Octets data = wire_name("ns.example");
  const Octets mailbox = wire_name("hostmaster.example");
  data.insert(data.end(), mailbox.begin(), mailbox.end());
  for (const std::uint32_t field : {1U, 7200U, 3600U, 86400U, minimum}) {
    for (int shift = 24; shift >= 0; shift -= 8) data.push_back(static_cast<std::uint8_t>(field >> shift));
  }
  return data;
}

std::optional<Reason> unaskable(const std::string& name) {
  const auto query = make_query({name, QueryType::Txt}, kId, Edns::On, Validation::On);
  return query ? std::nullopt : std::optional(query.error().reason);
}

}  // namespace

TEST_CASE("dns_message: a query has RD and AD set, its id, one question and an OPT record of 1232 octets",
          "[net][dns_message]") {
  const auto query = make_query({"_mta-sts.example.com", QueryType::Txt}, 0xabcd, Edns::On, Validation::On);
  REQUIRE(query);
  Octets expected{0xab, 0xcd, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1};
  const auto name = wire_name("_mta-sts.example.com");
  expected.insert(expected.end(), name.begin(), name.end());
  for (const int octet : {0, 16, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0}) {
    expected.push_back(static_cast<std::uint8_t>(octet));
  }
  CHECK(*query == expected);
}

TEST_CASE("dns_message: a query without validation has the CD bit, one without EDNS has no OPT record",
          "[net][dns_message]") {
  const auto query = make_query({"example.com.", QueryType::Mx}, kId, Edns::Off, Validation::Off);
  REQUIRE(query);
  CHECK((*query)[3] == 0x30);
  CHECK((*query)[11] == 0);
  CHECK(query->size() == 12 + wire_name("example.com").size() + 4);
}

TEST_CASE("dns_message: a name that no query can carry is refused before a packet is sent", "[net][dns_message]") {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  CHECK(unaskable(label + ".example") == std::nullopt);
  CHECK(unaskable(longest) == std::nullopt);
  for (const auto& name :
       {label + "a.example", std::string("a..example"), std::string(".example"), std::string("a\\.b.example"),
        std::string("a b.example"), std::string("a\0b.example", 11), std::string("\xc3\xa4.example")}) {
    CAPTURE(name);
    CHECK(unaskable(name) == Reason::DnsMalformed);
  }
}

TEST_CASE(
    "dns_message: a name that is too long for the DNS does not exist: a long domain has no record (RFC 1035 2.3.4)",
    "[net][dns_message]") {
  const std::string label(63, 'a');
  const std::string three = label + "." + label + "." + label + ".";
  const std::string domain = three + std::string(52, 'a');
  REQUIRE(domain.size() == 244);
  CHECK(unaskable("_mta-sts." + domain) == std::nullopt);
  CHECK(unaskable("_mta-sts." + domain + ".") == std::nullopt);
  CHECK(unaskable("_mta-sts." + domain + "a") == Reason::DnsNxdomain);
  CHECK(unaskable("_mta-sts." + domain + "a.") == Reason::DnsNxdomain);
  CHECK(unaskable("_smtp._tls." + domain) == Reason::DnsNxdomain);
  CHECK(unaskable(three + std::string(61, 'a')) == std::nullopt);
}

TEST_CASE("dns_message: names under onion are never asked (RFC 7686 2)", "[net][dns_message]") {
  CHECK(unaskable("abc.onion") == Reason::DnsNxdomain);
}

TEST_CASE("dns_message: the strings of a TXT record are joined without spaces, each record is one text",
          "[net][dns_message]") {
  const auto reply = read(reply_to("d.example", kTypeTxt)
                              .txt("d.example", 300, {"v=STSv1; ", "id=", "1;"})
                              .txt("d.example", 200, {""})
                              .txt("d.example", 400, {std::string(255, 'x'), std::string(255, 'y')}),
                          QueryType::Txt);
  REQUIRE(reason_of(reply) == std::nullopt);
  CHECK(reply.answer.txt ==
        std::vector<std::string>{"v=STSv1; id=1;", "", std::string(255, 'x') + std::string(255, 'y')});
  CHECK(reply.answer.ttl == std::chrono::seconds(200));
  CHECK_FALSE(reply.answer.authenticated);
  CHECK(reply.answer.mx.empty());
  CHECK(reply.answer.addresses.empty());
}

TEST_CASE("dns_message: an MX exchange is lower case without the trailing dot, the root is empty",
          "[net][dns_message]") {
  const auto reply =
      read(reply_to("d.example", kTypeMx).mx("d.example", 60, 10, "MX1.D.example").mx("d.example", 60, 0, ""),
           QueryType::Mx);
  CHECK(reply.answer.mx == std::vector<MxRecord>{{10, "mx1.d.example"}, {0, ""}});
}

TEST_CASE("dns_message: an odd octet in an MX exchange is escaped", "[net][dns_message]") {
  const Octets data{0, 5, 3, 'a', '.', '\n', 0};
  const auto reply = read(reply_to("d.example", kTypeMx).answer("d.example", kTypeMx, 60, data), QueryType::Mx);
  REQUIRE(reply.answer.mx.size() == 1);
  CHECK(reply.answer.mx[0].exchange == "a\\.\\010");
}

TEST_CASE("dns_message: addresses are canonical and without duplicates, in their order", "[net][dns_message]") {
  const auto v4 = read(reply_to("h.example", kTypeA)
                           .a("h.example", 9, "192.0.2.2")
                           .a("h.example", 9, "192.0.2.1")
                           .a("h.example", 9, "192.0.2.2"),
                       QueryType::A);
  REQUIRE(v4.answer.addresses.size() == 2);
  CHECK(to_text(v4.answer.addresses[0]) == "192.0.2.2");
  CHECK(to_text(v4.answer.addresses[1]) == "192.0.2.1");
  const auto v6 = read(
      reply_to("h.example", kTypeAaaa).aaaa("h.example", 9, "2001:db8::1").aaaa("h.example", 9, "::ffff:192.0.2.7"),
      QueryType::Aaaa);
  REQUIRE(v6.answer.addresses.size() == 2);
  CHECK(v6.answer.addresses[0].is_v6());
  CHECK(v6.answer.addresses[1].is_v4());
}

TEST_CASE("dns_message: the CNAME chain is followed in any order and case, records beside it do not count",
          "[net][dns_message]") {
  const auto reply = read(reply_to("Mta-Sts.d.example", kTypeA)
                              .a("elsewhere.example", 5, "192.0.2.66")
                              .a("mta-sts.d.example", 5, "192.0.2.67")
                              .cname("B.example", 50, "c.EXAMPLE")
                              .cname("mta-sts.D.example", 100, "b.Example")
                              .a("C.example", 70, "192.0.2.1"),
                          QueryType::A);
  REQUIRE(reason_of(reply) == std::nullopt);
  CHECK(reply.answer.cname_chain == std::vector<std::string>{"b.example", "c.example"});
  REQUIRE(reply.answer.addresses.size() == 1);
  CHECK(to_text(reply.answer.addresses[0]) == "192.0.2.1");
  CHECK(reply.answer.ttl == std::chrono::seconds(50));
}

TEST_CASE("dns_message: a chain that reaches no record is no data or NXDOMAIN by its rcode", "[net][dns_message]") {
  auto message = reply_to("a.example", kTypeTxt).cname("a.example", 5, "b.example");
  const auto nodata = read(message, QueryType::Txt);
  CHECK(reason_of(nodata) == Reason::DnsNodata);
  CHECK(nodata.answer.cname_chain == std::vector<std::string>{"b.example"});
  const auto nxdomain = read(message.rcode(kNxDomain), QueryType::Txt);
  CHECK(reason_of(nxdomain) == Reason::DnsNxdomain);
  CHECK(nxdomain.answer.cname_chain == std::vector<std::string>{"b.example"});
}

TEST_CASE("dns_message: no data holds for the smaller of the SOA's TTL and MINIMUM (RFC 2308 5)",
          "[net][dns_message]") {
  const auto [ttl, minimum, expected] =
      GENERATE(table<std::uint32_t, std::uint32_t, int>({{60, 300, 60},
                                                         {300, 60, 60},
                                                         {0, 300, 0},
                                                         {0x80000001, 300, 0},  // RFC 2181 8
                                                         {300, 0x80000001, 0}}));
  const auto reply =
      read(reply_to("a.example", kTypeAaaa).authority("example", kTypeSoa, ttl, soa(minimum)), QueryType::Aaaa);
  CHECK(reason_of(reply) == Reason::DnsNodata);
  CHECK(reply.answer.negative_ttl == std::chrono::seconds(expected));
}

TEST_CASE("dns_message: no data at the end of a chain holds no longer than the chain", "[net][dns_message]") {
  const auto ttl = GENERATE(5, 500);
  const auto reply = read(reply_to("a.example", kTypeA)
                              .cname("a.example", static_cast<std::uint32_t>(ttl), "b.example")
                              .authority("example", kTypeSoa, 100, soa(200)),
                          QueryType::A);
  CHECK(reason_of(reply) == Reason::DnsNodata);
  CHECK(reply.answer.negative_ttl == std::chrono::seconds(std::min(ttl, 100)));
}

TEST_CASE("dns_message: without an SOA that can be read nobody says how long no data holds", "[net][dns_message]") {
  Octets too_short = soa(300);
  too_short.pop_back();
  Octets too_long = soa(300);
  too_long.push_back(0);
  for (const auto& reply :
       {reply_to("a.example", kTypeA), reply_to("a.example", kTypeA).cname("a.example", 50, "b.example"),
        reply_to("a.example", kTypeA).authority("example", kTypeNs, 300, wire_name("ns.example")),
        reply_to("a.example", kTypeA).authority("example", kTypeSoa, 300, {}),
        reply_to("a.example", kTypeA).authority("example", kTypeSoa, 300, {63, 'x'}),
        reply_to("a.example", kTypeA).authority("example", kTypeSoa, 300, too_short),
        reply_to("a.example", kTypeA).authority("example", kTypeSoa, 300, too_long)}) {
    const auto answer = read(reply, QueryType::A).answer;
    REQUIRE(answer.fault);
    CHECK(answer.fault->reason == Reason::DnsNodata);
    CHECK(answer.negative_ttl == std::chrono::seconds(0));
  }
}

TEST_CASE("dns_message: an SOA beside records and with NXDOMAIN gives no negative TTL", "[net][dns_message]") {
  auto message = reply_to("a.example", kTypeA).authority("example", kTypeSoa, 300, soa(300));
  CHECK(read(message.rcode(kNxDomain), QueryType::A).answer.negative_ttl == std::chrono::seconds(0));
  auto records = reply_to("a.example", kTypeA).a("a.example", 50, "192.0.2.1");
  records.authority("example", kTypeSoa, 300, soa(300));
  const auto answer = read(records, QueryType::A).answer;
  CHECK(answer.ttl == std::chrono::seconds(50));
  CHECK(answer.negative_ttl == std::chrono::seconds(0));
}

TEST_CASE("dns_message: NXDOMAIN carries no records even if some were sent along", "[net][dns_message]") {
  const auto reply =
      read(reply_to("a.example", kTypeTxt).rcode(kNxDomain).txt("a.example", 5, {"v=STSv1; id=1;"}), QueryType::Txt);
  CHECK(reason_of(reply) == Reason::DnsNxdomain);
  CHECK(reply.answer.txt.empty());
}

TEST_CASE("dns_message: a CNAME loop and a chain over its limit are SERVFAIL and not asked again",
          "[net][dns_message]") {
  const auto loop =
      read(reply_to("a.example", kTypeA).cname("a.example", 5, "b.example").cname("b.example", 5, "a.example"),
           QueryType::A);
  CHECK(reason_of(loop) == Reason::DnsServfail);
  CHECK_FALSE(worth_another_try(loop));

  auto chain = reply_to("n0.example", kTypeA);
  for (std::size_t i = 0; i < kMaxCnameChain; ++i) {
    chain.cname("n" + std::to_string(i) + ".example", 5, "n" + std::to_string(i + 1) + ".example");
  }
  chain.a("n" + std::to_string(kMaxCnameChain) + ".example", 5, "192.0.2.1");
  const auto longest = read(chain, QueryType::A);
  CHECK(reason_of(longest) == std::nullopt);
  CHECK(longest.answer.cname_chain.size() == kMaxCnameChain);
  chain.cname("n" + std::to_string(kMaxCnameChain) + ".example", 5, "one.too.many.example");
  const auto over = read(chain, QueryType::A);
  CHECK(reason_of(over) == Reason::DnsServfail);
  CHECK(over.answer.addresses.empty());
  CHECK(over.answer.cname_chain.size() == kMaxCnameChain);
}

TEST_CASE("dns_message: a question for the CNAME gives one link and does not follow it", "[net][dns_message]") {
  const auto reply =
      read(reply_to("a.example", kTypeCname).cname("a.example", 5, "b.example").cname("b.example", 4, "c.example"),
           QueryType::Cname);
  CHECK(reason_of(reply) == std::nullopt);
  CHECK(reply.answer.cname_chain == std::vector<std::string>{"b.example"});
  CHECK(reason_of(read(reply_to("a.example", kTypeCname), QueryType::Cname)) == Reason::DnsNodata);
}

TEST_CASE("dns_message: a TLSA answer says only that there is one", "[net][dns_message]") {
  const Octets data{3, 1, 1, 0xaa};
  const auto reply =
      read(reply_to("_25._tcp.mx.example", kTypeTlsa).answer("_25._tcp.mx.example", kTypeTlsa, 5, data).authenticated(),
           QueryType::Tlsa);
  CHECK(reason_of(reply) == std::nullopt);
  CHECK(reply.answer.authenticated);
}

TEST_CASE("dns_message: more records than the limit are dropped", "[net][dns_message]") {
  auto message = reply_to("d.example", kTypeMx);
  for (unsigned i = 0; i < kMaxAnswerRecords + 10; ++i) {
    message.mx("d.example", 5, static_cast<std::uint16_t>(i), "m" + std::to_string(i) + ".d.example");
  }
  CHECK(read(message, QueryType::Mx).answer.mx.size() == kMaxAnswerRecords);
}

TEST_CASE("dns_message: a TTL with its top bit set is zero (RFC 2181 8)", "[net][dns_message]") {
  const auto reply = read(reply_to("d.example", kTypeTxt).txt("d.example", 0x80000001, {"x"}), QueryType::Txt);
  CHECK(reply.answer.ttl == std::chrono::seconds(0));
}

TEST_CASE("dns_message: each rcode has its reason, the upper bits in the OPT record count", "[net][dns_message]") {
  struct Row {
    unsigned rcode;
    unsigned upper;
    Reason reason;
    const char* detail;
  };
  const Row rows[] = {{kNoError, 0, Reason::DnsNodata, "no record of the type"},
                      {kNxDomain, 0, Reason::DnsNxdomain, "NXDOMAIN"},
                      {kServFail, 0, Reason::DnsServfail, "SERVFAIL"},
                      {kRefused, 0, Reason::DnsRefused, "REFUSED"},
                      {kNotImp, 0, Reason::DnsRefused, "NOTIMP"},
                      {kFormErr, 0, Reason::DnsRefused, "FORMERR"},
                      {kNoError, 1, Reason::DnsRefused, "RCODE 16"},
                      {9, 0, Reason::DnsRefused, "RCODE 9"}};
  for (const auto& row : rows) {
    const auto reply = read(reply_to("d.example", kTypeTxt).rcode(row.rcode).opt(row.upper), QueryType::Txt);
    CAPTURE(row.rcode, row.upper);
    REQUIRE(reason_of(reply) == row.reason);
    CHECK(reply.answer.fault->detail == row.detail);
    CHECK(reply.edns);
    CHECK(worth_another_try(reply) == (row.reason != Reason::DnsNodata && row.reason != Reason::DnsNxdomain));
  }
}

TEST_CASE("dns_message: SERVFAIL with an EDE of 6 to 12 is bogus, with others it is not (RFC 8914 4)",
          "[net][dns_message]") {
  for (std::uint16_t code = 0; code < 30; ++code) {
    const auto reply = read(reply_to("d.example", kTypeTxt).rcode(kServFail).ede(code), QueryType::Txt);
    CAPTURE(code);
    CHECK(reason_of(reply) == (code >= 6 && code <= 12 ? Reason::DnsBogus : Reason::DnsServfail));
  }
  const auto expired = read(reply_to("d.example", kTypeTxt).rcode(kServFail).ede(7), QueryType::Txt);
  CHECK(expired.answer.fault->detail == "SERVFAIL, DNSSEC validation failed (EDE 7, Signature Expired)");
}

TEST_CASE("dns_message: an EDE does not change what another rcode means (RFC 8914 2)", "[net][dns_message]") {
  const auto reply = read(reply_to("d.example", kTypeTxt).txt("d.example", 5, {"x"}).ede(6), QueryType::Txt);
  CHECK(reason_of(reply) == std::nullopt);
  CHECK(reply.answer.txt.size() == 1);
}

TEST_CASE("dns_message: options before the EDE are skipped, broken ones end the search", "[net][dns_message]") {
  const Octets cookie_then_ede{0, 10, 0, 2, 1, 2, 0, 15, 0, 2, 0, 6};
  CHECK(reason_of(read(reply_to("d.example", kTypeTxt).rcode(kServFail).opt(0, cookie_then_ede), QueryType::Txt)) ==
        Reason::DnsBogus);
  const Octets overlong{0, 10, 0, 200, 1, 2, 0, 15, 0, 2, 0, 6};
  CHECK(reason_of(read(reply_to("d.example", kTypeTxt).rcode(kServFail).opt(0, overlong), QueryType::Txt)) ==
        Reason::DnsServfail);
}

TEST_CASE("dns_message: what cannot be read is malformed and holds no records", "[net][dns_message]") {
  const auto txt = [](const Octets& data) {
    return reply_to("d.example", kTypeTxt).txt("d.example", 5, {"good"}).answer("d.example", kTypeTxt, 5, data);
  };
  const auto mx = [](const Octets& data) {
    return reply_to("d.example", kTypeMx).answer("d.example", kTypeMx, 5, data);
  };
  struct Row {
    const char* what;
    ReplyBuilder message;
    QueryType type;
  };
  const Row rows[] = {
      {"TXT without a string", txt({}), QueryType::Txt},
      {"TXT string over its record", txt({5, 'a', 'b'}), QueryType::Txt},
      {"MX without exchange", mx({0, 10}), QueryType::Mx},
      {"MX exchange cut", mx({0, 10, 5, 'a'}), QueryType::Mx},
      {"MX exchange with a tail", mx({0, 10, 1, 'a', 0, 7}), QueryType::Mx},
      {"MX pointer to itself", mx({0, 10, 0xc0, 50}), QueryType::Mx},
      {"MX pointer behind the end", mx({0, 10, 0xff, 0xff}), QueryType::Mx},
      {"A of three octets", reply_to("d.example", kTypeA).answer("d.example", kTypeA, 5, {1, 2, 3}), QueryType::A},
      {"AAAA of four octets", reply_to("d.example", kTypeAaaa).answer("d.example", kTypeAaaa, 5, {1, 2, 3, 4}),
       QueryType::Aaaa},
      {"CNAME cut", reply_to("d.example", kTypeA).answer("d.example", kTypeCname, 5, {9, 'a'}), QueryType::A},
      {"another question", reply_to("d.example", kTypeA), QueryType::Mx},
      {"no question", reply_to("d.example", kTypeA).without_question(), QueryType::A},
      {"a query reflected", reply_to("d.example", kTypeA).no_response(), QueryType::A},
      {"truncated", reply_to("d.example", kTypeA).truncated(), QueryType::A},
  };
  for (const auto& row : rows) {
    const auto reply = read(row.message, row.type);
    CAPTURE(row.what);
    CHECK(reason_of(reply) == Reason::DnsMalformed);
    CHECK(worth_another_try(reply));
    CHECK(reply.answer.txt.empty());
    CHECK(reply.answer.mx.empty());
    CHECK(reply.answer.addresses.empty());
  }
}

TEST_CASE("dns_message: every cut and every tail of a reply is malformed", "[net][dns_message]") {
  const auto whole =
      reply_to("d.example", kTypeTxt).txt("d.example", 5, {"v=STSv1; ", "id=1;"}).ede(3).authenticated().octets();
  REQUIRE_FALSE(read_reply(whole, QueryType::Txt).answer.fault);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(reason_of(read_reply({whole.data(), size}, QueryType::Txt)) == Reason::DnsMalformed);
  }
  auto longer = whole;
  longer.push_back(0);
  CHECK(reason_of(read_reply(longer, QueryType::Txt)) == Reason::DnsMalformed);
}

TEST_CASE("dns_message: a referral by a server that does not recurse says nothing about the name",
          "[net][dns_message]") {
  auto referral =
      reply_to("d.example", kTypeTxt).not_recursive().authority("example", kTypeNs, 5, wire_name("ns.example"));
  CHECK(reason_of(read(referral, QueryType::Txt)) == Reason::DnsRefused);
  CHECK(worth_another_try(read(referral, QueryType::Txt)));
  auto empty = reply_to("d.example", kTypeTxt).not_recursive();
  CHECK(reason_of(read(empty, QueryType::Txt)) == Reason::DnsNodata);
  auto recursive = reply_to("d.example", kTypeTxt).authority("example", kTypeNs, 5, wire_name("ns.example"));
  CHECK(reason_of(read(recursive, QueryType::Txt)) == Reason::DnsNodata);
}

}  // namespace mta_sts::net
