#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include "smtp_fixture.h"

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace mta_sts;
using namespace mta_sts::net;
using namespace mta_sts::net::test;
using Lines = std::vector<std::string>;

namespace {

const std::string kEhlo = "EHLO probe.example";

/// How the server goes on after its words.
enum class Then { Stays, Closes, Resets };

struct Row {
  std::string says;
  Then then;
  std::string reason;
  Lines heard;  ///< beside what was heard before
  std::string_view why;
};

void go_on(SmtpPeer& peer, Then then) {
  switch (then) {
    case Then::Stays:
      break;
    case Then::Closes:
      peer.close();
      break;
    case Then::Resets:
      peer.reset();
      break;
  }
}

bool connected(const Outcome& outcome) { return reason(outcome.result) != "connect_timeout"; }

/// A listener with a full backlog: the kernel drops every further SYN.
class FullListener {
 public:
  FullListener() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    sockets_.front() = ::socket(AF_INET, SOCK_STREAM, 0);
    ::bind(sockets_.front(), generic(), size);
    ::listen(sockets_.front(), 0);
    ::getsockname(sockets_.front(), generic(), &size);
    for (auto* waiting = &sockets_[1]; waiting != sockets_.data() + sockets_.size(); ++waiting) {
      *waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      ::connect(*waiting, generic(), size);
    }
  }
  ~FullListener() {
    for (const int socket : sockets_) ::close(socket);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;
  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_in address_{};
  std::array<int, 5> sockets_{};
};

std::string endless(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "220-welcome\r\n";
  return text + "220 ESMTP\r\n";
}

}  // namespace

TEST_CASE("smtp: a port without a listener refuses the connection", "[net][smtp]") {
  std::uint16_t port = 0;
  {
    port = SmtpServer([](SmtpPeer&) {}).port();
  }
  Probing probing;
  const auto result = probing.probe(to_loopback(port), Deadline::after(kEnough));
  CHECK(reason(result) == "connect_refused");
  CHECK(!result.greeted);
  CHECK(result.transcript == Lines{"*: Connection refused"});
}

TEST_CASE("smtp: an address that answers no SYN runs into the deadline", "[net][smtp]") {
  const FullListener listener;
  Probing probing;
  const auto result = probing.probe(to_loopback(listener.port()), Deadline::after(kSoon));
  CHECK(reason(result) == "connect_timeout");
}

TEST_CASE("smtp: what else keeps TCP from standing is connect_error", "[net][smtp]") {
  // The kernel refuses TCP to a multicast address before it sends anything.
  const SmtpRequest request{kMx, boost::asio::ip::make_address("ff01::1"), 25};
  Probing probing;
  CHECK(reason(probing.probe(request, Deadline::after(kEnough))) == "connect_error");
}

TEST_CASE("smtp: a deadline that has passed ends a dialogue at once", "[net][smtp]") {
  const auto outcome = probe([](SmtpPeer&, Heard&) {}, -1s);
  CHECK((reason(outcome.result) == "connect_timeout" || reason(outcome.result) == "smtp_timeout"));
  CHECK(outcome.heard.empty());
}

