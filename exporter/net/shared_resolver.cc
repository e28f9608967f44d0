#include "exporter/net/shared_resolver.h"

#include <algorithm>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "exporter/base/ascii.h"
#include "exporter/net/kept_answers.h"

namespace mta_sts::net {

namespace asio = boost::asio;
using telemetry::Sharing;

namespace {

boost::system::system_error aborted() { return boost::system::system_error(asio::error::operation_aborted); }

DnsAnswer timed_out() {
  DnsAnswer answer;
  answer.fault = Fault{Reason::DnsTimeout, "no answer in time"};
  return answer;
}

bool is_timeout(const DnsAnswer& answer) { return answer.fault && answer.fault->reason == Reason::DnsTimeout; }

class Core;
class Waiter;

/// A question on its way: it waits for a place, is asked, is answered. Held by all who wait for the answer and by the
/// query. Owns nothing of Asio's io_context, which may be gone before it.
struct Flight {
  Flight(DnsQuestion asked_for, std::string spelled) : question(std::move(asked_for)), name(std::move(spelled)) {}

  bool ended() const { return answer || failure; }

  const DnsQuestion question;                           ///< in lower case
  const std::string name;                               ///< as it was spelled first
  std::list<Waiter*> waiters;                           ///< each in the frame of its coroutine
  std::list<std::shared_ptr<Flight>>::iterator in_row;  ///< while it waits for a place
  std::optional<Deadline> deadline;                     ///< once it has one
  MonoTime sent{};
  std::optional<DnsAnswer> answer;
  std::exception_ptr failure;  ///< a bug of ours
  asio::cancellation_signal cancel;
};

/// One who waits for a flight to end, from when it comes until it goes, whatever becomes of it.
class Waiter {
 public:
  Waiter(std::shared_ptr<Core> core, std::shared_ptr<Flight> flight, Deadline deadline);
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  std::chrono::nanoseconds allowed() const { return allowed_; }
  /// The query was under way when it came.
  bool joined_late() const { return joined_late_; }
  bool is_late() const { return deadline_ && deadline_->passed(); }
  bool is_alone() const { return flight_->waiters.size() == 1; }

  /// The flight has got a place.
  void set_out() { set_deadline(Deadline::after(allowed_)); }
  void wake() { alarm_.cancel(); }
  /// Until something may have happened.
  asio::awaitable<void> wait() {
    co_await alarm_.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw aborted();
  }

 private:
  /// Who has as much time as the query hears from it.
  void set_deadline(Deadline deadline) {
    deadline_ = deadline;
    if (deadline.at() < flight_->deadline->at()) alarm_.expires_at(deadline.at());
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<Flight> flight_;
  asio::steady_timer alarm_;
  std::chrono::nanoseconds allowed_;
  bool joined_late_;
  std::optional<Deadline> deadline_;  ///< nothing while the flight waits for a place
  std::list<Waiter*>::iterator place_;
};

/// Shared with the questions and the queries, so that it lasts as long as the last of them.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::any_io_executor executor, std::unique_ptr<Resolver> asked, SharingLimits limits,
       telemetry::Telemetry& telemetry, const Clock& clock)
      : executor_(std::move(executor)),
        asked_(std::move(asked)),
        places_(std::max<std::size_t>(limits.in_flight, 1)),
        telemetry_(telemetry),
        clock_(clock),
        kept_(limits.kept_answers, limits.oldest_answer) {}

  static asio::awaitable<DnsAnswer> query(std::shared_ptr<Core> self, std::string name, QueryType type,
                                          Deadline deadline) {
    const DnsQuestion question{ascii::to_lower(name), type};
    for (;;) {
      self->require_open();
      if (auto known = self->kept_.find(question, self->clock_.mono_now())) {
        self->telemetry_.dns_question_shared(Sharing::Reused);
        co_return *std::move(known);
      }
      const auto flight = self->flight_of(question, name);
      Waiter waiter(self, flight, deadline);
      self->fill_places();
      while (!flight->ended()) {
        co_await waiter.wait();
        self->require_open();
        if (!flight->ended() && waiter.is_late()) co_return timed_out();
      }
      if (flight->failure) std::rethrow_exception(flight->failure);
      // Two rounds at most: the query of the second one begins after this question.
      if (is_timeout(*flight->answer) && waiter.joined_late() && !deadline.passed()) continue;
      if (waiter.is_alone()) co_return *std::move(flight->answer);
      co_return *flight->answer;
    }
  }

  const asio::any_io_executor& executor() const { return executor_; }

