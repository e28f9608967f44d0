#include "exporter/web/passed_sockets.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>

#include "raw_client.h"

namespace mta_sts::web {
namespace {

using boost::asio::ip::tcp;

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

/// What systemd does before it starts a service, undone at the end: `sockets` become the descriptors from 3 on.
class Passed {
 public:
  explicit Passed(const std::vector<int>& sockets) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      const int place = kFirst + static_cast<int>(i);
      saved_.push_back(::fcntl(place, F_DUPFD_CLOEXEC, 100));
      ::dup2(sockets[i], place);
    }
    if (sockets.empty()) return;
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
  }
  ~Passed() {
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    for (std::size_t i = 0; i < saved_.size(); ++i) {
      const int place = kFirst + static_cast<int>(i);
      ::close(place);
      if (saved_[i] < 0) continue;
      ::dup2(saved_[i], place);
      ::close(saved_[i]);
    }
  }
  Passed(const Passed&) = delete;
  Passed& operator=(const Passed&) = delete;

 private:
  std::vector<int> saved_;
};

/// A socket above those that Passed takes.
class Socket {
 public:
  Socket(int domain, int type) {
    const int made = ::socket(domain, type, 0);
    descriptor_ = ::fcntl(made, F_DUPFD_CLOEXEC, 50);
    ::close(made);
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int descriptor() const { return descriptor_; }
  void listen() const { REQUIRE(::listen(descriptor_, 5) == 0); }  // on a port of the system's choice

 private:
  int descriptor_;
};

std::string refusal(const std::vector<int>& sockets) {
  const Passed passed(sockets);
  const auto taken = passed_sockets();
  REQUIRE_FALSE(taken);
  return taken.error().message;
}

TEST_CASE("passed sockets: the server answers on every one of them", "[web][sockets]") {
  const Socket v4(AF_INET, SOCK_STREAM);
  const Socket v6(AF_INET6, SOCK_STREAM);
  v4.listen();
  v6.listen();
  const Passed passed({v4.descriptor(), v6.descriptor()});
  const auto sockets = passed_sockets();
  REQUIRE(sockets);
  REQUIRE(sockets->size() == 2);
  // The server closes what it adopts; those at 3 and 4 are Passed's.
  std::vector<int> adopted;
  for (const int socket : *sockets) adopted.push_back(::dup(socket));
  CountingTelemetry telemetry;
  SilentLog log;
  ServerOptions options;
  options.listen.clear();
  options.sockets = adopted;
  const auto server =
      Server::start(options, Handler([](const Request&) { return text_response(200, "in"); }), telemetry, log);
  REQUIRE(server);
  REQUIRE((*server)->endpoints().size() == 2);
  CHECK((*server)->endpoints()[1].address().is_v6());
  for (const auto& endpoint : (*server)->endpoints()) {
    RawClient client(endpoint.port());
    client.send(get("/"));
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->body == "in");
  }
}

TEST_CASE("passed sockets: without one there is a message, also where they are another process's", "[web][sockets]") {
  CHECK(refusal({}) == "--web.systemd-socket: no socket was passed; expected to be started by a systemd .socket unit");
  const Socket socket(AF_INET, SOCK_STREAM);
  socket.listen();
  const Passed passed({socket.descriptor()});
  ::setenv("LISTEN_PID", "1", 1);
  CHECK_FALSE(passed_sockets());
}

TEST_CASE("passed sockets: what is no listening TCP socket is refused by its number", "[web][sockets]") {
  const Socket good(AF_INET, SOCK_STREAM);
  good.listen();
  const Socket silent(AF_INET, SOCK_STREAM);
  const Socket datagram(AF_INET, SOCK_DGRAM);
  const Socket local(AF_UNIX, SOCK_STREAM);
  for (const Socket* bad : {&silent, &datagram, &local}) {
    CHECK(refusal({good.descriptor(), bad->descriptor()})
              .starts_with("--web.systemd-socket: the passed descriptor 4 is no listening TCP socket"));
  }
  const int file = ::open("/dev/null", O_RDONLY);
  CHECK(refusal({file}).starts_with("--web.systemd-socket: the passed descriptor 3 is no listening TCP socket"));
  ::close(file);
}

}  // namespace
}  // namespace mta_sts::web
