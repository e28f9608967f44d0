#include "exporter/web/session.h"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <netinet/tcp.h>

#include "exporter/base/ascii.h"
#include "exporter/web/gzip.h"

namespace mta_sts::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadStep = 4 * 1024;      ///< what an idle connection costs
constexpr std::size_t kMaxDrained = 256 * 1024;  ///< octets thrown away before closing
constexpr std::size_t kMinBuffer = 64 * 1024;    ///< Beast reads in steps of up to 64 KiB

/// Octets that the kernel keeps of an answer before they are on their way. Without it that is up to 4 MiB a connection,
/// which a slow reader would hold, and which would count as taken by it.
constexpr int kUnsent = 128 * 1024;

/// For a request whose first octets came just before the stop: it is whole by now, or not worth the grace of others.
constexpr std::chrono::milliseconds kReadWhileStopping{250};

MonoTime now() { return std::chrono::steady_clock::now(); }

/// The status for a request that could not be read; nothing when there is nobody to tell.
std::optional<unsigned> refusal(const error_code& error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error.category() == make_error_code(http::error::bad_method).category()) return 400;
  return std::nullopt;
}

bool is_text(std::string_view content_type) {
  const auto type = ascii::to_lower(ascii::trim(content_type.substr(0, content_type.find(';'))));
  return type.starts_with("text/") || type == "application/openmetrics-text" || type == "application/json" ||
         type == "application/javascript" || type == "image/svg+xml";
}

bool has_line_break(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

/// A field that would end early and let its rest be read as another field or as the body.
bool has_broken_field(const Response& response) {
  return has_line_break(response.content_type) ||
         std::any_of(response.headers.begin(), response.headers.end(),
                     [](const auto& field) { return has_line_break(field.first) || has_line_break(field.second); });
}

bool has_field(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [name](const auto& field) { return ascii::same(field.first, name); });
}

/// RFC 9110 §6.4.1: these statuses have no content, nor a Content-Length.
bool has_content(unsigned status) { return status >= 200 && status != 204 && status != 304; }

Response refused(unsigned status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return text_response(status, std::to_string(status) + " " + std::string(reason) + "\n");
}

}  // namespace

Session::Session(tcp::socket socket, SessionContext& context)
    : context_(context),
      wire_(std::move(socket), context.gate.tls()),
      buffer_(std::max(context.limits.header + context.limits.body, kMinBuffer)),
      since_(now()) {
  error_code ignored;
  wire_.tcp().socket().set_option(tcp::no_delay(true), ignored);
  ::setsockopt(wire_.tcp().socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsent, sizeof kUnsent);
  const auto peer = wire_.tcp().socket().remote_endpoint(ignored);
  peer_ = canonical(peer.address());
}

void Session::close() {
  phase_ = Phase::Closed;
  wire_.tcp().close();
}

void Session::finish() {
  error_code ignored;
  // A request that has reached this machine but not yet this thread counts as being answered.
  if (phase_ == Phase::Idle && wire_.tcp().socket().available(ignored) > 0) return;
  if (phase_ != Phase::Answering && phase_ != Phase::Sending) close();
}

bool Session::stalls() const { return phase_ == Phase::Sending && now() - since_ >= context_.limits.room_after; }

asio::awaitable<void> Session::run() {
  if (!co_await secure()) co_return close();
  while (co_await await_octets()) {
    phase_ = Phase::Receiving;
    auto arrival = co_await receive();
    if (!arrival.request && !arrival.refusal) break;
    phase_ = Phase::Answering;
    const auto next = co_await answer(std::move(arrival));
    // The stop may have come after the answer had promised to keep the connection.
    if (next == KeepAlive::No || context_.stopping) break;
    phase_ = Phase::Idle;
    since_ = now();
  }
  co_await drain();
  close();
}

/// Whoever never says a word of TLS is gone after the limit, and before that makes room for others.
asio::awaitable<bool> Session::secure() {
  phase_ = Phase::Securing;
  wire_.tcp().expires_after(context_.limits.handshake);
  // Not in the condition itself: GCC 12 then resumes the frame 8 octets from where it is.
  const auto error = co_await wire_.handshake();
  if (error) co_return false;
  phase_ = Phase::Idle;
  co_return true;
}

