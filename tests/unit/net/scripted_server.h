#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/types.h>

#include "exporter/base/ip.h"
#include "test_pki.h"

namespace mta_sts::net::test {

struct TlsScript {
  int min_version = 0;  ///< OpenSSL's numbers; 0: its default
  int max_version = 0;
};

/// The server's end of one connection, driven by a script that blocks. Before tls() all octets are plain.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The server's side of a handshake; false if it failed.
  bool tls(const Served& served, TlsScript script = {});
  /// False once the other side is gone.
  bool send(std::string_view octets);
  bool send_plain(std::string_view octets);
  /// What came next; empty at the end.
  std::string read_some();
  /// All up to the empty line of an HTTP request; shorter if the other side went away.
  std::string read_request();
  void wait_for_close();
  /// TCP RST instead of an orderly end.
  void reset();
  /// TCP FIN without a close_notify.
  void end_without_notice();

  /// Of the ClientHello.
  const std::string& sni() const { return sni_; }
  const std::vector<std::string>& offered_alpn() const { return alpn_; }

 private:
  friend class ScriptedServer;
  static int on_alpn(SSL* tls, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                     unsigned in_size, void* self);

  int socket_;
  std::shared_ptr<SSL> tls_;
  std::string sni_;
  std::vector<std::string> alpn_;
};

/// A server on loopback that runs one script a connection, each in its own thread. At the script's end the connection
/// is closed in order. At the server's end all connections are shut down, which ends the scripts' waits.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(Script script, const char* address = "127.0.0.1");
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  IpAddress address() const { return address_; }
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve_one(int socket);

  Script script_;
  IpAddress address_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::set<int> open_;
  std::list<std::thread> scripts_;
  std::thread acceptor_;
};

}  // namespace mta_sts::net::test
