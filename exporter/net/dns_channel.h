#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/base/deadline.h"
#include "exporter/net/dns_message.h"

struct ares_channeldata;

namespace mta_sts::net {

enum class Transport { Udp, Tcp };

/// What one exchange with one server gave. TimedOut: nothing that matches in time. Unreachable: the kernel says that
/// nobody listens, or the TCP connection ended. Closed: close() was called.
enum class Delivery { Answered, TimedOut, Unreachable, Closed };

struct RawReply {
  Delivery delivery = Delivery::TimedOut;
  std::vector<std::uint8_t> message;  ///< at most kEdnsSize (kPlainSize without EDNS) by UDP, 64 KiB by TCP
};

/// One c-ares channel to one server by one transport, driven by Asio. c-ares matches replies with questions and owns
/// the sockets; it retries nothing, and each exchange is timed by the one who waits for it. A query cannot be cancelled
/// in c-ares: its callback reaches nothing but state that it shares with the exchange, and when the last exchange of a
/// channel has ended, all that is left in c-ares is dropped with its sockets.
///
/// Runs on the thread of the executor alone. May outlive the io_context: all its Asio objects are owned by waits.
class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
 public:
  struct Settings {
    boost::asio::ip::udp::endpoint server;
    std::chrono::milliseconds timeout;  ///< when c-ares forgets a query that nobody waits for any more
    Transport transport;
    Edns edns;
  };
  static std::shared_ptr<DnsChannel> open(boost::asio::any_io_executor executor, const Settings& settings);
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  /// Sends the query and waits for its reply until the deadline. Keeps the channel until then.
  static boost::asio::awaitable<RawReply> exchange(std::shared_ptr<DnsChannel> self, std::vector<std::uint8_t> query,
                                                   Deadline deadline);
  /// Ends all exchanges with Closed; later ones end so at once.
  void close();

  std::size_t sent() const { return sent_; }
  /// Whether c-ares has switched EDNS off for the whole channel, as it does after one FORMERR.
  bool edns_was_switched_off() const;

 private:
  struct Pending;
  class Attendance;
  class Watch;
  struct Interest {
    bool read;
    bool write;
  };
  struct Destroy {
    void operator()(ares_channeldata* channel) const;
  };

  DnsChannel(boost::asio::any_io_executor executor, const Settings& settings);
  void send(const std::vector<std::uint8_t>& query, const std::shared_ptr<Pending>& pending);
  void drop_queries();
  void watch(int descriptor, Interest interest);

  static void on_reply(void* argument, int status, int timeouts, unsigned char* octets, int size);
  static void on_socket_state(void* argument, int descriptor, int readable, int writable);

  boost::asio::any_io_executor executor_;
  std::map<int, std::weak_ptr<Watch>> watches_;
  std::size_t sent_ = 0;
  std::size_t attending_ = 0;  ///< exchanges that wait
  Edns edns_;
  bool closed_ = false;
  std::unique_ptr<ares_channeldata, Destroy> channel_;  ///< last: it calls back while it is destroyed
};

}  // namespace mta_sts::net
