#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/clock_watch.h"
#include "exporter/history/store.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/known.h"
#include "exporter/judge/resting_memory.h"
#include "exporter/probe/domain_prober.h"
#include "exporter/schedule/awaited.h"
#include "exporter/schedule/cadence.h"
#include "exporter/schedule/due_queue.h"
#include "exporter/schedule/fleet.h"

namespace mta_sts::schedule {

/// Whether a domain that nobody configured is looked at when somebody asks for it (--web.probe-any-domain).
enum class Guests { Refused, Welcome };

struct DomainLookOptions {
  Cadence cadence;
  Span policy_retry;               ///< a failed policy fetch is not repeated sooner (RFC 8461 3.3)
  std::chrono::milliseconds hold;  ///< how long the last conclusive look is held
  std::chrono::seconds retention;  ///< how long the past is kept
  Span first_look_gap;             ///< between domains of this worker that are looked at out of turn
  judge::SmtpLooks smtp = judge::SmtpLooks::Enabled;
  Guests guests = Guests::Refused;
  bool rotate = false;  ///< another address of the policy host each time (https.addresses: one)
};

/// What another catalogue means for the domains of one worker.
struct DomainChange {
  struct Added {
    std::shared_ptr<const judge::DomainSetting> setting;
    MonoTime due;                                 ///< where nothing is stored that says otherwise
    std::optional<history::StoredDomain> stored;  ///< by an earlier process, or before it went
    FirstPass pass;                               ///< while it goes on
  };
  std::vector<std::string> gone;
  std::vector<Added> added;
  std::vector<std::shared_ptr<const judge::DomainSetting>> changed;  ///< other labels, another expectation
};

/// The domains of one worker: when each is due, and the way from a look to its new state on the board. On the worker's
/// thread.
class DomainLooks {
 public:
  DomainLooks(const Surroundings& around, std::shared_ptr<probe::DomainProber> prober, DomainLookOptions options)
      : around_(around), prober_(std::move(prober)), options_(options) {}

  /// Other settings. A look in flight ends as it began, with the prober of its begin. What is due is moved (cadence.h).
  void apply(std::shared_ptr<probe::DomainProber> prober, DomainLookOptions options);
  /// No look begins any more.
  void drop_prober() { prober_.reset(); }

  struct Domain;
  void add(std::shared_ptr<const judge::DomainSetting> setting, MonoTime due, FirstPass pass);
  /// With what an earlier process stored of it. True: it keeps its place in the schedule; otherwise there are no looks
  /// that can be read, and it is to be added.
  /// Those that are overdue are `overdue_gap` apart.
  bool recall(std::shared_ptr<const judge::DomainSetting> setting, const history::StoredDomain& stored,
              Span overdue_gap);
  /// Domains that went, came or were configured otherwise. Those that went lose their series now; a look at one that
  /// is in flight ends without a trace.
  void change(DomainChange change);
  /// What was stored cannot be read yet: nothing is recorded before join_past(), which brings it.
  void await_past() { past_awaited_ = true; }
  void join_past(const std::vector<history::StoredDomain>& stored);

  DueQueue<Domain*>& due() { return due_; }
  const DueQueue<Domain*>& due() const { return due_; }
  bool may_begin(const Domain* /*domain*/) const { return true; }
  /// Looks, judges, publishes. Ends by an exception only if a bug ended the look, or cancellation.
  boost::asio::awaitable<void> look(Domain* domain);
  /// After every look, also one that a bug ended: says when the next is due.
  void ended(Domain* domain);
  /// Judges anew what is known, after an endpoint's standing changed.
  void rejudge(const std::string& name);
  /// Looks at it soon, or takes the look that is in flight: `answer` is told when it has ended, or at once that there
  /// will be none: it is not one of these, or a bug ended its latest look and the next is not due. A guest is looked at
  /// once, its MX endpoints with it, and kept for an interval; who asks meanwhile is told when that look has ended.
  void look_now(const std::string& name, std::function<void(bool looked)> answer);
  /// nullopt: not one of these, or not looked at yet.
  std::optional<judge::KnownDomain> known(const std::string& name);
  /// Drops guests whose interval is over; the next one's is over at next_departure().
  void forget_guests();
  std::optional<MonoTime> next_departure() const;

