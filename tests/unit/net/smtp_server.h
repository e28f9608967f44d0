#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

namespace mta_sts::net::test {

/// The server's end of one connection, in the hands of a script. Every wait ends after a few seconds, so that a wrong
/// client fails a test and never hangs it.
class SmtpPeer {
 public:
  explicit SmtpPeer(int socket) : socket_(socket) {}
  ~SmtpPeer();
  SmtpPeer(const SmtpPeer&) = delete;
  SmtpPeer& operator=(const SmtpPeer&) = delete;

  void send(std::string_view text);
  /// The next line without CRLF; nothing once the client closed.
  std::optional<std::string> line();
  /// All that comes until the client closes.
  std::string until_closed();
  /// Whether the client stays silent for so long. What it says instead stays to be read.
  bool quiet_for(std::chrono::milliseconds span);
  /// The server's handshake; false if it failed.
  bool start_tls(SSL_CTX* context);
  /// The name in the client's SNI.
  std::string server_name() const;
  /// Whether the client ended TLS in order.
  bool was_ended() const { return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void close();
  /// Closes with RST.
  void reset();

 private:
  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  /// Some octets more into buffer_; false at the end.
  bool fill();

  int socket_;
  std::unique_ptr<SSL, Free> tls_;
  std::string buffer_;
};

/// A mail server on loopback that runs one script a connection, each in a thread of its own.
class SmtpServer {
 public:
  using Script = std::function<void(SmtpPeer&)>;
  explicit SmtpServer(Script script);
  /// Waits for the scripts to end.
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// Waits for the scripts of all connections so far; takes no more.
  void finish();

 private:
  void accept();

  Script script_;
  int listener_;
  std::uint16_t port_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace mta_sts::net::test
