#include "exporter/web/server.h"

#include <exception>
#include <list>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exporter/web/config_file.h"
#include "exporter/web/gate.h"
#include "exporter/web/listener.h"
#include "exporter/web/session.h"

namespace mta_sts::web {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// After accept() failed for want of descriptors or memory: trying again at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

asio::awaitable<Response> answer_at_once(std::shared_ptr<const Handler> handler, Request request) {
  co_return (*handler)(request);
}

}  // namespace

class Server::Core {
 public:
  Core(ServerOptions options, ConfigFile config, AsyncHandler handler, telemetry::Telemetry& telemetry,
       telemetry::Log& log);
  ~Core() { stop(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Result<void> listen();
  void launch();
  void stop();
  const std::vector<tcp::endpoint>& endpoints() const { return endpoints_; }

 private:
  using Sessions = std::list<std::unique_ptr<Session>>;

  void serve();
  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  void admit(tcp::socket socket);
  bool make_room();
  void ended(Sessions::iterator session, std::exception_ptr failure);
  void begin_stop();
  void report(std::exception_ptr failure);

  ServerOptions options_;
  telemetry::Telemetry& telemetry_;
  telemetry::Log& log_;
  std::vector<tcp::endpoint> endpoints_;
  asio::io_context io_;  ///< destroyed after what is built on it, with the coroutines that were left suspended
  Gate gate_;
  SessionContext context_;
  Sessions sessions_;
  std::vector<tcp::acceptor> acceptors_;
  asio::steady_timer grace_;
  std::thread thread_;
};

Server::Core::Core(ServerOptions options, ConfigFile config, AsyncHandler handler, telemetry::Telemetry& telemetry,
                   telemetry::Log& log)
    : options_(std::move(options)),
      telemetry_(telemetry),
      log_(log),
      io_(1),
      gate_(std::move(config), log),
      context_{
          .limits = options_.limits, .handler = std::move(handler), .telemetry = telemetry, .log = log, .gate = gate_},
      grace_(io_) {}

Result<void> Server::Core::listen() {
  std::vector<Result<tcp::acceptor>> opened;
  for (const int socket : options_.sockets) opened.push_back(adopt_listener(io_.get_executor(), socket));
  for (const auto& address : options_.listen) opened.push_back(open_listener(io_.get_executor(), address));
  for (auto& acceptor : opened) {
    if (!acceptor) return tl::unexpected(acceptor.error());
    endpoints_.push_back(acceptor->local_endpoint());
    acceptors_.push_back(std::move(*acceptor));
  }
  return {};
}

void Server::Core::launch() {
  for (auto& acceptor : acceptors_) {
    asio::co_spawn(io_, accept(acceptor), [this](std::exception_ptr failure) { report(failure); });
  }
  thread_ = std::thread([this] { serve(); });
}

void Server::Core::serve() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (...) {
      report(std::current_exception());
    }
  }
}

// The acceptor is the core's, which outlives the coroutine.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
asio::awaitable<void> Server::Core::accept(tcp::acceptor& acceptor) {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!error) {
      try {
        admit(std::move(socket));
      } catch (...) {
        report(std::current_exception());  // no memory for this connection; the listener goes on
      }
    } else if (acceptor.is_open() && error != asio::error::connection_aborted) {
      make_room();
      asio::steady_timer pause(io_, kAcceptPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

void Server::Core::admit(tcp::socket socket) {
  if (context_.stopping) return;
  // Where every connection is busy with an answer that moves, the newcomer is closed: the others end by their limits.
  if (sessions_.size() >= options_.limits.connections && !make_room()) return;
  const auto session = sessions_.insert(sessions_.end(), std::make_unique<Session>(std::move(socket), context_));
  asio::co_spawn(io_, (*session)->run(), [this, session](std::exception_ptr failure) { ended(session, failure); });
}

/// Closes the connection that waits longest for a request, else the one that has its answer wait longest, so that
/// whoever holds connections cannot lock others out.
bool Server::Core::make_room() {
  const auto longest = [this](bool (Session::*holds)() const) {
    Session* found = nullptr;
    for (const auto& session : sessions_) {
      if (((*session).*holds)() && (!found || session->since() < found->since())) found = session.get();
    }
    return found;
  };
  Session* oldest = longest(&Session::waits);
  if (!oldest) oldest = longest(&Session::stalls);
  if (oldest) oldest->close();
  return oldest != nullptr;
}

void Server::Core::ended(Sessions::iterator session, std::exception_ptr failure) {
  report(failure);
  sessions_.erase(session);
  if (context_.stopping && sessions_.empty()) grace_.cancel();
}

void Server::Core::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] { begin_stop(); });
  thread_.join();
}

void Server::Core::begin_stop() {
  context_.stopping = true;
  for (auto& acceptor : acceptors_) acceptor.close();
  for (const auto& session : sessions_) session->finish();
  grace_.expires_after(options_.grace);
  grace_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (const auto& session : sessions_) session->close();
    // What waits for something other than its socket, a handler, is dropped with the io_context.
    asio::post(io_, [this] { io_.stop(); });
  });
  if (sessions_.empty()) grace_.cancel();
}

void Server::Core::report(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    telemetry_.internal_error();
    log_.error("the web server met a bug", {{"error", error.what()}});
  } catch (...) {
    telemetry_.internal_error();
    log_.error("the web server met a bug", {{"error", "an exception of unknown type"}});
  }
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, AsyncHandler handler,
                                              telemetry::Telemetry& telemetry, telemetry::Log& log) {
  auto config = ConfigFile::open(options.config_file);
  if (!config) return tl::unexpected(config.error());
  auto core = std::make_unique<Core>(std::move(options), std::move(*config), std::move(handler), telemetry, log);
  if (const auto listening = core->listen(); !listening) return tl::unexpected(listening.error());
  core->launch();
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler, telemetry::Telemetry& telemetry,
                                              telemetry::Log& log) {
  auto shared = std::make_shared<const Handler>(std::move(handler));
  AsyncHandler waiting = [shared](Request request) { return answer_at_once(shared, std::move(request)); };
  return start(std::move(options), std::move(waiting), telemetry, log);
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Server::~Server() = default;

const std::vector<tcp::endpoint>& Server::endpoints() const { return core_->endpoints(); }

void Server::stop() { core_->stop(); }

}  // namespace mta_sts::web
