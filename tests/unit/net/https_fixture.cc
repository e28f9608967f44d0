#include "https_fixture.h"

#include <exception>
#include <optional>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mta_sts::net::test {

std::string answer_with(const std::string& body, const std::string& fields) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         fields + "\r\n" + body;
}

HttpsFixture::HttpsFixture(HttpsOptions options)
    : good(pki.good(kPolicyHost)),
      trust(pki.trust()),
      clock(kNow),
      fetcher(make_https_fetcher(io.get_executor(), std::move(options), trust, clock)) {}

HttpsRequest HttpsFixture::to(const ScriptedServer& server) const {
  HttpsRequest request;
  request.host = kPolicyHost;
  request.address = server.address();
  request.port = server.port();
  return request;
}

HttpsResult HttpsFixture::fetch(HttpsRequest request, std::chrono::milliseconds timeout) {
  return fetch_all({std::move(request)}, timeout).front();
}

std::vector<HttpsResult> HttpsFixture::fetch_all(std::vector<HttpsRequest> requests,
                                                 std::chrono::milliseconds timeout) {
  std::vector<std::optional<HttpsResult>> ended(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    boost::asio::co_spawn(io, fetcher->fetch(std::move(requests[i]), Deadline::after(timeout)),
                          [&ended, i](std::exception_ptr thrown, HttpsResult got) {
                            if (thrown) std::rethrow_exception(thrown);
                            ended[i] = std::move(got);
                          });
  }
  io.restart();
  io.run_for(2 * kPatience);
  REQUIRE(io.stopped());
  std::vector<HttpsResult> results;
  for (auto& result : ended) {
    REQUIRE(result);
    results.push_back(std::move(*result));
  }
  return results;
}

ScriptedServer::Script HttpsFixture::after_request(std::string octets) const {
  return after_request([octets = std::move(octets)](Peer& peer) { peer.send(octets); });
}

ScriptedServer::Script HttpsFixture::after_request(ScriptedServer::Script next) const {
  return [served = good, next = std::move(next)](Peer& peer) {
    if (!peer.tls(served)) return;
    peer.read_request();
    next(peer);
  };
}

DeadPort::DeadPort(Kind kind) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  const int holder = socket(AF_INET, SOCK_STREAM, 0);
  sockets_.push_back(holder);
  bind(holder, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  getsockname(holder, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  if (kind == Kind::Refuses) return;
  // A full queue of connections that nobody accepts drops further SYNs.
  listen(holder, 0);
  for (int i = 0; i < 4; ++i) {
    sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    static_cast<void>(connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&at), sizeof at));
  }
}

DeadPort::~DeadPort() {
  for (const int socket : sockets_) close(socket);
}

HttpsRequest DeadPort::request() const {
  HttpsRequest request;
  request.host = kPolicyHost;
  request.address = boost::asio::ip::make_address("127.0.0.1");
  request.port = port_;
  return request;
}

}  // namespace mta_sts::net::test
