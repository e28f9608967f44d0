#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "tests/unit/net/dns_reply_builder.h"

namespace mta_sts::net {

/// One query as a server saw it.
struct Asked {
  enum class By { Udp, Tcp };
  By by = By::Udp;
  std::uint16_t id = 0;
  std::string name;
  std::uint16_t type = 0;
  bool recursion_desired = false;
  bool authenticated_desired = false;
  bool checking_disabled = false;
  std::optional<std::uint16_t> edns_size;  ///< of the OPT record
  std::uint16_t source_port = 0;

  /// A reply to it that can be filled.
  ReplyBuilder reply() const { return {id, name, type}; }
};

/// A DNS server on a loopback address, UDP and TCP on one port, that answers by script and records what it was asked.
/// Lives on the io_context of the test.
class FakeDnsServer {
 public:
  /// Messages to send in this order; none: silence.
  using Script = std::function<std::vector<Octets>(const Asked&)>;

  FakeDnsServer(boost::asio::io_context& context, const std::string& address, Script script);
  ~FakeDnsServer();

  boost::asio::ip::udp::endpoint endpoint() const;
  const std::vector<Asked>& asked() const;
  std::size_t asked_by(Asked::By by) const;
  void script(Script script);
  /// Closes each TCP connection after so many answers.
  void close_tcp_after(std::size_t answers);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A loopback endpoint on which nothing listens.
boost::asio::ip::udp::endpoint closed_endpoint(boost::asio::io_context& context);

/// Runs the context until the coroutine is done and gives its result; whatever it throws is thrown here. A coroutine
/// that takes half a minute has failed its test.
template <typename T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> coroutine) {
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr error, T value) {
    thrown = error;
    result.emplace(std::move(value));
    context.stop();
  });
  context.restart();
  context.run_for(std::chrono::seconds(30));
  if (!result) throw std::runtime_error("the coroutine did not end");
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

}  // namespace mta_sts::net