  /// Nobody waits for it any more. A query keeps its place until it has ended.
  void abandon(Flight& flight) {
    if (closed_) return;
    flights_.erase(flight.question);
    if (flight.deadline) {
      flight.cancel.emit(asio::cancellation_type::terminal);
    } else {
      row_.erase(flight.in_row);
    }
  }

  void close() {
    closed_ = true;
    for (; in_flight_ > 0; --in_flight_) telemetry_.dns_query_ended();
    for (const auto& [question, flight] : flights_) wake(*flight);
    flights_.clear();
    row_.clear();
    asked_.reset();
  }

 private:
  /// Once the resolver is gone its telemetry may be, too.
  void require_open() const {
    if (closed_) throw aborted();
  }

  /// The one for this question, or a new one at the end of the row.
  std::shared_ptr<Flight> flight_of(const DnsQuestion& question, const std::string& name) {
    auto& flight = flights_[question];
    if (flight) {
      telemetry_.dns_question_shared(Sharing::Joined);
    } else {
      flight = std::make_shared<Flight>(question, name);
      flight->in_row = row_.insert(row_.end(), flight);
    }
    return flight;
  }

  void fill_places() {
    while (in_flight_ < places_ && !row_.empty()) {
      const auto next = std::move(row_.front());
      row_.pop_front();
      send(next);
    }
  }

  void send(const std::shared_ptr<Flight>& flight) {
    ++in_flight_;
    telemetry_.dns_query_sent();
    const auto& waiters = flight->waiters;
    const auto most_patient = std::max_element(
        waiters.begin(), waiters.end(), [](const auto* a, const auto* b) { return a->allowed() < b->allowed(); });
    flight->sent = clock_.mono_now();
    flight->deadline = Deadline::after((*most_patient)->allowed());
    for (Waiter* waiter : waiters) waiter->set_out();
    asio::co_spawn(
        executor_, asked_->query(flight->name, flight->question.type, *flight->deadline),
        asio::bind_cancellation_slot(flight->cancel.slot(),
                                     [self = shared_from_this(), flight](std::exception_ptr failure, DnsAnswer answer) {
                                       self->land(*flight, std::move(failure), std::move(answer));
                                     }));
  }

  /// Never from within send(): co_spawn posts the end of what ends at once.
  void land(Flight& flight, std::exception_ptr failure, DnsAnswer answer) {
    if (closed_) return;
    --in_flight_;
    telemetry_.dns_query_ended();
    if (!flight.waiters.empty()) {
      flights_.erase(flight.question);
      if (failure) {
        flight.failure = std::move(failure);
      } else {
        kept_.keep(flight.question, answer, flight.sent, clock_.mono_now());
        flight.answer = std::move(answer);
      }
      wake(flight);
    }
    fill_places();
  }

  static void wake(const Flight& flight) {
    for (Waiter* waiter : flight.waiters) waiter->wake();
  }

  asio::any_io_executor executor_;
  std::unique_ptr<Resolver> asked_;
  const std::size_t places_;
  telemetry::Telemetry& telemetry_;  ///< not touched once the resolver is gone; nor is the clock
  const Clock& clock_;
  KeptAnswers kept_;
  std::unordered_map<DnsQuestion, std::shared_ptr<Flight>, QuestionHash> flights_;  ///< that somebody waits for
  std::list<std::shared_ptr<Flight>> row_;                                          ///< those that wait for a place
  std::size_t in_flight_ = 0;
  bool closed_ = false;
};

Waiter::Waiter(std::shared_ptr<Core> core, std::shared_ptr<Flight> flight, Deadline deadline)
    : core_(std::move(core)),
      flight_(std::move(flight)),
      alarm_(core_->executor(), MonoTime::max()),
      allowed_(deadline.remaining()),
      joined_late_(flight_->deadline.has_value()),
      place_(flight_->waiters.insert(flight_->waiters.end(), this)) {
  if (joined_late_) set_deadline(deadline);
}

Waiter::~Waiter() {
  flight_->waiters.erase(place_);
  if (flight_->waiters.empty() && !flight_->ended()) core_->abandon(*flight_);
}

class SharedResolver final : public Resolver {
 public:
  explicit SharedResolver(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~SharedResolver() override { core_->close(); }

  asio::awaitable<DnsAnswer> query(std::string name, QueryType type, Deadline deadline) override {
    return Core::query(core_, std::move(name), type, deadline);
  }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<Resolver> make_shared_resolver(asio::any_io_executor executor, std::unique_ptr<Resolver> asked,
                                               SharingLimits limits, telemetry::Telemetry& telemetry,
                                               const Clock& clock) {
  return std::make_unique<SharedResolver>(
      std::make_shared<Core>(std::move(executor), std::move(asked), limits, telemetry, clock));
}

}  // namespace mta_sts::net
