#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "exporter/base/result.h"
#include "exporter/telemetry/log.h"
#include "exporter/telemetry/telemetry.h"
#include "exporter/web/http.h"
#include "exporter/web/limits.h"

namespace mta_sts::web {

struct ServerOptions {
  std::vector<std::string> listen{":8461"};  ///< see ListenAddress; port 0 takes a free one
  std::vector<int> sockets{};                ///< passed ones, besides (passed_sockets.h)
  std::string config_file{};                 ///< see Config; "": plain HTTP for everybody
  Limits limits{};
  std::chrono::milliseconds grace{3'000};  ///< for answers in flight when the server stops
};

/// The HTTP/1.1 server: owns its listeners, its connections and the one thread that serves them. Plain
/// HTTP, or TLS as its configuration file says.
class Server {
 public:
  /// Listens on every address, or on none: the error names the address or the faults of the configuration. Telemetry
  /// and log outlive it.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, AsyncHandler handler,
                                               telemetry::Telemetry& telemetry, telemetry::Log& log);
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler, telemetry::Telemetry& telemetry,
                                               telemetry::Log& log);
  /// Stops. What an AsyncHandler may still wait for is dropped here: nothing may complete it any more by then.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Of the passed sockets, then in the order of ServerOptions::listen, with the port that was taken.
  const std::vector<boost::asio::ip::tcp::endpoint>& endpoints() const;

  /// Takes no new connection, closes those without a request, lets answers in flight end within the grace and closes
  /// the rest. Returns when the thread has ended. From any thread but that one, one at a time; a second call does
  /// nothing.
  void stop();

 private:
  class Core;
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace mta_sts::web