TEST_CASE("smtp: the greeting decides whether there is a dialogue", "[net][smtp]") {
  const Lines quit = {"QUIT"};
  const auto row = GENERATE_COPY(values<Row>({
      {"554 no mail here\r\n", Then::Stays, "smtp_rejected", quit, "5xx"},
      {"554-no\r\n554 mail\r\n", Then::Stays, "smtp_rejected", quit, "5xx in two lines"},
      {"521 no mail here\r\n", Then::Closes, "smtp_rejected", {}, "5xx and closed"},
      {"421 busy\r\n", Then::Stays, "smtp_busy", quit, "421"},
      {"421 busy\r\n", Then::Closes, "smtp_busy", {}, "421 and closed"},
      {"450 busy\r\n", Then::Stays, "smtp_busy", quit, "4xx"},
      {"250 mx.example\r\n", Then::Stays, "smtp_protocol", quit, "250"},
      {"221 bye\r\n", Then::Stays, "smtp_protocol", quit, "221"},
      {"354 go\r\n", Then::Stays, "smtp_protocol", quit, "3xx"},
      {"SSH-2.0-OpenSSH_9.2\r\n", Then::Stays, "smtp_protocol", quit, "another protocol"},
      {"220-mx\r\n221 mx\r\n", Then::Stays, "smtp_protocol", quit, "two codes"},
      {"220 " + std::string(3000, 'x') + "\r\n", Then::Stays, "smtp_protocol", quit, "a line over the limit"},
      {endless(200), Then::Stays, "smtp_protocol", quit, "lines over the limit"},
      {"", Then::Closes, "smtp_closed", {}, "closed"},
      {"", Then::Resets, "smtp_closed", {}, "reset"},
      {"220-mx\r\n", Then::Closes, "smtp_closed", {}, "closed between two lines"},
      {"220 mx", Then::Closes, "smtp_closed", {}, "closed in a line"},
  }));
  INFO(row.why);
  const auto outcome = probe([&](SmtpPeer& peer, Heard&) {
    peer.send(row.says);
    go_on(peer, row.then);
  });
  CHECK(reason(outcome.result) == row.reason);
  CHECK(!outcome.result.greeted);
  CHECK(outcome.heard == row.heard);
}

TEST_CASE("smtp: a greeting that does not end in time is smtp_timeout without a word of ours", "[net][smtp]") {
  const auto says = GENERATE(as<std::string>(), "", "220-mx\r\n", "220 mx");
  CAPTURE(says);
  const auto outcome = probe_timing_out([&](SmtpPeer& peer, Heard&) { peer.send(says); }, connected);
  CHECK(reason(outcome.result) == "smtp_timeout");
  CHECK(!outcome.result.greeted);
  CHECK(outcome.heard.empty());
}

TEST_CASE("smtp: a greeting that comes octet by octet runs into the deadline", "[net][smtp]") {
  const auto outcome = probe_timing_out(
      [&](SmtpPeer& peer, Heard&) {
        peer.send("220 ");
        for (int i = 0; i < 1000 && peer.quiet_for(20ms); ++i) peer.send("x");
      },
      connected);
  CHECK(reason(outcome.result) == "smtp_timeout");
  CHECK(!outcome.result.greeted);
  // The server would go on for 20 s.
  CHECK(outcome.result.duration < 15s);
}

TEST_CASE("smtp: nothing is sent before the last line of the greeting (RFC 5321 4.3.1)", "[net][smtp]") {
  const auto outcome = probe([](SmtpPeer& peer, Heard& heard) {
    for (const auto* said : {"220-mx.example\r\n", "220-wait", " for it\r\n", "220"}) {
      if (!peer.quiet_for(200ms)) heard.note("too early");
      peer.send(said);
    }
    if (!peer.quiet_for(200ms)) heard.note("too early");
    peer.send("\r\n");
    heard.line(peer);
    peer.send("550 no\r\n");
  });
  CHECK(outcome.result.greeted);
  CHECK(outcome.heard == Lines{kEhlo, "QUIT"});
}

