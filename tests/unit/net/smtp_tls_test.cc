#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "smtp_fixture.h"

using namespace std::chrono_literals;
using namespace mta_sts;
using namespace mta_sts::net;
using namespace mta_sts::net::test;
using Lines = std::vector<std::string>;

namespace {

const std::string kEhlo = "EHLO probe.example";
const Lines kUpToTls = {kEhlo, "STARTTLS"};
const Lines kUpToQuit = {kEhlo, "STARTTLS", kEhlo, "QUIT"};

/// The probe of a server that takes STARTTLS and then shows `served`.
Outcome probe_serving(const Served& served) {
  const auto context = serving(served);
  return probe([&](SmtpPeer& peer, Heard& heard) { up_to_quit(peer, heard, context); });
}

/// Reads what the client sends after a broken handshake: a word of SMTP among it is one too many.
void listen_after_break(SmtpPeer& peer, Heard& heard) {
  if (peer.until_closed().find("QUIT") != std::string::npos) heard.note("QUIT after a broken handshake");
}

bool tried_quit(const SmtpResult& result) {
  return std::find(result.transcript.begin(), result.transcript.end(), "C: QUIT") != result.transcript.end();
}

bool has(const formats::ChainFacts& chain, Reason reason) {
  return std::any_of(chain.faults.begin(), chain.faults.end(), [&](const Fault& f) { return f.reason == reason; });
}

}  // namespace

TEST_CASE("smtp: a dialogue without a fault says EHLO, STARTTLS, EHLO inside TLS and QUIT, and never begins a mail",
          "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    const auto reply = [&](std::string_view text) {
      // Whatever is pipelined would be here by now.
      if (!peer.quiet_for(50ms)) heard.note("pipelined");
      peer.send(text);
    };
    peer.send(kGreeting);
    heard.line(peer);
    reply(kOffer);
    heard.line(peer);
    reply("220 go ahead\r\n");
    peer.start_tls(context.get());
    heard.note("SNI " + peer.server_name());
    heard.line(peer);
    reply("250 mx.example\r\n");
    heard.rest(peer);
    heard.note(peer.was_ended() ? "close_notify" : "cut");
  });
  CHECK(outcome.heard == Lines{kEhlo, "STARTTLS", "SNI mx.example", kEhlo, "QUIT", "close_notify"});
  const auto& result = outcome.result;
  CHECK(reason(result).empty());
  CHECK(result.greeted);
  CHECK(result.starttls);
  CHECK(result.tls.version == "TLSv1.3");
  CHECK(!result.tls.cipher.empty());
  REQUIRE(result.tls.chain);
  CHECK(result.tls.chain->faults.empty());
  CHECK(result.tls.chain->chain_not_after);
  CHECK(result.duration > 0s);
  CHECK(result.transcript == Lines{"S: 220 mx.example ESMTP", "C: " + kEhlo, "S: 250-mx.example", "S: 250-SIZE 1000",
                                   "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go ahead", "*: TLS handshake done",
                                   "C: " + kEhlo, "S: 250 mx.example", "C: QUIT", "S: 221 bye"});
}

TEST_CASE("smtp: TLS 1.2 is spoken too", "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) { up_to_quit(peer, heard, context); });
  CHECK(reason(outcome.result).empty());
  CHECK(outcome.result.tls.version == "TLSv1.2");
  CHECK(outcome.heard == kUpToQuit);
}

TEST_CASE("smtp: SNI is the MX name, also an A-label", "[net][smtp]") {
  const std::string mx = "xn--mx-eka.example";
  const auto context = serving(pki().good(mx));
  Heard heard;
  SmtpServer server([&](SmtpPeer& peer) {
    up_to_quit(peer, heard, context);
    heard.note("SNI " + peer.server_name());
    heard.rest(peer);
  });
  Probing probing;
  const auto result = probing.probe(to_loopback(server.port(), mx), Deadline::after(kEnough));
  server.finish();
  CHECK(heard.lines() == Lines{kEhlo, "STARTTLS", kEhlo, "SNI " + mx, "QUIT"});
  REQUIRE(result.tls.chain);
  CHECK(result.tls.chain->faults.empty());
}

TEST_CASE("smtp: a certificate that does not pass ends nothing and is kept with its faults", "[net][smtp]") {
  const std::vector<std::pair<Served, Reason>> rows = {
      {pki().expired(kMx), Reason::CertExpired},
      {pki().self_signed(kMx), Reason::CertSelfSigned},
      {pki().missing_intermediate(kMx), Reason::CertUntrusted},
      {pki().weak_key(kMx), Reason::CertWeak},
      {pki().wrong_name(), Reason::CertNameMismatch},
  };
  for (const auto& [served, fault] : rows) {
    CAPTURE(to_text(fault));
    const auto outcome = probe_serving(served);
    CHECK(reason(outcome.result).empty());
    CHECK(outcome.heard == kUpToQuit);
    CHECK(outcome.result.tls.handshake_done());
    REQUIRE(outcome.result.tls.chain);
    CHECK(has(*outcome.result.tls.chain, fault));
  }
}