asio::awaitable<bool> Session::await_octets() {
  if (buffer_.size() > 0) co_return true;
  wire_.tcp().expires_after(context_.limits.idle);
  const auto [error, octets] = co_await wire_.async_read_some(buffer_.prepare(kReadStep), kTuple);
  buffer_.commit(octets);
  co_return !error;
}

asio::awaitable<error_code> Session::read_message() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(context_.limits.header));
  parser_->body_limit(context_.limits.body);
  wire_.tcp().expires_after(context_.stopping ? std::min(kReadWhileStopping, context_.limits.read)
                                              : context_.limits.read);
  const auto [header_error, header_octets] = co_await http::async_read_header(wire_, buffer_, *parser_, kTuple);
  if (header_error || parser_->is_done()) co_return header_error;
  const auto& message = parser_->get();
  // RFC 9110 §10.1.1: curl holds a body back for a second unless it is told to go on.
  if (message.version() == 11 && beast::iequals(message[http::field::expect], "100-continue")) {
    constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [error, octets] = co_await asio::async_write(wire_, asio::buffer(kGoOn), kTuple);
    if (error) co_return error;
  }
  const auto [error, octets] = co_await http::async_read(wire_, buffer_, *parser_, kTuple);
  co_return error;
}

asio::awaitable<Session::Arrival> Session::receive() {
  const auto error = co_await read_message();
  Arrival arrival;
  if (error) {
    arrival.refusal = refusal(error);
    co_return arrival;
  }
  const auto& message = parser_->get();
  arrival.version = message.version();
  // RFC 9112 §3.2: HTTP/1.1 needs one Host field, and more than one is always refused.
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
    arrival.refusal = 400;
    co_return arrival;
  }
  auto request = take_request();
  if (request.method != "CONNECT") {
    auto target = parse_target(request.target);
    if (!target) {
      arrival.refusal = 400;
      co_return arrival;
    }
    request.path = std::move(target->path);
    request.query = std::move(target->query);
  }
  if (request.method == "HEAD") arrival.content = Content::Omit;
  arrival.keep_alive = message.keep_alive() ? KeepAlive::Yes : KeepAlive::No;
  arrival.request = std::move(request);
  co_return arrival;
}

Request Session::take_request() {
  auto& message = parser_->get();
  Request request{.method = std::string(message.method_string()),
                  .target = std::string(message.target()),
                  .path = {},
                  .query = {},
                  .headers = {},
                  .body = std::move(message.body()),
                  .peer = peer_};
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  return request;
}

asio::awaitable<Session::KeepAlive> Session::answer(Arrival arrival) {
  Response response;
  std::unique_ptr<Pieces> pieces;
  if (arrival.request) {
    const auto coding = choose_coding(arrival.request->header("Accept-Encoding"));
    response = co_await handle(std::move(*arrival.request));
    pieces = encode(response, coding);
  } else {
    response = refused(arrival.refusal.value_or(400));
  }
  co_return co_await write(std::move(response), std::move(pieces), std::move(arrival));
}

asio::awaitable<Response> Session::handle(Request request) {
  std::string failure = "a header field with a line break";
  try {
    if (auto refusal = co_await context_.gate.refusal(request)) co_return std::move(*refusal);
    auto response = co_await context_.handler(std::move(request));
    if (!has_broken_field(response)) co_return response;
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of unknown type";
  }
  report(failure);
  co_return refused(500);
}

/// What is sent in place of the body; nullptr: the body itself, which may have been replaced by its compressed form.
std::unique_ptr<Pieces> Session::encode(Response& response, Coding coding) const {
  const bool is_long = response.long_text != nullptr;
  const std::size_t size = response.body ? response.body->size() : 0;
  if (!has_content(response.status) || (!is_long && size == 0)) return nullptr;
  if (has_field(response, "Content-Encoding")) return is_long ? response.long_text->plain() : nullptr;
  const bool worth_it = is_text(response.content_type) && (is_long || size >= context_.limits.gzip_from);
  if (worth_it) response.headers.emplace_back("Vary", "Accept-Encoding");
  const bool compress = coding == Coding::OnlyGzip || (coding == Coding::Gzip && worth_it);
  if (!compress) return is_long ? response.long_text->plain() : nullptr;
  response.headers.emplace_back("Content-Encoding", "gzip");
  if (is_long) return response.long_text->gzipped();
  if (size > context_.limits.gzip_at_once) return gzipped(cut(response.body));
  response.body = std::make_shared<const std::string>(gzip(*response.body));
  return nullptr;
}

