#include "exporter/net/smtp_channel.h"

#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace mta_sts::net {

namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace

std::shared_ptr<SmtpChannel> SmtpChannel::make(asio::any_io_executor executor) {
  return std::shared_ptr<SmtpChannel>(new SmtpChannel(std::move(executor)));
}

SmtpChannel::SmtpChannel(asio::any_io_executor executor) : socket_(executor), timer_(executor) {}

void SmtpChannel::limit(MonoTime at) {
  expired_ = false;
  timer_.expires_at(at);
  // The timer must not keep the channel alive: a coroutine that is destroyed in a wait takes it along.
  timer_.async_wait([weak = weak_from_this(), mine = ++limits_](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error || self->limits_ != mine) return;
    self->expired_ = true;
    boost::system::error_code ignored;
    self->socket_.cancel(ignored);
  });
}

Broken SmtpChannel::broken(const boost::system::error_code& error) const {
  if (expired_ || error == asio::error::timed_out) return {Broken::How::TimedOut, "no answer in time"};
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  if (error == asio::error::eof) return {Broken::How::Closed, "closed by the peer"};
  return {Broken::How::Closed, error.message()};
}

asio::awaitable<std::optional<Fault>> SmtpChannel::connect(asio::ip::tcp::endpoint peer) {
  boost::system::error_code error;
  socket_.open(peer.protocol(), error);
  if (!error) std::tie(error) = co_await socket_.async_connect(peer, kAwait);
  if (error) {
    if (error == asio::error::connection_refused) co_return Fault{Reason::ConnectRefused, error.message()};
    // TCP stood and was reset before we looked: the phase after it. A SYN is answered by RST with "refused".
    if (error == asio::error::connection_reset) co_return Fault{Reason::SmtpClosed, error.message()};
    const auto why = broken(error);
    const auto timed_out = why.how == Broken::How::TimedOut;
    co_return Fault{timed_out ? Reason::ConnectTimeout : Reason::ConnectError, why.detail};
  }
  // The EHLO after the handshake must not wait for the ACK of our Finished.
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  co_return std::nullopt;
}

asio::awaitable<std::optional<Broken>> SmtpChannel::send_raw(std::string octets) {
  if (octets.empty()) co_return std::nullopt;
  if (expired_) co_return broken({});
  const auto [error, sent] = co_await asio::async_write(socket_, asio::buffer(octets), kAwait);
  if (error) co_return broken(error);
  co_return std::nullopt;
}

asio::awaitable<tl::expected<std::string, Broken>> SmtpChannel::receive_raw() {
  if (expired_) co_return tl::unexpected(broken({}));
  const auto [error, got] = co_await socket_.async_read_some(asio::buffer(buffer_), kAwait);
  if (error) co_return tl::unexpected(broken(error));
  co_return std::string(buffer_.data(), got);
}

asio::awaitable<std::optional<Broken>> SmtpChannel::send(std::string text) {
  if (!tls_) co_return co_await send_raw(std::move(text));
  const auto step = tls_->encrypt(text);
  auto unsent = co_await send_raw(tls_->take_output());
  if (step != TlsEngine::Step::Done) co_return Broken{Broken::How::Closed, tls_->error()};
  co_return unsent;
}

asio::awaitable<tl::expected<std::string, Broken>> SmtpChannel::receive() {
  if (!tls_) co_return co_await receive_raw();
  for (;;) {
    auto got = tls_->decrypt();
    const auto unsent = co_await send_raw(tls_->take_output());
    if (got.step == TlsEngine::Step::Done) co_return std::move(got.text);
    if (got.step == TlsEngine::Step::Ended) co_return tl::unexpected(broken(asio::error::eof));
    if (got.step == TlsEngine::Step::Failed) co_return tl::unexpected(Broken{Broken::How::Closed, tls_->error()});
    const auto octets = co_await receive_raw();
    if (!octets) co_return tl::unexpected(octets.error());
    tls_->feed(*octets);
  }
}

bool SmtpChannel::has_unread() {
  boost::system::error_code error;
  return socket_.available(error) > 0 && !error;
}

asio::awaitable<std::optional<Broken>> SmtpChannel::start_tls(std::unique_ptr<TlsEngine> engine) {
  tls_ = std::move(engine);
  for (;;) {
    const auto step = tls_->handshake();
    const auto unsent = co_await send_raw(tls_->take_output());
    if (unsent && unsent->how == Broken::How::TimedOut) co_return unsent;
    if (step == TlsEngine::Step::Done) break;
    if (step != TlsEngine::Step::WantsInput) co_return Broken{Broken::How::Closed, tls_->error()};
    // Received also after a send that failed: the alert that explains it may be here already.
    const auto octets = co_await receive_raw();
    if (!octets) co_return unsent ? unsent : octets.error();
    tls_->feed(*octets);
  }
  tls_stands_ = true;
  co_return std::nullopt;
}

asio::awaitable<void> SmtpChannel::close() {
  if (tls_stands_) {
    tls_->end();
    co_await send_raw(tls_->take_output());
  }
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  timer_.cancel();
}

}  // namespace mta_sts::net
