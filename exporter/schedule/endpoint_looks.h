#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/history/store.h"
#include "exporter/judge/endpoint.h"
#include "exporter/judge/resting_memory.h"
#include "exporter/probe/endpoint_prober.h"
#include "exporter/schedule/cadence.h"
#include "exporter/schedule/due_queue.h"
#include "exporter/schedule/fleet.h"
#include "exporter/schedule/politeness.h"

namespace mta_sts::schedule {

using judge::EndpointState;

struct EndpointLookOptions {
  Cadence cadence;
  std::chrono::milliseconds hold;       ///< probe.hold, as configured: how long the last conclusive look is held
  std::chrono::milliseconds ttl;        ///< an endpoint that no answer named for so long is forgotten
  std::chrono::milliseconds guest_ttl;  ///< the same where only answers for guests did
  Span first_look_gap;                  ///< between the first looks at two endpoints of this worker
  std::chrono::milliseconds per_address_interval;
  unsigned per_address_connections = 1;
};

/// The MX endpoints of one worker: each is looked at once an interval however many domains share it, within the limits
/// of its address. On the worker's thread.
class EndpointLooks {
 public:
  EndpointLooks(const Surroundings& around, std::shared_ptr<probe::EndpointProber> prober, EndpointLookOptions options)
      : around_(around),
        prober_(std::move(prober)),
        options_(options),
        politeness_(limits_of(options), around.clock.mono_now() + options.per_address_interval) {}

  /// As DomainLooks::apply().
  void apply(std::shared_ptr<probe::EndpointProber> prober, EndpointLookOptions options);
  void drop_prober() { prober_.reset(); }

  struct Endpoint;
  /// No configured domain uses these MX hosts any more: their endpoints lose their series now.
  void forget_mx_hosts(const std::vector<std::string>& names);
  /// An answer named the endpoint, at `named`, for a domain with this standing. A new one is looked at soon. One that
  /// only guests lead to is published on their board and never recorded.
  void see(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing);
  /// With what an earlier process stored of them; looked at within kRecalledWithin. Those that were forgotten stay so.
  void recall(const std::vector<history::StoredEndpoint>& stored);

  DueQueue<Endpoint*>& due() { return due_; }
  const DueQueue<Endpoint*>& due() const { return due_; }
  /// The latest look; nullopt: not one of these, or not looked at yet.
  std::optional<judge::EndpointObservation> known(const std::string& mx, const IpAddress& address);
  /// The longest time between two looks at one endpoint, as stretched where many names share an address.
  Span longest_interval() const;
  /// Addresses that said that they are too busy and are left alone for a while.
  std::size_t paused_addresses() { return politeness_.paused(around_.clock.mono_now()); }
  /// Whether the look may begin now; otherwise it is due later, or is handed on when the address is free. Forgets an
  /// endpoint that no answer names any more.
  bool may_begin(Endpoint* endpoint);
  /// Looks, judges, publishes. Ends by an exception only if a bug ended the look, or cancellation.
  boost::asio::awaitable<void> look(Endpoint* endpoint);
  void ended(Endpoint* endpoint);

 private:
  static constexpr std::chrono::minutes kRecalledWithin{5};
  static constexpr std::size_t kMaxGuests = 4000;  ///< further endpoints of guests are not looked at
  static AddressLimits limits_of(const EndpointLookOptions& options) {
    return {options.per_address_interval, options.per_address_connections, options.cadence.retry,
            options.cadence.interval};
  }
  void schedule(const std::optional<Politeness<Endpoint*>::Call>& call) {
    // Until now it waited for its address, and was not due.
    if (call) due_.schedule(std::max(call->at, around_.clock.mono_now()), call->waiter);
  }
  using Key = board::Board::EndpointKey;
  struct ByKey {
    using is_transparent = void;
    bool operator()(const std::unique_ptr<Endpoint>& a, const std::unique_ptr<Endpoint>& b) const;
    bool operator()(const std::unique_ptr<Endpoint>& a, const Key& key) const;
    bool operator()(const Key& key, const std::unique_ptr<Endpoint>& b) const;
  };
  Endpoint& make(std::string mx, IpAddress address, MonoTime named, Standing standing);
  void adopt(Endpoint& guest);
  std::chrono::milliseconds ttl_of(const Endpoint& endpoint) const;
  /// When a guest's endpoint is looked at again, or forgotten.
  MonoTime next_of_guest(const Endpoint& endpoint) const;
  Endpoint* remember(const history::StoredEndpoint& stored);
  MonoTime place_of(Endpoint& endpoint) const;
  EndpointState judge(Endpoint& endpoint) const;
  void forget(Endpoint* endpoint);
  /// The names that lead to one address.
  struct Crowd {
    std::size_t names = 0;
    Span stay{};  ///< how long a look at one of them takes there, lately; not measured where there is one name
  };
  Span interval_of(const Crowd& crowd) const;
  /// Changes a crowd; one without names goes.
  template <typename Change>
  void change_crowd(const IpAddress& address, Change change);
  void note_stay(const Endpoint& endpoint);
  void place_anew(const Cadence& cadence);
  void record(Endpoint& endpoint);

  const Surroundings& around_;
  std::shared_ptr<probe::EndpointProber> prober_;
  EndpointLookOptions options_;
  Politeness<Endpoint*> politeness_;
  std::set<std::unique_ptr<Endpoint>, ByKey> endpoints_;
  std::map<IpAddress, Crowd> crowds_;
  std::multiset<Span> stretched_;  // the intervals of crowds where they are longer than the configured one
  std::size_t guests_ = 0;         // of endpoints
  DueQueue<Endpoint*> due_;
  MonoTime next_first_look_{};
};

struct EndpointLooks::Endpoint {
  std::string mx;
  IpAddress address;
  judge::RestingEndpointMemory memory;  ///< rests unless the endpoint is looked at
  double spread = 0;
  MonoTime named{};  ///< by an answer for a domain of its standing, last
  Standing standing = Standing::Configured;
  Look look = Look::First;
  unsigned failures = 0;                                ///< looks in a row that did not pass
  MonoTime begun{};                                     ///< of the latest look
  Span late{};                                          ///< that it began after it was due
  std::shared_ptr<std::set<FirstPass>> first_passes{};  ///< until the first look has ended
  bool in_row = false;                                  ///< it waits for its address
  bool in_flight = false;                               ///< it is being looked at
  bool leaving = false;                                 ///< no configured domain uses its MX host any more
  bool passed = false;                                  ///< the latest look did
  bool looked = false;                                  ///< the latest look ended well
  bool busy = false;                                    ///< and the address said that it is busy
  std::size_t stored_looks = 0;                         ///< hash of the document that was recorded last
};

}  // namespace mta_sts::schedule