asio::awaitable<Session::KeepAlive> Session::write(Response response, std::unique_ptr<Pieces> pieces, Arrival to) {
  // RFC 9112 §6.3: HTTP/1.0 knows no chunks. A body of unknown length ends with the connection.
  const bool ends_by_closing = pieces && to.version < 11;
  const bool keep = to.keep_alive == KeepAlive::Yes && !context_.stopping && !ends_by_closing;
  context_.gate.add_headers(response.headers);
  Message message;
  message.version(to.version);
  message.result(response.status);
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  if (!has_field(response, "X-Content-Type-Options")) message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  message.keep_alive(keep);
  if (pieces && !ends_by_closing) message.chunked(true);
  if (!pieces && has_content(response.status)) {
    const std::size_t size = response.body ? response.body->size() : 0;
    message.content_length(size);
    if (size > 0) pieces = whole(std::move(response.body));
  }
  error_code ignored;
  auto& socket = wire_.tcp().socket();
  // Cut short, it must not look as if it were whole: a reset in place of an end.
  if (ends_by_closing) socket.set_option(asio::socket_base::linger(true, 0), ignored);
  const auto error = co_await send(std::move(message), std::move(pieces), to.content);
  if (error) {
    close();
    co_return KeepAlive::No;
  }
  if (ends_by_closing) socket.set_option(asio::socket_base::linger(false, 0), ignored);
  co_return keep ? KeepAlive::Yes : KeepAlive::No;
}

asio::awaitable<error_code> Session::send(Message message, std::unique_ptr<Pieces> pieces, Content content) {
  if (content == Content::Omit) pieces.reset();
  http::response_serializer<http::buffer_body> serializer(message);
  serializer.split(content == Content::Omit);
  const auto is_done = [&] { return content == Content::Omit ? serializer.is_header_done() : serializer.is_done(); };
  const auto end = now() + context_.limits.write;
  Body piece = co_await next_piece(pieces.get());
  while (true) {
    // Beast takes what it only reads as if it were to be written.
    message.body() = {piece ? const_cast<char*>(piece->data()) : nullptr, piece ? piece->size() : 0, piece != nullptr};
    error_code error;
    while (!error && !is_done()) {
      phase_ = Phase::Sending;
      since_ = now();
      wire_.tcp().expires_at(std::min(since_ + context_.limits.stall, end));
      std::tie(error, std::ignore) = co_await http::async_write_some(wire_, serializer, kTuple);
    }
    if (error != http::error::need_buffer) co_return error;
    phase_ = Phase::Answering;
    piece = co_await next_piece(pieces.get());
  }
}

/// Null: there is no more.
asio::awaitable<Body> Session::next_piece(Pieces* pieces) {
  if (pieces == nullptr) co_return nullptr;
  auto piece = pieces->next();
  while (piece && piece->empty()) {
    co_await asio::post(wire_.get_executor(), asio::use_awaitable);
    piece = pieces->next();
  }
  co_return piece;
}

/// Closing while octets of the client are unread would send a reset, which may take the answer away from it.
asio::awaitable<void> Session::drain() {
  if (context_.stopping || !wire_.tcp().socket().is_open()) co_return;
  phase_ = Phase::Draining;
  since_ = now();
  wire_.tcp().expires_after(context_.limits.drain);
  co_await wire_.end();
  buffer_.clear();
  for (std::size_t drained = 0; drained < kMaxDrained;) {
    const auto [error, octets] = co_await wire_.tcp().async_read_some(buffer_.prepare(kReadStep), kTuple);
    if (error) co_return;
    drained += octets;
  }
}

void Session::report(std::string_view what) {
  context_.telemetry.internal_error();
  context_.log.error("a request ended by a bug", {{"error", std::string(what)}});
}

}  // namespace mta_sts::web