TEST_CASE("smtp: the reply to EHLO decides whether STARTTLS is asked for", "[net][smtp]") {
  const Lines quit = {"QUIT"};
  const auto row = GENERATE_COPY(values<Row>({
      {"421 closing\r\n", Then::Stays, "smtp_busy", quit, "421"},
      {"450-later\r\n450 please\r\n", Then::Stays, "smtp_busy", quit, "45x"},
      {"451 later\r\n", Then::Stays, "smtp_busy", quit, "45x"},
      {"432 later\r\n", Then::Stays, "smtp_busy", quit, "another 4xx"},
      {"502 what?\r\n", Then::Stays, "starttls_missing", quit, "a server that knows HELO only"},
      {"550 bad name\r\n", Then::Stays, "starttls_missing", quit, "refused for good"},
      {"554 go away\r\n", Then::Closes, "smtp_protocol", {}, "refused by closing"},
      {"554 go away\r\n", Then::Resets, "smtp_protocol", {}, "refused by a reset"},
      {"250 mx.example\r\n", Then::Stays, "starttls_missing", quit, "no extension"},
      {"250 STARTTLS\r\n", Then::Stays, "starttls_missing", quit, "the keyword where the name stands"},
      {"250-mx\r\n250-XSTARTTLS\r\n250 SIZE\r\n", Then::Stays, "starttls_missing", quit, "another extension"},
      {"354 go\r\n", Then::Stays, "smtp_protocol", quit, "3xx"},
      {"what?\r\n", Then::Stays, "smtp_protocol", quit, "no reply"},
      {"250-mx\r\n251 STARTTLS\r\n", Then::Stays, "smtp_protocol", quit, "two codes"},
      {"", Then::Closes, "smtp_protocol", {}, "closed"},
      {"", Then::Resets, "smtp_protocol", {}, "reset"},
      {"250-mx\r\n", Then::Closes, "smtp_protocol", {}, "closed between two lines"},
      {"250-mx\r\n250 STARTTLS\r\n", Then::Stays, "starttls_refused", {"STARTTLS", "QUIT"}, "offered"},
      {"250-mx\r\n250-starttls\r\n250 SIZE\r\n", Then::Stays, "starttls_refused", {"STARTTLS", "QUIT"}, "lower case"},
      {"250-mx\n250 STARTTLS\n", Then::Stays, "starttls_refused", {"STARTTLS", "QUIT"}, "bare LF"},
  }));
  INFO(row.why);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    peer.send(kGreeting);
    heard.line(peer);
    peer.send(row.says);
    go_on(peer, row.then);
    if (row.reason == "starttls_refused" && heard.line(peer) == "STARTTLS") peer.send("454 not now\r\n");
  });
  CHECK(reason(outcome.result) == row.reason);
  CHECK(outcome.result.greeted);
  CHECK(!outcome.result.starttls);
  auto expected = row.heard;
  expected.insert(expected.begin(), kEhlo);
  CHECK(outcome.heard == expected);
}

TEST_CASE("smtp: the reply to STARTTLS decides whether TLS begins", "[net][smtp]") {
  const Lines quit = {"QUIT"};
  const auto row = GENERATE_COPY(values<Row>({
      {"454 no certificate\r\n", Then::Stays, "starttls_refused", quit, "454"},
      {"501 what?\r\n", Then::Stays, "starttls_refused", quit, "501"},
      {"421 closing\r\n", Then::Stays, "starttls_refused", quit, "421"},
      {"421 closing\r\n", Then::Closes, "starttls_refused", {}, "421 and closed"},
      {"250 OK\r\n", Then::Stays, "starttls_refused", quit, "250"},
      {"221 bye\r\n", Then::Stays, "starttls_refused", quit, "221"},
      {"go ahead\r\n", Then::Stays, "smtp_protocol", quit, "no reply"},
      {"", Then::Closes, "smtp_protocol", {}, "closed"},
      {"", Then::Resets, "smtp_protocol", {}, "reset"},
      {"220-go\r\n", Then::Closes, "smtp_protocol", {}, "closed between two lines"},
  }));
  INFO(row.why);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    peer.send(kGreeting);
    heard.line(peer);
    peer.send(kOffer);
    heard.line(peer);
    peer.send(row.says);
    go_on(peer, row.then);
  });
  CHECK(reason(outcome.result) == row.reason);
  CHECK(outcome.result.greeted);
  CHECK(!outcome.result.starttls);
  Lines expected = {kEhlo, "STARTTLS"};
  expected.insert(expected.end(), row.heard.begin(), row.heard.end());
  CHECK(outcome.heard == expected);
}

