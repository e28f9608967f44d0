#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "exporter/net/https.h"
#include "https_fixture.h"
#include "scripted_server.h"

namespace mta_sts::net {

using namespace std::chrono_literals;
using test::answer_with;
using test::DeadPort;
using test::HttpsFixture;
using test::kPolicy;
using test::kPolicyHost;
using test::Peer;
using test::ScriptedServer;

namespace {

/// For what never ends by itself: long enough to get where it hangs on a busy machine. Such fetches run side by side.
constexpr auto kShort = 4s;

/// What a server does and what is to come of it.
struct Case {
  const char* what;
  ScriptedServer::Script script;
  const char* expected;
};

struct Ended {
  const Case& of;
  HttpsResult result;
};
/// One server and one fetch a case, all side by side.
std::vector<Ended> run(HttpsFixture& fixture, const std::vector<Case>& cases,
                       std::chrono::milliseconds timeout = test::kPatience) {
  std::list<ScriptedServer> servers;
  std::vector<HttpsRequest> requests;
  for (const auto& one : cases) requests.push_back(fixture.to(servers.emplace_back(one.script)));
  auto results = fixture.fetch_all(std::move(requests), timeout);
  std::vector<Ended> ended;
  for (std::size_t i = 0; i < cases.size(); ++i) ended.push_back({cases[i], std::move(results[i])});
  return ended;
}

std::string reason(const HttpsResult& result) {
  return result.fault ? std::string(to_text(result.fault->reason)) : "none";
}

std::vector<std::string> certificate_reasons(const HttpsResult& result) {
  std::vector<std::string> names;
  if (!result.tls.chain) return {"no chain"};
  for (const auto& fault : result.tls.chain->faults) names.emplace_back(to_text(fault.reason));
  return names;
}

/// Octet by octet, slower than anyone waits; ends when the other side is gone.
void drip(Peer& peer, std::string octets) {
  for (const char octet : octets) {
    if (!peer.send(std::string(1, octet))) return;
    std::this_thread::sleep_for(100ms);
  }
  peer.wait_for_close();
}

void send_without_end(Peer& peer, const std::string& begin, const std::string& piece) {
  if (!peer.send(begin)) return;
  while (peer.send(piece)) {
  }
}

ScriptedServer::Script sends_plain(std::string octets) {
  return [octets = std::move(octets)](Peer& peer) {
    peer.read_some();
    peer.send_plain(octets);
    peer.wait_for_close();
  };
}

}  // namespace

TEST_CASE("https: until TCP stands the reasons are connect_*", "[net][https]") {
  HttpsFixture fixture;
  const DeadPort refuses(DeadPort::Kind::Refuses);
  const auto refused = fixture.fetch(refuses.request());
  CHECK(reason(refused) == "connect_refused");
  CHECK(refused.status == 0);
  CHECK_FALSE(refused.tls.chain);

  const DeadPort hangs(DeadPort::Kind::Hangs);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(reason(fixture.fetch(hangs.request(), 300ms)) == "connect_timeout");
  CHECK(std::chrono::steady_clock::now() - begin >= 300ms);

  auto unreachable = refuses.request();
  unreachable.address = boost::asio::ip::make_address("224.0.0.1");  // the kernel refuses TCP to a multicast address
  CHECK(reason(fixture.fetch(unreachable)) == "connect_error");
}

TEST_CASE("https: a deadline that has passed is a timeout at once", "[net][https]") {
  HttpsFixture fixture;
  const ScriptedServer server(fixture.after_request(answer_with(kPolicy)));
  CHECK(reason(fixture.fetch(fixture.to(server), -1s)) == "connect_timeout");
}

TEST_CASE("https: a handshake that does not end in time is tls_timeout", "[net][https]") {
  HttpsFixture fixture;
  const auto slow = [](Peer& peer) { drip(peer, std::string("\x16\x03\x03\x40\x00", 5) + std::string(99, 'x')); };
  const std::vector<Case> cases = {
      {"never speaks", [](Peer& peer) { peer.wait_for_close(); }, "tls_timeout"},
      {"an octet now and then", slow, "tls_timeout"},
  };
  for (const auto& [of, result] : run(fixture, cases, kShort)) {
    INFO(of.what);
    CHECK(reason(result) == of.expected);
    CHECK_FALSE(result.tls.handshake_done());
  }
}

TEST_CASE("https: from the ClientHello to the end of the handshake the reasons are tls_*", "[net][https]") {
  HttpsFixture fixture;
  const auto tls11 = [served = fixture.good](Peer& peer) { peer.tls(served, {TLS1_VERSION, TLS1_1_VERSION}); };
  const auto resets = [](Peer& peer) {
    peer.read_some();
    peer.reset();
  };
  const std::vector<Case> cases = {
      {"alert handshake_failure", sends_plain(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)), "tls_handshake"},
      {"alert protocol_version", sends_plain(std::string("\x15\x03\x01\x00\x02\x02\x46", 7)), "tls_version"},
      {"TLS 1.1 only", tls11, "tls_version"},
      {"plain HTTP", sends_plain("HTTP/1.1 400 Bad Request\r\n\r\n"), "tls_handshake"},
      {"zeros", sends_plain(std::string(100, '\0')), "tls_handshake"},
      {"closes after the ClientHello", [](Peer& peer) { peer.read_some(); }, "tls_handshake"},
      {"resets after the ClientHello", resets, "tls_handshake"},
  };
  for (const auto& [of, result] : run(fixture, cases)) {
    INFO(of.what);
    CHECK(reason(result) == of.expected);
    CHECK(result.status == 0);
    CHECK_FALSE(result.tls.handshake_done());
  }
}

