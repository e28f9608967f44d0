#pragma once

#include <map>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include "exporter/base/deadline.h"

namespace mta_sts::net {

enum class CurlEnd {
  Finished,        ///< libcurl ended the transfer: the code says how
  DeadlinePassed,  ///< our deadline did
  Stopped,         ///< cancelled, or stop_all() was called
};
struct CurlOutcome {
  CurlEnd end = CurlEnd::Stopped;
  CURLcode code = CURLE_OK;
};

/// libcurl's multi interface on one Asio executor: watches libcurl's sockets (never owns them), keeps its timer, and
/// gives each transfer as one awaitable. Runs on the thread of the executor alone and must be gone before its context.
class CurlMulti final : public std::enable_shared_from_this<CurlMulti> {
 public:
  explicit CurlMulti(boost::asio::any_io_executor executor);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Runs a prepared transfer to its end. When this returns, is cancelled or destroyed, `easy` is out of the multi
  /// handle and its connection closed; it must live until then.
  static boost::asio::awaitable<CurlOutcome> run(std::shared_ptr<CurlMulti> multi, CURL* easy, Deadline deadline);
  /// Ends all transfers, those to come included. For the owner's end: transfers hold the multi by shared_ptr.
  void stop_all();

 private:
  struct Watch;
  class Run;

  static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* watch) noexcept;
  static int on_timer(CURLM* handle, long timeout_ms, void* self) noexcept;
  void watch(curl_socket_t socket, int wanted);
  void unwatch(curl_socket_t socket);
  void arm(const std::shared_ptr<Watch>& watch);
  void wait(const std::shared_ptr<Watch>& watch, int direction);
  void set_timer(long timeout_ms);
  void act(curl_socket_t socket, int events);

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::map<CURL*, Run*> runs_;
  CURLM* handle_;
  bool stopped_ = false;
};

}  // namespace mta_sts::net
