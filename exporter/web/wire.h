#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "exporter/web/tls_context.h"

namespace mta_sts::web {

/// One connection, plain or TLS, as one stream for Asio and Beast: who reads and writes does not see which. tcp() has
/// the socket and the time limits, which hold for TLS as well.
class Wire {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;
  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  /// `context` nullptr: plain.
  Wire(boost::asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> context)
      : context_(std::move(context)), tcp_(std::move(socket)) {
    if (context_) tls_.emplace(tcp_, context_->context());
  }

  /// What an operation with a completion token returns.
  template <typename Token>
  using Returned = typename boost::asio::async_result<std::decay_t<Token>,
                                                      void(boost::system::error_code, std::size_t)>::return_type;

  executor_type get_executor() noexcept { return tcp_.get_executor(); }
  boost::beast::tcp_stream& tcp() { return tcp_; }

  /// Of TLS; at once where there is none.
  boost::asio::awaitable<boost::system::error_code> handshake() {
    if (!tls_) co_return boost::system::error_code();
    const auto [error] = co_await tls_->async_handshake(Tls::server, kTuple);
    co_return error;
  }

  /// Says that nothing follows: close_notify (RFC 8446 6.1) where there is TLS, then FIN.
  boost::asio::awaitable<void> end() {
    if (tls_) co_await tls_->async_shutdown(kTuple);
    boost::system::error_code ignored;
    tcp_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }

  template <typename Buffers, typename Token>
  Returned<Token> async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  Returned<Token> async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  static constexpr auto kTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

  std::shared_ptr<TlsContext> context_;
  boost::beast::tcp_stream tcp_;
  std::optional<Tls> tls_;
};

}  // namespace mta_sts::web
