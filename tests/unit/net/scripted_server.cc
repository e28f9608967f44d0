#include "scripted_server.h"

#include <csignal>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace mta_sts::net::test {

namespace {

/// In this thread alone: the code under test must not need it.
void block_sigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace

Peer::~Peer() {
  if (tls_) {
    SSL_shutdown(tls_.get());
    tls_.reset();
  }
  ERR_clear_error();
}

int Peer::on_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                  void* self) {
  auto& offered = static_cast<Peer*>(self)->alpn_;
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    offered.emplace_back(reinterpret_cast<const char*>(in) + at + 1, in[at]);
  }
  *out = in + 1;
  *out_size = in[0];
  return SSL_TLSEXT_ERR_OK;
}

bool Peer::tls(const Served& served, TlsScript script) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  use(context.get(), served);
  if (script.min_version != 0) SSL_CTX_set_min_proto_version(context.get(), script.min_version);
  if (script.max_version != 0) SSL_CTX_set_max_proto_version(context.get(), script.max_version);
  SSL_CTX_set_alpn_select_cb(context.get(), on_alpn, this);
  tls_.reset(SSL_new(context.get()), SSL_free);
  SSL_set_fd(tls_.get(), socket_);
  if (SSL_accept(tls_.get()) != 1) {
    ERR_clear_error();
    tls_.reset();
    return false;
  }
  const char* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  sni_ = name == nullptr ? "" : name;
  return true;
}

bool Peer::send(std::string_view octets) {
  if (!tls_) return send_plain(octets);
  const bool sent = octets.empty() || SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
  ERR_clear_error();
  return sent;
}

bool Peer::send_plain(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Peer::read_some() {
  std::string octets(4096, '\0');
  const auto got = tls_ ? SSL_read(tls_.get(), octets.data(), static_cast<int>(octets.size()))
                        : ::recv(socket_, octets.data(), octets.size(), 0);
  ERR_clear_error();
  octets.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return octets;
}

std::string Peer::read_request() {
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    const auto more = read_some();
    if (more.empty()) break;
    request += more;
  }
  return request;
}

void Peer::wait_for_close() {
  while (!read_some().empty()) {
  }
}

void Peer::reset() {
  const linger now{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  if (tls_) SSL_set_quiet_shutdown(tls_.get(), 1);
}

void Peer::end_without_notice() {
  if (tls_) SSL_set_quiet_shutdown(tls_.get(), 1);
}

ScriptedServer::ScriptedServer(Script script, const char* address)
    : script_(std::move(script)), address_(boost::asio::ip::make_address(address)) {
  const boost::asio::ip::tcp::endpoint at(address_, 0);
  listener_ = socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  boost::asio::ip::tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  if (bind(listener_, at.data(), static_cast<socklen_t>(at.size())) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, bound.data(), &size) != 0) {
    close(listener_);
    throw std::runtime_error("cannot listen on loopback");
  }
  bound.resize(size);
  port_ = bound.port();
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& script : scripts_) script.join();
  close(listener_);
}

void ScriptedServer::accept_all() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      close(socket);
      return;
    }
    ++connections_;
    open_.insert(socket);
    scripts_.emplace_back([this, socket] { serve_one(socket); });
  }
}

void ScriptedServer::serve_one(int socket) {
  block_sigpipe();
  {
    Peer peer(socket);
    script_(peer);
  }
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  close(socket);
}

}  // namespace mta_sts::net::test
