#include "exporter/net/curl_multi.h"

#include <chrono>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace mta_sts::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// One socket of libcurl's. The descriptor is released, never closed, before libcurl closes the socket.
struct CurlMulti::Watch {
  Watch(const asio::any_io_executor& executor, curl_socket_t which) : descriptor(executor, which), socket(which) {}
  asio::posix::stream_descriptor descriptor;
  curl_socket_t socket;
  int wanted = CURL_POLL_NONE;
  int waiting = CURL_POLL_NONE;  ///< the directions that a wait is pending for
  bool gone = false;
};

/// One transfer in the multi handle, from its begin to its end. The timer is both its deadline and what wakes its
/// coroutine.
class CurlMulti::Run {
 public:
  Run(CurlMulti& multi, CURL* easy, Deadline deadline) : timer(multi.executor_), multi_(multi), easy_(easy) {
    timer.expires_at(deadline.at());
    if (multi_.stopped_) {
      finish({CurlEnd::Stopped, CURLE_OK});
      return;
    }
    multi_.runs_.emplace(easy_, this);
    if (curl_multi_add_handle(multi_.handle_, easy_) != CURLM_OK) finish({CurlEnd::Finished, CURLE_FAILED_INIT});
  }
  ~Run() {
    // First: what libcurl asks for on the way out is not for this transfer.
    if (multi_.runs_.erase(easy_) != 0) curl_multi_remove_handle(multi_.handle_, easy_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void finish(CurlOutcome how) {
    if (done) return;
    outcome = how;
    done = true;
    timer.cancel();
  }

  asio::steady_timer timer;
  CurlOutcome outcome;
  bool done = false;

 private:
  CurlMulti& multi_;
  CURL* easy_;
};

CurlMulti::CurlMulti(asio::any_io_executor executor) : executor_(std::move(executor)), timer_(executor_) {
  curl_global_init(CURL_GLOBAL_DEFAULT);  // counted, and free of races since libcurl 7.84
  handle_ = curl_multi_init();
  if (handle_ == nullptr) throw std::runtime_error("libcurl gives no multi handle");
  curl_multi_setopt(handle_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(handle_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(handle_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(handle_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(handle_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlMulti::~CurlMulti() {
  stopped_ = true;
  curl_multi_cleanup(handle_);
  while (!watches_.empty()) unwatch(watches_.begin()->first);
  curl_global_cleanup();
}

asio::awaitable<CurlOutcome> CurlMulti::run(std::shared_ptr<CurlMulti> multi, CURL* easy, Deadline deadline) {
  Run run(*multi, easy, deadline);
  if (run.done) co_return run.outcome;
  const auto [error] = co_await run.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  // A transfer that ended in the same moment has ended.
  if (run.done) co_return run.outcome;
  co_return CurlOutcome{error ? CurlEnd::Stopped : CurlEnd::DeadlinePassed, CURLE_OK};
}

void CurlMulti::stop_all() {
  stopped_ = true;
  timer_.cancel();
  for (const auto& [easy, run] : runs_) run->finish({CurlEnd::Stopped, CURLE_OK});
}

int CurlMulti::on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void*) noexcept {
  auto& multi = *static_cast<CurlMulti*>(self);
  try {
    if (wanted == CURL_POLL_REMOVE) {
      multi.unwatch(socket);
    } else {
      multi.watch(socket, wanted);
    }
  } catch (...) {
    // The socket cannot be watched (epoll's limits, memory). A refusal here would kill the whole multi handle.
    const auto run = multi.runs_.find(easy);
    if (run != multi.runs_.end()) run->second->finish({CurlEnd::Finished, CURLE_ABORTED_BY_CALLBACK});
  }
  return 0;
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  static_cast<CurlMulti*>(self)->set_timer(timeout_ms);
  return 0;
}

void CurlMulti::watch(curl_socket_t socket, int wanted) {
  if (stopped_) return;
  auto& watch = watches_[socket];
  try {
    if (!watch) watch = std::make_shared<Watch>(executor_, socket);
  } catch (...) {
    watches_.erase(socket);
    throw;
  }
  watch->wanted = wanted;
  arm(watch);
}

void CurlMulti::unwatch(curl_socket_t socket) {
  const auto found = watches_.find(socket);
  if (found == watches_.end()) return;
  found->second->gone = true;
  found->second->descriptor.release();
  watches_.erase(found);
}

void CurlMulti::arm(const std::shared_ptr<Watch>& watch) {
  for (const int direction : {CURL_POLL_IN, CURL_POLL_OUT}) {
    if ((watch->wanted & direction) != 0 && (watch->waiting & direction) == 0) wait(watch, direction);
  }
}

void CurlMulti::wait(const std::shared_ptr<Watch>& watch, int direction) {
  using asio::posix::descriptor_base;
  const auto kind = direction == CURL_POLL_IN ? descriptor_base::wait_read : descriptor_base::wait_write;
  watch->waiting |= direction;
  watch->descriptor.async_wait(kind, [weak = weak_from_this(), watch, direction](error_code error) {
    watch->waiting &= ~direction;
    const auto self = weak.lock();
    // `gone` also when the number of the socket is already that of another connection.
    if (!self || watch->gone || self->stopped_ || error) return;
    if ((watch->wanted & direction) != 0) {
      self->act(watch->socket, direction == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    }
    if (!watch->gone) self->arm(watch);
  });
}

void CurlMulti::set_timer(long timeout_ms) {
  if (timeout_ms < 0 || stopped_ || runs_.empty()) {
    timer_.cancel();
    return;
  }
  // Never act() from here, even for 0: libcurl must not be entered from its own callback.
  timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (self && !error && !self->stopped_) self->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlMulti::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(handle_, socket, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto run = runs_.find(message->easy_handle);
    if (run != runs_.end()) run->second->finish({CurlEnd::Finished, message->data.result});
  }
}

}  // namespace mta_sts::net
