#include "smtp_server.h"

#include <array>
#include <csignal>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace mta_sts::net::test {

namespace {

constexpr timeval kPatience{30, 0};

/// OpenSSL writes to sockets with write(): without this a client that closed would end the test program.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void must(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

SmtpPeer::~SmtpPeer() { close(); }

void SmtpPeer::send(std::string_view text) {
  if (tls_) {
    SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()));
  } else if (socket_ >= 0) {
    [[maybe_unused]] const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
}

bool SmtpPeer::fill() {
  std::array<char, 4096> chunk{};
  const auto got = tls_ ? SSL_read(tls_.get(), chunk.data(), static_cast<int>(chunk.size()))
                        : static_cast<int>(::recv(socket_, chunk.data(), chunk.size(), 0));
  if (got <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> SmtpPeer::line() {
  while (buffer_.find("\r\n") == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  const auto end = buffer_.find("\r\n");
  auto line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string SmtpPeer::until_closed() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool SmtpPeer::quiet_for(std::chrono::milliseconds span) {
  pollfd wanted{socket_, POLLIN, 0};
  return buffer_.empty() && ::poll(&wanted, 1, static_cast<int>(span.count())) == 0;
}

bool SmtpPeer::start_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), socket_);
  return SSL_accept(tls_.get()) == 1;
}

std::string SmtpPeer::server_name() const {
  const char* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

void SmtpPeer::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void SmtpPeer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

SmtpServer::SmtpServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), port_(0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  must(::bind(listener_, generic, size) == 0, "bind");
  must(::listen(listener_, 128) == 0, "listen");
  must(::getsockname(listener_, generic, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

void SmtpServer::accept() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.emplace_back([this, socket] {
      block_sigpipe();
      SmtpPeer peer(socket);
      script_(peer);
    });
  }
}

void SmtpServer::finish() {
  if (!acceptor_.joinable()) return;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
  ::close(listener_);
}

SmtpServer::~SmtpServer() { finish(); }

}  // namespace mta_sts::net::test