TEST_CASE("smtp: a handshake that breaks is tls_handshake, and nothing is said after it", "[net][smtp]") {
  enum class Breaks { Closes, Resets, Garbage, Alert, Plaintext };
  const auto breaks = GENERATE(Breaks::Closes, Breaks::Resets, Breaks::Garbage, Breaks::Alert, Breaks::Plaintext);
  CAPTURE(static_cast<int>(breaks));
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    // The ClientHello is here: what follows is no injection.
    if (peer.quiet_for(kEnough)) heard.note("no ClientHello");
    if (breaks == Breaks::Garbage) peer.send(std::string(64, '\xff'));
    if (breaks == Breaks::Alert) peer.send({"\x15\x03\x03\x00\x02\x02\x28", 7});
    if (breaks == Breaks::Plaintext) peer.send("454 TLS not available\r\n");
    if (breaks == Breaks::Closes) peer.close();
    if (breaks == Breaks::Resets) peer.reset();
    listen_after_break(peer, heard);
  });
  CHECK(reason(outcome.result) == "tls_handshake");
  CHECK(outcome.result.starttls);
  CHECK(!outcome.result.tls.handshake_done());
  CHECK(!outcome.result.tls.chain);
  CHECK(outcome.heard == kUpToTls);
  CHECK(!tried_quit(outcome.result));
}

TEST_CASE("smtp: a server that speaks no TLS 1.2 is tls_version", "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    peer.start_tls(context.get());
    listen_after_break(peer, heard);
  });
  CHECK(reason(outcome.result) == "tls_version");
  CHECK(outcome.heard == kUpToTls);
  CHECK(!tried_quit(outcome.result));
}

TEST_CASE("smtp: a handshake that does not end in time is tls_timeout", "[net][smtp]") {
  const auto outcome = probe_timing_out(
      [](SmtpPeer& peer, Heard& heard) {
        up_to_starttls(peer, heard);
        listen_after_break(peer, heard);
      },
      [](const Outcome& found) { return found.result.starttls; });
  CHECK(reason(outcome.result) == "tls_timeout");
  CHECK(outcome.heard == kUpToTls);
  CHECK(!tried_quit(outcome.result));
}

TEST_CASE("smtp: the certificate is kept when the handshake fails after it", "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    if (peer.start_tls(context.get())) heard.note("handshake");
    listen_after_break(peer, heard);
  });
  CHECK(reason(outcome.result) == "tls_handshake");
  CHECK(!outcome.result.tls.handshake_done());
  REQUIRE(outcome.result.tls.chain);
  CHECK(outcome.result.tls.chain->faults.empty());
  CHECK(outcome.heard == kUpToTls);
  CHECK(!tried_quit(outcome.result));
}

TEST_CASE("smtp: an alert after our handshake is done is smtp_protocol", "[net][smtp]") {
  // In TLS 1.3 a server that wants our certificate says so only after we are done (RFC 8446 4.4).
  const auto context = serving(pki().good(kMx));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    peer.start_tls(context.get());
    peer.until_closed();
  });
  CHECK(reason(outcome.result) == "smtp_protocol");
  CHECK(outcome.result.tls.handshake_done());
}

TEST_CASE("smtp: the reply to EHLO inside TLS is a fault only where a sender could not go on", "[net][smtp]") {
  struct Row {
    std::string says;
    std::string reason;
    bool quit;
    std::string_view why;
  };
  const auto row = GENERATE(values<Row>({
      {"250-mx.example\r\n250 SIZE\r\n", "", true, "taken"},
      {"502 what?\r\n", "", true, "5xx: a sender goes on with HELO"},
      {"451 later\r\n", "", true, "4xx"},
      {"421 closing\r\n", "smtp_busy", true, "421"},
      {"what?\r\n", "smtp_protocol", true, "no reply"},
      {"250-a\r\n220 b\r\n", "smtp_protocol", true, "two codes"},
      {"close", "smtp_protocol", false, "closed"},
      {"reset", "smtp_protocol", false, "reset"},
      {"", "smtp_timeout", false, "silence"},
  }));
  INFO(row.why);
  const auto context = serving(pki().good(kMx));
  const Script script = [&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    peer.start_tls(context.get());
    heard.line(peer);
    if (row.says == "close") {
      peer.close();
    } else if (row.says == "reset") {
      peer.reset();
    } else {
      peer.send(row.says);
    }
  };
  const auto at_ehlo = [](const Outcome& found) { return found.heard.size() == 3; };
  const auto outcome = row.says.empty() ? probe_timing_out(script, at_ehlo) : probe(script);
  CHECK(reason(outcome.result) == row.reason);
  CHECK(outcome.result.greeted);
  CHECK(outcome.result.starttls);
  REQUIRE(outcome.result.tls.handshake_done());
  CHECK(outcome.result.tls.chain->faults.empty());
  CHECK(outcome.heard == (row.quit ? kUpToQuit : Lines{kEhlo, "STARTTLS", kEhlo}));
}

TEST_CASE("smtp: a server that closes right after the handshake is smtp_protocol", "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    peer.start_tls(context.get());
    peer.close();
  });
  CHECK(reason(outcome.result) == "smtp_protocol");
  CHECK(outcome.result.tls.handshake_done());
  CHECK(outcome.result.tls.chain);
}

TEST_CASE("smtp: a long chain of replies inside TLS stays within the limits", "[net][smtp]") {
  const auto context = serving(pki().good(kMx));
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    up_to_starttls(peer, heard);
    peer.start_tls(context.get());
    heard.line(peer);
    for (int i = 0; i < 200; ++i) peer.send("250-" + std::string(1000, 'x') + "\r\n");
  });
  CHECK(reason(outcome.result) == "smtp_protocol");
}