 private:
  /// Nothing is forgotten for its age before the clock has run evenly for so long.
  static constexpr std::chrono::hours kClockBelievedAfter{1};
  static constexpr std::size_t kMaxWaiting = Awaited::kMaxWaiting;  ///< for the end of one look
  static constexpr std::size_t kMaxGuests = 1000;                   ///< the oldest makes room
  struct ByName {
    using is_transparent = void;
    bool operator()(const std::unique_ptr<Domain>& a, const std::unique_ptr<Domain>& b) const;
    bool operator()(const std::unique_ptr<Domain>& a, const std::string& name) const;
    bool operator()(const std::string& name, const std::unique_ptr<Domain>& b) const;
  };
  probe::DomainProbeRequest request_for(Domain& domain) const;
  bool has_young_failure(Domain& domain) const;
  Domain& make(std::shared_ptr<const judge::DomainSetting> setting);
  judge::Past read_past(Domain& domain, const history::StoredDomain& stored);
  MonoTime place_of(WallTime probed, Span overdue_gap);
  void judge_and_publish(Domain& domain);
  void judge_anew(Domain& domain);
  void see_endpoints(Domain& domain);
  void record(Domain& domain);
  void count(const Domain& domain, Span duration);
  void note_result(const Domain& domain);
  void hasten(Domain* domain);
  MonoTime place_for_asked();
  void remove(const std::vector<std::string>& names);
  void forget(Domain* domain);
  void take_in(DomainChange::Added added);
  void adopt(Domain& guest, const DomainChange::Added& added);
  void configure(std::shared_ptr<const judge::DomainSetting> setting);
  void invite(const std::string& name, Awaited::Answer answer);
  bool room_for_guest();
  void forget_oldest_guest();
  std::shared_ptr<const board::DomainEntry> entry_of(const Domain& domain) const;
  Span next_gap(const Domain& domain) const;
  void place_anew(const Cadence& cadence);

  const Surroundings& around_;
  std::shared_ptr<probe::DomainProber> prober_;
  DomainLookOptions options_;
  std::set<std::unique_ptr<Domain>, ByName> domains_;
  std::deque<Domain*> guests_;  // in the order in which they came
  DueQueue<Domain*> due_;
  MonoTime next_overdue_{};
  MonoTime next_asked_{};  ///< a place for who is asked for
  bool past_awaited_ = false;
  ClockWatch clock_watch_{kClockBelievedAfter};
};

struct DomainLooks::Domain {
  std::shared_ptr<const judge::DomainSetting> setting;
  judge::RestingMemory memory;  ///< rests unless the domain is looked at
  double spread = 0;
  MonoTime begun{};                       ///< of the latest look
  std::optional<MonoTime> fetch_begun{};  ///< of the latest look that asked the policy host
  Span late{};                            ///< that it began after it was due
  FirstPass first_pass{};                 ///< until the first look has ended
  Look look = Look::First;
  std::size_t looks = 0;         ///< begun so far
  unsigned failures = 0;         ///< looks in a row that DNS let down, or a bug
  bool in_flight = false;        ///< it is being looked at
  bool leaving = false;          ///< it is not configured any more
  bool looked = false;           ///< the latest look ended well
  bool broken = false;           ///< a bug ended the latest look
  std::size_t stored_looks = 0;  ///< hash of the document that was recorded last
  bool past_unreadable = false;  ///< what is stored is left as it is
  board::AskedBy asked_by{};     ///< the latest look
  Standing standing = Standing::Configured;
  MonoTime invited{};                                ///< a guest, as the next
  std::weak_ptr<Awaited> awaited{};                  ///< gone at the end of all that its look led to
  std::vector<std::function<void(bool)>> waiting{};  ///< for the end of a look
};

}  // namespace mta_sts::schedule