TEST_CASE("smtp: silence after the greeting is smtp_timeout of a greeted server, without QUIT", "[net][smtp]") {
  const auto commands = GENERATE(as<Lines>(), Lines{kEhlo}, Lines{kEhlo, "STARTTLS"});
  CAPTURE(commands);
  const auto outcome = probe_timing_out(
      [&](SmtpPeer& peer, Heard& heard) {
        peer.send(kGreeting);
        if (!heard.line(peer).empty() && commands.size() == 2) peer.send(kOffer);
      },
      [&](const Outcome& found) { return found.heard.size() == commands.size(); });
  CHECK(reason(outcome.result) == "smtp_timeout");
  CHECK(outcome.result.greeted);
  CHECK(outcome.heard == commands);
}

TEST_CASE("smtp: the deadline is one for the whole dialogue", "[net][smtp]") {
  Outcome outcome;
  // A busy machine may not come to EHLO in the shortest time.
  for (auto time = kSoon; outcome.heard.empty() && time < kEnough; time *= 2) {
    outcome = probe(
        [&](SmtpPeer& peer, Heard& heard) {
          peer.quiet_for(time * 2 / 3);
          peer.send(kGreeting);
          heard.line(peer);
          peer.quiet_for(time * 2 / 3);
          peer.send(kOffer);
        },
        time);
  }
  CHECK(reason(outcome.result) == "smtp_timeout");
  CHECK(outcome.heard == Lines{kEhlo});
}

TEST_CASE("smtp: plaintext after the 220 to STARTTLS is injection and ends there (RFC 3207, CVE-2011-0411)",
          "[net][smtp]") {
  const auto more = GENERATE(as<std::string>(), "250 OK\r\n", "x", "220 go ahead\r\n", "\x16\x03\x01");
  CAPTURE(more);
  const auto outcome = probe([&](SmtpPeer& peer, Heard& heard) {
    peer.send(kGreeting);
    heard.line(peer);
    peer.send(kOffer);
    heard.line(peer);
    peer.send("220 go ahead\r\n" + more);
  });
  CHECK(reason(outcome.result) == "starttls_injection");
  CHECK(outcome.result.starttls);
  CHECK(!outcome.result.tls.handshake_done());
  CHECK(outcome.heard == Lines{kEhlo, "STARTTLS"});
}

TEST_CASE("smtp: the transcript shows who said what, safe to print", "[net][smtp]") {
  const auto outcome = probe([](SmtpPeer& peer, Heard& heard) {
    peer.send("220-mx \x1b[31m\0\r\n220 ready\r\n"s);
    heard.line(peer);
    peer.send("250 mx\r\n");
  });
  CHECK(outcome.result.transcript == Lines{"S: 220-mx \\x1b[31m\\x00", "S: 220 ready", "C: " + kEhlo, "S: 250 mx",
                                           "*: STARTTLS is not in the reply to EHLO", "C: QUIT", "S: 221 bye"});
}

TEST_CASE("smtp: the transcript shows a reply that is none, and one that was cut off", "[net][smtp]") {
  const auto refused = probe([](SmtpPeer& peer, Heard&) { peer.send("220-mx\r\nHTTP/1.1 400 Bad Request\r\n"); });
  CHECK(refused.result.transcript == Lines{"S: 220-mx", "S: HTTP/1.1 400 Bad Request",
                                           "*: waiting for the greeting: line 2 of the reply does not begin with a "
                                           "reply code",
                                           "C: QUIT", "S: 221 bye"});
  const auto cut = probe([](SmtpPeer& peer, Heard&) {
    peer.send("220 m");
    peer.close();
  });
  CHECK(cut.result.transcript == Lines{"S: 220 m", "*: waiting for the greeting: closed by the peer"});
}
