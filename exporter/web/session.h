#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "exporter/base/clock.h"
#include "exporter/telemetry/log.h"
#include "exporter/telemetry/telemetry.h"
#include "exporter/web/gate.h"
#include "exporter/web/http.h"
#include "exporter/web/limits.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/pieces.h"
#include "exporter/web/wire.h"

namespace mta_sts::web {

/// What the connections of one server share; the web thread only.
struct SessionContext {
  Limits limits;
  AsyncHandler handler;
  telemetry::Telemetry& telemetry;
  telemetry::Log& log;
  Gate& gate;
  bool stopping = false;  ///< answers say `Connection: close` from now on
};

/// One connection: reads requests one after the other and answers them in order. Web thread only; ends by its limits,
/// by close(), or when the client closes.
class Session {
 public:
  Session(boost::asio::ip::tcp::socket socket, SessionContext& context);

  /// Once; the session outlives it.
  boost::asio::awaitable<void> run();
  /// Ends at once, an answer in flight included.
  void close();
  /// Ends at once unless a request is being answered; then after that answer.
  void finish();

  /// No whole request has arrived since(): closing the connection loses nothing that was asked.
  bool waits() const { return phase_ != Phase::Answering && phase_ != Phase::Sending && phase_ != Phase::Closed; }
  /// Its client has taken nothing of the answer for so long that others go before it.
  bool stalls() const;
  /// Since when it waits or stalls.
  MonoTime since() const { return since_; }

 private:
  enum class Phase { Securing, Idle, Receiving, Answering, Sending, Draining, Closed };
  enum class KeepAlive { No, Yes };
  enum class Content { Send, Omit };
  using Message = boost::beast::http::response<boost::beast::http::buffer_body>;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  /// What came: a request, a status to refuse it with, or neither when the client is gone or too slow.
  struct Arrival {
    std::optional<Request> request;
    std::optional<unsigned> refusal;
    unsigned version = 11;
    KeepAlive keep_alive = KeepAlive::No;
    Content content = Content::Send;  ///< Omit: HEAD
  };

  boost::asio::awaitable<bool> secure();
  boost::asio::awaitable<bool> await_octets();
  boost::asio::awaitable<Arrival> receive();
  boost::asio::awaitable<boost::system::error_code> read_message();
  boost::asio::awaitable<KeepAlive> answer(Arrival arrival);
  boost::asio::awaitable<Response> handle(Request request);
  std::unique_ptr<Pieces> encode(Response& response, Coding coding) const;
  boost::asio::awaitable<KeepAlive> write(Response response, std::unique_ptr<Pieces> pieces, Arrival to);
  boost::asio::awaitable<boost::system::error_code> send(Message message, std::unique_ptr<Pieces> pieces,
                                                         Content content);
  boost::asio::awaitable<Body> next_piece(Pieces* pieces);
  boost::asio::awaitable<void> drain();
  Request take_request();
  void report(std::string_view what);

  SessionContext& context_;
  Wire wire_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  IpAddress peer_;
  Phase phase_ = Phase::Idle;
  MonoTime since_;
};

}  // namespace mta_sts::web
