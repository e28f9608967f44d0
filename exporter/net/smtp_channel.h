#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tl/expected.hpp>

#include "exporter/base/clock.h"
#include "exporter/base/reason.h"
#include "exporter/net/tls_engine.h"

namespace mta_sts::net {

/// How a wait on the peer ended without what was waited for.
struct Broken {
  enum class How {
    TimedOut,  ///< the limit was reached
    Closed,    ///< FIN, reset, close_notify, or TLS is broken
  };
  How how;
  std::string detail;
};

/// One TCP connection that may turn to TLS. Every wait ends by the limit in force. Cancelled from outside, a wait
/// throws boost::system::system_error with operation_aborted, as Asio's own do. Runs on the thread of its executor; the
/// coroutines must not outlive the shared_ptr that it is held by. Destruction closes the connection.
class SmtpChannel : public std::enable_shared_from_this<SmtpChannel> {
 public:
  static std::shared_ptr<SmtpChannel> make(boost::asio::any_io_executor executor);

  /// From now on every wait ends at `at`, also one that ran into the limit before.
  void limit(MonoTime at);

  /// connect_refused, connect_timeout or connect_error.
  boost::asio::awaitable<std::optional<Fault>> connect(boost::asio::ip::tcp::endpoint peer);
  /// A send that the peer cut short is no end yet: the peer's last words may wait to be received.
  boost::asio::awaitable<std::optional<Broken>> send(std::string text);
  /// Some octets, one at least, at most 16 KiB.
  boost::asio::awaitable<tl::expected<std::string, Broken>> receive();
  /// Whether the peer has sent something that nobody received yet. Does not wait.
  bool has_unread();

  /// TLS from here on: the handshake. When it is broken the alert has been sent, and nothing else may be.
  boost::asio::awaitable<std::optional<Broken>> start_tls(std::unique_ptr<TlsEngine> engine);
  /// Says close_notify where TLS stands and closes.
  boost::asio::awaitable<void> close();

 private:
  explicit SmtpChannel(boost::asio::any_io_executor executor);
  boost::asio::awaitable<std::optional<Broken>> send_raw(std::string octets);
  boost::asio::awaitable<tl::expected<std::string, Broken>> receive_raw();
  Broken broken(const boost::system::error_code& error) const;

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::uint64_t limits_ = 0;  ///< how often a limit was set: an older one's timer says nothing
  bool expired_ = false;
  bool tls_stands_ = false;
  std::unique_ptr<TlsEngine> tls_;
  std::array<char, 8192> buffer_{};
};

}  // namespace mta_sts::net
