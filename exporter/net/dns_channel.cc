#include "exporter/net/dns_channel.h"

#include <algorithm>
#include <ares.h>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace mta_sts::net {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kMinForget{1};
constexpr std::chrono::milliseconds kMaxForget{60 * 60 * 1000};

void require(int status) {
  if (status != ARES_SUCCESS) throw std::runtime_error(std::string("c-ares: ") + ares_strerror(status));
}

Delivery delivery_of(int status) {
  if (status == ARES_SUCCESS) return Delivery::Answered;
  if (status == ARES_ETIMEOUT) return Delivery::TimedOut;
  if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) return Delivery::Closed;
  return Delivery::Unreachable;
}

int flags_of(const DnsChannel::Settings& settings) {
  // NOCHECKRESP: SERVFAIL, REFUSED and NOTIMP are handed out instead of becoming one ECONNREFUSED. IGNTC: we ask again
  // by TCP ourselves, over a connection of its own; on a shared one c-ares fails every query of the server when it
  // ends.
  int flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC;
  if (settings.edns == Edns::On) flags |= ARES_FLAG_EDNS;
  if (settings.transport == Transport::Tcp) flags |= ARES_FLAG_USEVC;
  return flags;
}

void set_server(ares_channel channel, const asio::ip::udp::endpoint& server) {
  ares_addr_port_node node{};
  node.udp_port = node.tcp_port = server.port();
  if (server.address().is_v4()) {
    node.family = AF_INET;
    const auto bytes = server.address().to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<unsigned char*>(&node.addr.addr4));
  } else {
    node.family = AF_INET6;
    const auto bytes = server.address().to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), node.addr.addr6._S6_un._S6_u8);
  }
  require(ares_set_servers_ports(channel, &node));
}

}  // namespace

/// Shared by the exchange, which reads, and by the callback of c-ares, which writes. The alarm belongs to the exchange.
struct DnsChannel::Pending {
  std::optional<RawReply> reply;
  std::weak_ptr<asio::steady_timer> alarm;
};

/// While it lives an exchange waits on the channel.
class DnsChannel::Attendance {
 public:
  explicit Attendance(DnsChannel& channel) : channel_(channel) { ++channel_.attending_; }
  ~Attendance() {
    if (--channel_.attending_ == 0) channel_.drop_queries();
  }
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

 private:
  DnsChannel& channel_;
};

/// Waits on a socket of c-ares for it. Owned by its waits, so that it dies with them or with their io_context; never
/// closes the socket.
class DnsChannel::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, int descriptor, std::weak_ptr<DnsChannel> channel)
      : socket_(executor), descriptor_(descriptor), channel_(std::move(channel)) {
    // Called from C: nothing may be thrown. A socket that cannot be watched makes its queries time out.
    boost::system::error_code error;
    socket_.assign(descriptor, error);
  }
  ~Watch() { release(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void want(Interest interest) {
    want(kRead, interest.read);
    want(kWrite, interest.write);
  }
  /// Ends all waits; the socket is c-ares's alone again.
  void release() {
    if (socket_.is_open()) socket_.release();
  }

 private:
  struct Side {
    asio::posix::stream_descriptor::wait_type type;
    bool wanted = false;
    bool waiting = false;
  };
  static constexpr std::size_t kRead = 0;
  static constexpr std::size_t kWrite = 1;

  void want(std::size_t index, bool wanted) {
    sides_[index].wanted = wanted;
    if (!wanted || sides_[index].waiting || !socket_.is_open()) return;
    sides_[index].waiting = true;
    socket_.async_wait(sides_[index].type, [self = shared_from_this(), index](boost::system::error_code error) {
      self->sides_[index].waiting = false;
      if (!error) self->ready(index);
    });
  }

  void ready(std::size_t index) {
    const auto channel = channel_.lock();
    if (!channel || !sides_[index].wanted || !socket_.is_open()) return;
    ares_process_fd(channel->channel_.get(), index == kRead ? descriptor_ : ARES_SOCKET_BAD,
                    index == kWrite ? descriptor_ : ARES_SOCKET_BAD);
    want(index, sides_[index].wanted);
  }

  asio::posix::stream_descriptor socket_;
  int descriptor_;
  std::weak_ptr<DnsChannel> channel_;
  std::array<Side, 2> sides_{Side{asio::posix::stream_descriptor::wait_read},
                             Side{asio::posix::stream_descriptor::wait_write}};
};

std::shared_ptr<DnsChannel> DnsChannel::open(asio::any_io_executor executor, const Settings& settings) {
  return std::shared_ptr<DnsChannel>(new DnsChannel(std::move(executor), settings));
}

DnsChannel::DnsChannel(asio::any_io_executor executor, const Settings& settings)
    : executor_(std::move(executor)), edns_(settings.edns) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  require(library);
  ares_options options{};
  options.flags = flags_of(settings);
  options.timeout = static_cast<int>(std::clamp(settings.timeout, kMinForget, kMaxForget).count());
  options.tries = 1;
  options.ndots = 1;
  options.ednspsz = static_cast<int>(kEdnsSize);
  options.sock_state_cb = &DnsChannel::on_socket_state;
  options.sock_state_cb_data = this;
  std::string lookups = "b";
  options.lookups = lookups.data();
  // All that c-ares would otherwise take from /etc/resolv.conf is given, so that it reads no file.
  constexpr int kGiven = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_EDNSPSZ |
                         ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
                         ARES_OPT_SORTLIST | ARES_OPT_NOROTATE;
  ares_channel channel = nullptr;
  require(ares_init_options(&channel, &options, kGiven));
  channel_.reset(channel);
  set_server(channel, settings.server);
}

