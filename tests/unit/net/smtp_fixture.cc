#include "smtp_fixture.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::net::test {

namespace asio = boost::asio;

ServerContext serving(const Served& served) {
  ServerContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  use(context.get(), served);
  return context;
}

const TestPki& pki() {
  static const TestPki pki;
  return pki;
}

void Heard::note(std::string text) {
  lines_.with([&](auto& lines) { lines.push_back(std::move(text)); });
}

std::string Heard::line(SmtpPeer& peer) {
  auto line = peer.line();
  if (line) note(*line);
  return line.value_or("");
}

void Heard::rest(SmtpPeer& peer) {
  for (auto said = peer.line(); said; said = peer.line()) {
    note(*said);
    if (*said == "QUIT") peer.send("221 bye\r\n");
  }
  if (auto unfinished = peer.until_closed(); !unfinished.empty()) note(std::move(unfinished));
}

std::vector<std::string> Heard::lines() const {
  return lines_.with([](const auto& lines) { return lines; });
}

SmtpResult Probing::probe(SmtpRequest request, Deadline deadline) {
  SmtpResult result;
  std::exception_ptr thrown;
  asio::co_spawn(context_, prober_->probe(std::move(request), deadline),
                 [&](std::exception_ptr error, SmtpResult found) {
                   thrown = error;
                   result = std::move(found);
                 });
  context_.restart();
  context_.run();
  REQUIRE(thrown == nullptr);
  return result;
}

SmtpRequest to_loopback(std::uint16_t port, std::string mx) {
  return {std::move(mx), asio::ip::make_address("127.0.0.1"), port};
}

Outcome probe(Script script, std::chrono::nanoseconds time) {
  Heard heard;
  SmtpServer server([&](SmtpPeer& peer) {
    script(peer, heard);
    heard.rest(peer);
  });
  Probing probing;
  auto result = probing.probe(to_loopback(server.port()), Deadline::after(time));
  server.finish();
  return {std::move(result), heard.lines()};
}

Outcome probe_timing_out(const Script& script, const std::function<bool(const Outcome&)>& reached) {
  for (std::chrono::nanoseconds time = kSoon;; time *= 2) {
    auto outcome = probe(script, time);
    if (reached(outcome) || time > kEnough / 2) return outcome;
  }
}

void up_to_starttls(SmtpPeer& peer, Heard& heard) {
  peer.send(kGreeting);
  heard.line(peer);
  peer.send(kOffer);
  heard.line(peer);
  peer.send("220 go ahead\r\n");
}

void up_to_quit(SmtpPeer& peer, Heard& heard, const ServerContext& context) {
  up_to_starttls(peer, heard);
  if (!peer.start_tls(context.get())) return;
  heard.line(peer);
  peer.send("250 mx.example\r\n");
}

std::string reason(const SmtpResult& result) {
  return result.fault ? std::string(to_text(result.fault->reason)) : std::string();
}

}  // namespace mta_sts::net::test
