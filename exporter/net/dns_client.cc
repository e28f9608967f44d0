#include "exporter/net/dns_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <sys/random.h>

#include "exporter/net/dns_channel.h"
#include "exporter/net/dns_message.h"

namespace mta_sts::net {

namespace asio = boost::asio;
using telemetry::QueryResult;

namespace {

/// The id on the wire is ours to choose and half of what an attacker off the path must guess; c-ares's own come from
/// RC4.
std::uint16_t unpredictable_id() {
  std::uint16_t id = 0;
  if (getrandom(&id, sizeof id, 0) != sizeof id) {
    throw boost::system::system_error(errno, boost::system::system_category(), "getrandom");
  }
  return id;
}

/// Of failures of several tries the highest is reported.
int telling(Reason reason) {
  constexpr std::array kAscending{Reason::DnsTimeout, Reason::DnsMalformed, Reason::DnsRefused, Reason::DnsServfail,
                                  Reason::DnsBogus};
  return static_cast<int>(std::find(kAscending.begin(), kAscending.end(), reason) - kAscending.begin());
}

QueryResult result_of(const DnsAnswer& answer) {
  constexpr std::array<std::pair<Reason, QueryResult>, 7> kResults{{
      {Reason::DnsNxdomain, QueryResult::Nxdomain},
      {Reason::DnsNodata, QueryResult::Nodata},
      {Reason::DnsBogus, QueryResult::Servfail},
      {Reason::DnsServfail, QueryResult::Servfail},
      {Reason::DnsRefused, QueryResult::Refused},
      {Reason::DnsTimeout, QueryResult::Timeout},
      {Reason::DnsMalformed, QueryResult::Malformed},
  }};
  if (!answer.fault) return QueryResult::Ok;
  for (const auto& [reason, result] : kResults) {
    if (reason == answer.fault->reason) return result;
  }
  return QueryResult::Malformed;
}

struct Wire {
  Transport transport = Transport::Udp;
  Edns edns = Edns::On;
};

/// One try: what one server said in the end.
struct Try {
  std::size_t server = 0;
  Delivery delivery = Delivery::TimedOut;
  DnsReply reply;
};

struct Server {
  asio::ip::udp::endpoint at;
  std::shared_ptr<DnsChannel> channel;
  MonoTime paused_until{};
};

/// What the queries share with the client. They hold it, so that it lasts as long as the last of them.
class Core {
 public:
  Core(asio::any_io_executor executor, DnsOptions options, telemetry::Telemetry& telemetry)
      : executor_(std::move(executor)), timeout_(options.timeout), tries_(options.tries), telemetry_(telemetry) {
    for (auto& at : options.servers) servers_.push_back({std::move(at), nullptr, {}});
    tries_ = std::max(tries_, static_cast<unsigned>(servers_.size()));
  }

  void close() {
    closed_ = true;
    for (const auto& each : open_) {
      if (const auto channel = each.lock()) channel->close();
    }
  }

  static asio::awaitable<DnsAnswer> query(std::shared_ptr<Core> self, DnsQuestion question, Deadline deadline) {
    const auto type = question.type;
    DnsAnswer answer = co_await run_tries(self, std::move(question), deadline);
    self->require_open();
    self->telemetry_.dns_query(type, result_of(answer));
    co_return answer;
  }

 private:
  static asio::awaitable<DnsAnswer> run_tries(std::shared_ptr<Core> self, DnsQuestion question, Deadline deadline) {
    const auto sample = make_query(question, 0, Edns::On, Validation::On);
    if (!sample) co_return failed(sample.error());
    const auto order = self->order();
    std::vector<std::size_t> silent;
    Try best;
    best.reply.answer = failed({Reason::DnsTimeout, "the deadline passed before a server was asked"});
    for (unsigned i = 0; i < self->tries_ && !deadline.passed(); ++i) {
      const auto server = order[i % order.size()];
      Try next = co_await ask(self, server, question, Validation::On, deadline.within(self->timeout_));
      self->note(next, silent);
      if (!worth_another_try(next.reply)) co_return std::move(next.reply.answer);
      if (i == 0 || telling(next.reply.answer.fault->reason) > telling(best.reply.answer.fault->reason)) {
        best = std::move(next);
      }
    }
    if (best.reply.answer.fault->reason == Reason::DnsServfail && !deadline.passed()) {
      const Try unchecked =
          co_await ask(self, best.server, std::move(question), Validation::Off, deadline.within(self->timeout_));
      if (!worth_another_try(unchecked.reply)) self->call_bogus(best);
    }
    co_return std::move(best.reply.answer);
  }

  static void call_bogus(Try& best) {
    auto& fault = *best.reply.answer.fault;
    fault.reason = Reason::DnsBogus;
    fault.detail += ", and an answer without validation (CD bit): DNSSEC validation failed";
  }

  /// A server that is silent while another has an answer to the same question is asked last for a while.
  void note(const Try& last, std::vector<std::size_t>& silent) {
    if (last.delivery != Delivery::Answered) return silent.push_back(last.server);
    for (const auto server : silent) servers_[server].paused_until = std::chrono::steady_clock::now() + kServerPause;
    silent.clear();
    servers_[last.server].paused_until = MonoTime{};
  }

  static DnsAnswer failed(Fault fault) {
    DnsAnswer answer;
    answer.fault = std::move(fault);
    return answer;
  }