void DnsChannel::Destroy::operator()(ares_channeldata* channel) const { ares_destroy(channel); }

asio::awaitable<RawReply> DnsChannel::exchange(std::shared_ptr<DnsChannel> self, std::vector<std::uint8_t> query,
                                               Deadline deadline) {
  if (self->closed_) co_return RawReply{Delivery::Closed, {}};
  const auto alarm = std::make_shared<asio::steady_timer>(self->executor_, deadline.at());
  const auto pending = std::make_shared<Pending>();
  pending->alarm = alarm;
  const Attendance attendance(*self);
  self->send(query, pending);
  if (!pending->reply) co_await alarm->async_wait(asio::as_tuple(asio::use_awaitable));
  if (pending->reply) co_return std::move(*pending->reply);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return RawReply{};
}

void DnsChannel::send(const std::vector<std::uint8_t>& query, const std::shared_ptr<Pending>& pending) {
  ++sent_;
  auto argument = std::make_unique<std::shared_ptr<Pending>>(pending);
  ares_send(channel_.get(), query.data(), static_cast<int>(query.size()), &DnsChannel::on_reply, argument.release());
}

void DnsChannel::on_reply(void* argument, int status, int, unsigned char* octets, int size) {
  const std::unique_ptr<std::shared_ptr<Pending>> held(static_cast<std::shared_ptr<Pending>*>(argument));
  auto& pending = **held;
  pending.reply.emplace(RawReply{delivery_of(status), {}});
  if (status == ARES_SUCCESS && octets != nullptr) pending.reply->message.assign(octets, octets + size);
  // The exchange goes on when this event has been dealt with, never inside c-ares.
  if (const auto alarm = pending.alarm.lock()) alarm->cancel();
}

void DnsChannel::close() {
  closed_ = true;
  drop_queries();
}

void DnsChannel::drop_queries() { ares_cancel(channel_.get()); }

bool DnsChannel::edns_was_switched_off() const {
  if (edns_ == Edns::Off) return false;
  ares_options options{};
  int given = 0;
  const int status = ares_save_options(channel_.get(), &options, &given);
  const bool off = status == ARES_SUCCESS && (options.flags & ARES_FLAG_EDNS) == 0;
  ares_destroy_options(&options);
  return off;
}

void DnsChannel::on_socket_state(void* argument, int descriptor, int readable, int writable) {
  static_cast<DnsChannel*>(argument)->watch(descriptor, {.read = readable != 0, .write = writable != 0});
}

void DnsChannel::watch(int descriptor, Interest interest) {
  auto& slot = watches_[descriptor];
  auto found = slot.lock();
  if (!interest.read && !interest.write) {
    if (found) found->release();
    watches_.erase(descriptor);
    return;
  }
  if (!found) slot = found = std::make_shared<Watch>(executor_, descriptor, weak_from_this());
  found->want(interest);
}

}  // namespace mta_sts::net