TEST_CASE("https: the alert is named in the detail", "[net][https]") {
  HttpsFixture fixture;
  const ScriptedServer server(sends_plain(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)));
  const auto result = fixture.fetch(fixture.to(server));
  REQUIRE(result.fault);
  CHECK(result.fault->detail.find("received alert handshake_failure") == 0);
}

TEST_CASE("https: a bad certificate does not end the fetch: all facts are there", "[net][https]") {
  HttpsFixture fixture;
  const auto& pki = fixture.pki;
  const std::vector<std::pair<test::Served, std::string>> rows = {
      {pki.expired(kPolicyHost), "cert_expired"},
      {pki.not_yet_valid(kPolicyHost), "cert_not_yet_valid"},
      {pki.self_signed(kPolicyHost), "cert_self_signed"},
      {pki.unknown_ca(kPolicyHost), "cert_untrusted"},
      {pki.missing_intermediate(kPolicyHost), "cert_untrusted"},
      {pki.expired_intermediate(kPolicyHost), "cert_chain_expired"},
      {pki.weak_key(kPolicyHost), "cert_weak"},
      {pki.weak_digest(kPolicyHost), "cert_weak"},
      {pki.client_only(kPolicyHost), "cert_purpose"},
      {pki.wrong_name(), "cert_name_mismatch"},
      {pki.cn_only(kPolicyHost), "cert_name_mismatch"},
  };
  for (const auto& [served, expected] : rows) {
    const ScriptedServer server([served = served](Peer& peer) {
      if (!peer.tls(served)) return;
      peer.read_request();
      peer.send(answer_with(kPolicy));
    });
    CAPTURE(expected);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "none");
    CHECK(certificate_reasons(result) == std::vector<std::string>{expected});
    CHECK(result.status == 200);
    CHECK(result.body == kPolicy);
  }
}

TEST_CASE("https: after the handshake an answer that does not come whole in time is http_timeout", "[net][https]") {
  HttpsFixture fixture;
  const auto silent_after = [&](std::string octets) {
    return fixture.after_request([octets = std::move(octets)](Peer& peer) {
      peer.send(octets);
      peer.wait_for_close();
    });
  };
  const auto body_drips = fixture.after_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    drip(peer, std::string(1000, 'x'));
  });
  const auto endless_chunk = fixture.after_request([](Peer& peer) {
    send_without_end(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", std::string(1000, 'x'));
  });
  const std::vector<Case> cases = {
      {"nothing", silent_after(""), "0"},
      {"half a status line", silent_after("HTTP/1.1 2"), "0"},
      {"half a header", silent_after("HTTP/1.1 200 OK\r\nContent-Type: text/pl"), "200"},
      {"half a body", silent_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "200"},
      {"an octet now and then", fixture.after_request([](Peer& peer) { drip(peer, answer_with(kPolicy)); }), "any"},
      {"a body's octet now and then", body_drips, "200"},
      {"a chunk's name without end", endless_chunk, "200"},
  };
  for (const auto& [of, result] : run(fixture, cases, kShort)) {
    INFO(of.what);
    CHECK(reason(result) == "http_timeout");
    CHECK((of.expected == std::string("any") || std::to_string(result.status) == of.expected));
    // What came before the timeout are facts too.
    CHECK(result.tls.version == "TLSv1.3");
    CHECK(certificate_reasons(result).empty());
  }
}

