#include "tests/unit/net/dns_fake_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace mta_sts::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

unsigned get16(const Octets& octets, std::size_t at) {
  return static_cast<unsigned>(octets.at(at) << 8 | octets.at(at + 1));
}

Asked read_query(const Octets& octets, Asked::By by, std::uint16_t port) {
  Asked asked;
  asked.by = by;
  asked.source_port = port;
  asked.id = static_cast<std::uint16_t>(get16(octets, 0));
  const unsigned flags = get16(octets, 2);
  asked.recursion_desired = (flags & 0x0100) != 0;
  asked.authenticated_desired = (flags & 0x0020) != 0;
  asked.checking_disabled = (flags & 0x0010) != 0;
  std::size_t at = 12;
  for (std::size_t length = octets.at(at); length != 0; length = octets.at(at)) {
    if (!asked.name.empty()) asked.name += '.';
    for (std::size_t i = 1; i <= length; ++i) asked.name += static_cast<char>(octets.at(at + i));
    at += 1 + length;
  }
  asked.type = static_cast<std::uint16_t>(get16(octets, at + 1));
  at += 5;
  if (get16(octets, 10) == 1) asked.edns_size = static_cast<std::uint16_t>(get16(octets, at + 3));
  return asked;
}

}  // namespace

/// Shared with the serving coroutines, which end when its sockets are closed.
struct FakeDnsServer::State {
  State(asio::io_context& context, const std::string& address)
      : udp_socket(context, udp::endpoint(asio::ip::make_address(address), 0)),
        acceptor(context, tcp::endpoint(asio::ip::make_address(address), udp_socket.local_endpoint().port())) {}

  std::vector<Octets> answers(const Octets& query, Asked::By by, std::uint16_t port) {
    asked.push_back(read_query(query, by, port));
    return script(asked.back());
  }

  static asio::awaitable<void> serve_udp(std::shared_ptr<State> self) {
    Octets query(4096);
    udp::endpoint peer;
    for (;;) {
      auto [error, size] = co_await self->udp_socket.async_receive_from(asio::buffer(query), peer, kTuple);
      if (error == asio::error::operation_aborted || !self->udp_socket.is_open()) co_return;
      if (error) continue;
      const Octets received(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(size));
      for (const auto& answer : self->answers(received, Asked::By::Udp, peer.port())) {
        boost::system::error_code ignored;
        self->udp_socket.send_to(asio::buffer(answer), peer, 0, ignored);
      }
    }
  }

  static asio::awaitable<void> serve_tcp(std::shared_ptr<State> self) {
    for (;;) {
      auto [error, connection] = co_await self->acceptor.async_accept(kTuple);
      if (error) co_return;
      asio::co_spawn(self->acceptor.get_executor(), serve_connection(self, std::move(connection)), asio::detached);
    }
  }

  static asio::awaitable<void> serve_connection(std::shared_ptr<State> self, tcp::socket connection) {
    boost::system::error_code none;
    const auto port = connection.remote_endpoint(none).port();
    for (std::size_t answered = 0; answered < self->tcp_answers; ++answered) {
      Octets length(2);
      auto [error, size] = co_await asio::async_read(connection, asio::buffer(length), kTuple);
      if (error) co_return;
      Octets query(get16(length, 0));
      auto [failure, octets] = co_await asio::async_read(connection, asio::buffer(query), kTuple);
      if (failure) co_return;
      for (auto answer : self->answers(query, Asked::By::Tcp, port)) {
        const auto count = answer.size();
        answer.insert(answer.begin(), {static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count)});
        auto [broken, sent] = co_await asio::async_write(connection, asio::buffer(answer), kTuple);
        if (broken) co_return;
      }
    }
  }

  udp::socket udp_socket;
  tcp::acceptor acceptor;
  Script script;
  std::vector<Asked> asked;
  std::size_t tcp_answers = 1000;
};

FakeDnsServer::FakeDnsServer(asio::io_context& context, const std::string& address, Script script) {
  constexpr int kAttempts = 20;  // another program may hold the TCP port of the UDP port that we were given
  for (int attempt = 1; !state_; ++attempt) {
    try {
      state_ = std::make_shared<State>(context, address);
    } catch (const boost::system::system_error&) {
      if (attempt == kAttempts) throw;
    }
  }
  state_->script = std::move(script);
  asio::co_spawn(context, State::serve_udp(state_), asio::detached);
  asio::co_spawn(context, State::serve_tcp(state_), asio::detached);
}

FakeDnsServer::~FakeDnsServer() {
  boost::system::error_code ignored;
  state_->udp_socket.close(ignored);
  state_->acceptor.close(ignored);
}

udp::endpoint FakeDnsServer::endpoint() const { return state_->udp_socket.local_endpoint(); }

const std::vector<Asked>& FakeDnsServer::asked() const { return state_->asked; }

std::size_t FakeDnsServer::asked_by(Asked::By by) const {
  return static_cast<std::size_t>(
      std::count_if(state_->asked.begin(), state_->asked.end(), [&](const Asked& each) { return each.by == by; }));
}

void FakeDnsServer::script(Script script) { state_->script = std::move(script); }

void FakeDnsServer::close_tcp_after(std::size_t answers) { state_->tcp_answers = answers; }

udp::endpoint closed_endpoint(asio::io_context& context) {
  udp::socket socket(context, udp::endpoint(asio::ip::make_address("127.0.53.99"), 0));
  return socket.local_endpoint();
}

}  // namespace mta_sts::net