  /// Asks one server: by UDP; without EDNS if that is what it cannot read; by TCP if the answer is truncated.
  static asio::awaitable<Try> ask(std::shared_ptr<Core> self, std::size_t server, DnsQuestion question,
                                  Validation validation, Deadline deadline) {
    Try result;
    result.server = server;
    for (Wire wire;;) {
      self->require_open();
      const auto channel = self->channel_for(server, wire);
      auto query = make_query(question, unpredictable_id(), wire.edns, validation);
      const RawReply raw = co_await DnsChannel::exchange(channel, std::move(*query), deadline);
      if (raw.delivery == Delivery::Closed) throw boost::system::system_error(asio::error::operation_aborted);
      result.delivery = raw.delivery;
      result.reply = raw.delivery == Delivery::Answered ? read_reply(raw.message, question.type) : DnsReply{};
      if (raw.delivery == Delivery::Answered) {
        if (!result.reply.edns) self->replace_without_edns(server, channel);
        if (const auto next = other_wire(wire, raw, result.reply)) {
          wire = *next;
          continue;
        }
      }
      self->finish(result);
      co_return result;
    }
  }

  /// Once the client is gone its telemetry may be, too.
  void require_open() const {
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
  }

  static std::optional<Wire> other_wire(Wire wire, const RawReply& raw, const DnsReply& reply) {
    constexpr unsigned kFormerr = 1;
    // c-ares asks again without EDNS itself, but only the first query of a channel that meets this.
    if (wire.edns == Edns::On && reply.rcode == kFormerr && !reply.edns) return Wire{wire.transport, Edns::Off};
    // c-ares cuts a UDP reply over the size it offered, or over 512 octets once it has switched EDNS off.
    const bool cut = raw.message.size() == kEdnsSize || raw.message.size() == kPlainSize;
    const bool unreadable = reply.answer.fault && reply.answer.fault->reason == Reason::DnsMalformed;
    if (wire.transport == Transport::Udp && (reply.truncated || (cut && unreadable))) {
      return Wire{Transport::Tcp, wire.edns};
    }
    return std::nullopt;
  }

  /// Queries by UDP share the server's channel; the rare others get one of their own, so that what goes wrong there
  /// (a connection that ends, EDNS switched off) touches no other query.
  std::shared_ptr<DnsChannel> channel_for(std::size_t index, Wire wire) {
    auto& server = servers_[index];
    if (wire.transport == Transport::Tcp || wire.edns == Edns::Off) return open(server, wire);
    if (!server.channel || server.channel->sent() >= kQueriesPerChannel) server.channel = open(server, wire);
    return server.channel;
  }

  /// Queries in flight keep the old channel until they have ended.
  void replace_without_edns(std::size_t server, const std::shared_ptr<DnsChannel>& channel) {
    auto& shared = servers_[server].channel;
    if (channel == shared && channel->edns_was_switched_off()) shared.reset();
  }

  std::shared_ptr<DnsChannel> open(const Server& server, Wire wire) {
    const auto gone = [](const auto& each) { return each.expired(); };
    open_.erase(std::remove_if(open_.begin(), open_.end(), gone), open_.end());
    auto channel = DnsChannel::open(executor_, {server.at, timeout_, wire.transport, wire.edns});
    open_.push_back(channel);
    return channel;
  }

  /// Gives a try that ended without a reply its fault, and every fault the server's name.
  void finish(Try& result) const {
    auto& fault = result.reply.answer.fault;
    if (result.delivery == Delivery::TimedOut) {
      fault = Fault{Reason::DnsTimeout, "no answer in time"};
    } else if (result.delivery == Delivery::Unreachable) {
      // No server answered; REFUSED would be one that did.
      fault = Fault{Reason::DnsTimeout, "no answer, nothing listens there or the connection ended"};
    }
    if (fault) fault->detail = name_of(result.server) + ": " + fault->detail;
  }

  std::string name_of(std::size_t server) const {
    const auto& at = servers_[server].at;
    const auto address = to_text(at.address());
    return (at.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(at.port());
  }

  /// Servers in the configured order, those that were silent of late last.
  std::vector<std::size_t> order() const {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::size_t> order(servers_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return servers_[i].paused_until <= now; });
    return order;
  }

  asio::any_io_executor executor_;
  std::chrono::milliseconds timeout_;
  unsigned tries_;
  telemetry::Telemetry& telemetry_;  ///< not touched once the client is gone
  std::vector<Server> servers_;
  std::vector<std::weak_ptr<DnsChannel>> open_;
  bool closed_ = false;
};

class DnsClient final : public Resolver {
 public:
  explicit DnsClient(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~DnsClient() override { core_->close(); }

  asio::awaitable<DnsAnswer> query(std::string name, QueryType type, Deadline deadline) override {
    return Core::query(core_, DnsQuestion{std::move(name), type}, deadline);
  }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<Resolver> make_dns_client(asio::any_io_executor executor, DnsOptions options,
                                          telemetry::Telemetry& telemetry) {
  if (options.servers.empty()) throw std::invalid_argument("a DNS client needs a server");
  return std::make_unique<DnsClient>(std::make_shared<Core>(std::move(executor), std::move(options), telemetry));
}

}  // namespace mta_sts::net