TEST_CASE("https: an answer that is none, breaks off or is framed badly is http_protocol", "[net][https]") {
  HttpsFixture fixture;
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"HTTP/0.9", "version: STSv1\n"},
      {"garbage", std::string(300, '\x01') + "\r\n\r\n"},
      {"half a status line", "HTTP/1.1"},
      {"half a header", ok + "Content-Type: text/plain\r\n"},
      {"HTTP/2", "HTTP/2 200\r\nContent-Length: 0\r\n\r\n"},
      {"another protocol", "ICY 200 OK\r\n\r\n"},
      {"status below 100", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"},
      {"truncated body", ok + "Content-Length: 100\r\n\r\nversion: STSv1\n"},
      {"truncated chunk", ok + "Transfer-Encoding: chunked\r\n\r\n40\r\nversion"},
      {"no last chunk", ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"},
      {"chunk without a size", ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n0\r\n\r\n"},
      {"length that is no number", ok + "Content-Length: many\r\n\r\nabc"},
      {"length below zero", ok + "Content-Length: -1\r\n\r\nabc"},
      {"two lengths", ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
      {"a transfer coding", ok + "Transfer-Encoding: gzip\r\n\r\nabcd"},
      {"NUL in the header", ok + std::string("X: a\0b\r\n\r\n", 10)},
      {"one field over 64 KiB", ok + "X: " + std::string(70'000, 'x') + "\r\n\r\n"},
      {"100 alone", "HTTP/1.1 100 Continue\r\n\r\n"},
  };
  for (const auto& [what, octets] : rows) {
    const ScriptedServer server(fixture.after_request(octets));
    INFO(what);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "http_protocol");
    CHECK(certificate_reasons(result).empty());
  }
}

TEST_CASE("https: a reset after the handshake is http_protocol, and raises no signal", "[net][https]") {
  HttpsFixture fixture;
  for (const char* before : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nvers"}) {
    const ScriptedServer server(fixture.after_request([before](Peer& peer) {
      peer.send(before);
      peer.reset();
    }));
    CHECK(reason(fixture.fetch(fixture.to(server))) == "http_protocol");
  }
  const ScriptedServer unread([served = fixture.good](Peer& peer) {
    if (peer.tls(served)) peer.reset();
  });
  for (int i = 0; i < 5; ++i) CHECK(reason(fixture.fetch(fixture.to(unread))) == "http_protocol");
}

TEST_CASE("https: header without end stops at 64 KiB: fields, one line, informational answers, trailers",
          "[net][https]") {
  HttpsFixture fixture;
  struct Row {
    const char* begin;
    std::string piece;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\n", "X-Field: " + std::string(500, 'x') + "\r\n"},
      {"HTTP/1.1 200 OK\r\nX: ", std::string(1000, 'x')},
      {"HTTP/1.1 404 Not Found\r\n", "X-Field: value\r\n"},
      {"", "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-Trailer: value\r\n"},
  };
  for (const auto& row : rows) {
    const ScriptedServer server(
        fixture.after_request([row](Peer& peer) { send_without_end(peer, row.begin, row.piece); }));
    CAPTURE(row.begin, row.piece);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "http_protocol");
  }
}

TEST_CASE("https: a body over the limit is http_too_large, at once, and one of the limit is not", "[net][https]") {
  HttpsFixture fixture;
  const std::string piece(1000, 'x');
  const std::string begins[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n",
      "HTTP/1.0 200 OK\r\n\r\n",
  };
  for (const auto& begin : begins) {
    const ScriptedServer server(fixture.after_request([&](Peer& peer) { send_without_end(peer, begin, piece); }));
    CAPTURE(begin);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "http_too_large");
    CHECK(result.status == 200);
    CHECK(result.body.size() == fixture.to(server).max_body);
  }
  const ScriptedServer chunked(fixture.after_request([&](Peer& peer) {
    send_without_end(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3e8\r\n" + piece + "\r\n");
  }));
  CHECK(reason(fixture.fetch(fixture.to(chunked))) == "http_too_large");

  for (const std::size_t size : {64U * 1024U, 64U * 1024U + 1}) {
    const ScriptedServer server(fixture.after_request(answer_with(std::string(size, 'x'))));
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == (size > 64 * 1024 ? "http_too_large" : "none"));
    CHECK(result.body.size() == 64 * 1024);
  }
}

TEST_CASE("https: a status other than 200 is the answer, whatever body follows", "[net][https]") {
  HttpsFixture fixture;
  struct Row {
    int status;
    std::string header;
    bool endless;
  };
  const Row rows[] = {
      {404, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n", true},
      {404, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n", false},
      {500, "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", false},
      {204, "HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n", false},
      {304, "HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\n\r\n", false},
      {401, "HTTP/1.1 401 Who\r\nContent-Type: text/html\r\nWWW-Authenticate: Basic realm=x\r\n\r\n", false},
      {101, "HTTP/1.1 101 Switching Protocols\r\nContent-Type: text/html\r\nUpgrade: x\r\n\r\n", false},
      {206, "HTTP/1.1 206 Partial\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n", false},
  };
  for (const auto& row : rows) {
    const ScriptedServer server(fixture.after_request([row](Peer& peer) {
      if (row.endless) {
        send_without_end(peer, row.header, std::string(1000, 'x'));
      } else {
        peer.send(row.header + "part");
      }
    }));
    CAPTURE(row.header);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "none");
    CHECK(result.status == row.status);
    CHECK(result.content_type == "text/html");
  }
}

TEST_CASE("https: a redirect is not followed (RFC 8461 3.3)", "[net][https]") {
  HttpsFixture fixture;
  const ScriptedServer elsewhere(fixture.after_request(answer_with(kPolicy)));
  for (const char* scheme : {"https", "http"}) {
    const ScriptedServer server(fixture.after_request("HTTP/1.1 302 Found\r\nLocation: " + std::string(scheme) +
                                                      "://127.0.0.1:" + std::to_string(elsewhere.port()) +
                                                      "/\r\nContent-Length: 0\r\n\r\n"));
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "none");
    CHECK(result.status == 302);
    CHECK(server.connections() == 1);
  }
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("https: odd but whole answers are taken", "[net][https]") {
  HttpsFixture fixture;
  const std::string plain = "Content-Type: text/plain\r\n";
  const auto length = "Content-Length: " + std::to_string(kPolicy.size()) + "\r\n";
  const std::pair<const char*, std::string> rows[] = {
      {"HTTP/1.0 that ends by close", "HTTP/1.0 200 OK\r\n" + plain + "\r\n" + kPolicy},
      {"HTTP/1.1 that ends by close", "HTTP/1.1 200 OK\r\n" + plain + "\r\n" + kPolicy},
      {"no reason phrase", "HTTP/1.1 200\r\n" + plain + length + "\r\n" + kPolicy},
      {"bare LF", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n" + kPolicy},
      {"informational answers first",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\nHTTP/1.1 200 OK\r\n" +
           plain + length + "\r\n" + kPolicy},
      {"chunks and a trailer", "HTTP/1.1 200 OK\r\n" + plain + "Transfer-Encoding: chunked\r\n\r\n8;x=y\r\n" +
                                   kPolicy.substr(0, 8) + "\r\n" + "21\r\n" + kPolicy.substr(8) +
                                   "\r\n0\r\nX-Trailer: y\r\n\r\n"},
      {"octets after the body", "HTTP/1.1 200 OK\r\n" + plain + length + "\r\n" + kPolicy + "and more"},
  };
  REQUIRE(kPolicy.size() == 8 + 0x21);
  for (const auto& [what, octets] : rows) {
    const ScriptedServer server(fixture.after_request(octets));
    INFO(what);
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(reason(result) == "none");
    CHECK(result.status == 200);
    CHECK(result.content_type == "text/plain");
    CHECK(result.body == kPolicy);
  }
}

TEST_CASE("https: an end without close_notify is taken as an end, as senders take it", "[net][https]") {
  HttpsFixture fixture;
  const ScriptedServer server(fixture.after_request([](Peer& peer) {
    peer.send(answer_with(kPolicy));
    peer.end_without_notice();
  }));
  CHECK(reason(fixture.fetch(fixture.to(server))) == "none");
  const ScriptedServer unknown(fixture.after_request([](Peer& peer) {
    peer.send("HTTP/1.0 200 OK\r\n\r\n" + kPolicy);
    peer.end_without_notice();
  }));
  const auto result = fixture.fetch(fixture.to(unknown));
  CHECK(reason(result) == "none");
  CHECK(result.body == kPolicy);
}

TEST_CASE("https: a coding that was not asked for is left as it is and told", "[net][https]") {
  HttpsFixture fixture;
  const std::string octets("\x1f\x8b\x08\x00 not really", 15);
  const ScriptedServer server(fixture.after_request(answer_with(octets, "Content-Encoding: gzip\r\n")));
  const auto result = fixture.fetch(fixture.to(server));
  CHECK(reason(result) == "none");
  CHECK(result.content_encoding == "gzip");
  CHECK(result.body == octets);
}

}  // namespace mta_sts::net
