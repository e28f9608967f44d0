#include "exporter/schedule/worker.h"

#include <algorithm>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace mta_sts::schedule {
namespace {

namespace asio = boost::asio;

constexpr MonoTime::rep kNothingDue = MonoTime::max().time_since_epoch().count();

MonoTime::rep rep_of(std::optional<MonoTime> at) { return at ? at->time_since_epoch().count() : kNothingDue; }

}  // namespace

Worker::Worker(const Surroundings& around, const ClientFactory& make_clients,
               std::shared_ptr<const net::EgressGuard> guard, const formats::PublicSuffixes& suffixes,
               WorkerOptions options)
    : around_(around),
      concurrency_(options.concurrency),
      work_(asio::make_work_guard(io_)),
      wake_(io_),
      stop_timer_(io_),
      suffixes_(suffixes),
      domains_(around, nullptr, options.domains),
      endpoints_(around, nullptr, options.endpoints),
      oldest_due_domain_(kNothingDue),
      oldest_due_endpoint_(kNothingDue),
      longest_endpoint_interval_(endpoints_.longest_interval().count()) {
  // Posted: who waits is in the middle of a look.
  waits_->grown = [this] { asio::post(io_, [this] { pump(); }); };
  take(make_probing(make_clients, std::move(guard), options), options);
}

std::shared_ptr<Worker::Probing> Worker::make_probing(const ClientFactory& make_clients,
                                                      std::shared_ptr<const net::EgressGuard> guard,
                                                      const WorkerOptions& options) {
  Clients clients = make_clients(io_.get_executor(), waits_);
  auto& resolver = *clients.resolver;
  auto& fetcher = *clients.fetcher;
  auto& smtp = *clients.smtp;
  const net::EgressGuard& judge = *guard;
  return std::make_shared<Probing>(Probing{
      std::move(clients), std::move(guard),
      probe::DomainProber(resolver, fetcher, judge, net::has_route, suffixes_, around_.clock, options.domain_probe),
      probe::EndpointProber(smtp, judge, around_.clock, options.smtp_timeout)});
}

void Worker::take(const std::shared_ptr<Probing>& probing, const WorkerOptions& options) {
  concurrency_ = options.concurrency;
  reserved_ = options.domains.smtp == judge::SmtpLooks::Enabled ? concurrency_ / 4 : 0;
  domains_.apply({probing, &probing->domains}, options.domains);
  endpoints_.apply({probing, &probing->endpoints}, options.endpoints);
}

void Worker::apply(ClientFactory make_clients, std::shared_ptr<const net::EgressGuard> guard, WorkerOptions options) {
  asio::post(io_, [=, this, make_clients = std::move(make_clients), guard = std::move(guard)]() mutable {
    if (stopping_) return;
    take(make_probing(make_clients, std::move(guard), options), options);
    pump();
  });
}

Worker::~Worker() {
  stop();
  waits_->grown = [] {};  // looks that were given up go with the io_context
}

void Worker::start() {
  asio::post(io_, [this] { pump(); });
  thread_ = std::thread([this] { io_.run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    wake_.cancel();
    for (auto& look : in_flight_) look.emit(asio::cancellation_type::terminal);
    stop_timer_.expires_after(kStopGrace);
    stop_timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      around_.log.warn("a look did not end when it was cancelled");
      io_.stop();
    });
    finish_stop();
  });
  thread_.join();
}

/// The clients keep the io_context busy with their sockets: they go when the last look has ended.
void Worker::finish_stop() {
  if (!stopping_ || !in_flight_.empty()) return;
  domains_.drop_prober();
  endpoints_.drop_prober();
  stop_timer_.cancel();
  work_.reset();
}

void Worker::recall(const std::vector<history::StoredEndpoint>& endpoints) { endpoints_.recall(endpoints); }

std::vector<std::string> Worker::recall(const std::vector<Recalled>& domains, Span overdue_gap) {
  std::vector<std::string> placed;
  for (const auto& [setting, stored] : domains) {
    if (domains_.recall(setting, stored, overdue_gap)) placed.push_back(stored.name);
  }
  return placed;
}

void Worker::join_past(std::vector<history::StoredDomain> domains) {
  asio::post(io_, [this, domains = std::move(domains)] { domains_.join_past(domains); });
}

void Worker::add_domain(std::shared_ptr<const judge::DomainSetting> setting, MonoTime due, FirstPass pass) {
  asio::post(io_, [this, setting = std::move(setting), due, pass = std::move(pass)]() mutable {
    domains_.add(std::move(setting), due, std::move(pass));
    pump();
  });
}

void Worker::change(DomainChange change) {
  asio::post(io_, [this, change = std::move(change)]() mutable {
    domains_.change(std::move(change));
    pump();
  });
}

void Worker::forget_mx_hosts(std::vector<std::string> names) {
  asio::post(io_, [this, names = std::move(names)] { endpoints_.forget_mx_hosts(names); });
}

void Worker::see_endpoint(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) {
  asio::post(io_, [=, this, mx = std::move(mx), address = std::move(address), pass = std::move(pass)]() mutable {
    endpoints_.see(std::move(mx), std::move(address), named, std::move(pass), standing);
    pump();
  });
}

void Worker::rejudge(std::vector<std::string> domains, FirstPass pass) {
  rejudge_next(std::make_shared<const std::vector<std::string>>(std::move(domains)), 0, std::move(pass));
}

/// In parts: an MX host of 50,000 domains shall not keep the others waiting for seconds.
void Worker::rejudge_next(std::shared_ptr<const std::vector<std::string>> domains, std::size_t begin, FirstPass pass) {
  asio::post(io_, [this, domains = std::move(domains), begin, pass = std::move(pass)]() mutable {
    const std::size_t end = std::min(begin + kRejudgedAtOnce, domains->size());
    for (std::size_t i = begin; i < end; ++i) domains_.rejudge((*domains)[i]);
    if (end < domains->size() && !stopping_) rejudge_next(std::move(domains), end, std::move(pass));
  });
}

void Worker::look_now(std::string domain, std::function<void(bool)> answer) {
  asio::post(io_, [this, domain = std::move(domain), answer = std::move(answer)]() mutable {
    domains_.look_now(domain, std::move(answer));
    pump();
  });
}

void Worker::ask_domain(std::string name, std::function<void(std::optional<judge::KnownDomain>)> answer) {
  asio::post(io_, [this, name = std::move(name), answer = std::move(answer)] { answer(domains_.known(name)); });
}

void Worker::ask_endpoint(std::string mx, IpAddress address,
                          std::function<void(std::optional<judge::EndpointObservation>)> answer) {
  asio::post(io_, [this, mx = std::move(mx), address = std::move(address), answer = std::move(answer)] {
    answer(endpoints_.known(mx, address));
  });
}

Span Worker::lag(telemetry::ProbeKind kind, MonoTime now) const {
  const auto& oldest = kind == telemetry::ProbeKind::Domain ? oldest_due_domain_ : oldest_due_endpoint_;
  const MonoTime::rep due = oldest.load(std::memory_order_relaxed);
  return due == kNothingDue ? Span::zero() : std::max(Span::zero(), now - MonoTime(MonoTime::duration(due)));
}

void Worker::note_due() {
  oldest_due_domain_.store(rep_of(domains_.due().next()), std::memory_order_relaxed);
  oldest_due_endpoint_.store(rep_of(endpoints_.due().next()), std::memory_order_relaxed);
  paused_addresses_.store(endpoints_.paused_addresses(), std::memory_order_relaxed);
  waiting_domains_.store(waits_->looks(), std::memory_order_relaxed);
  longest_endpoint_interval_.store(endpoints_.longest_interval().count(), std::memory_order_relaxed);
}

bool Worker::is_full() const { return domains_at_work() + endpoints_in_flight_ >= concurrency_; }

/// For one more look of a kind that has so many at work.
bool Worker::has_room(std::size_t at_work) const { return !is_full() && at_work < concurrency_ - reserved_; }

std::size_t Worker::domains_at_work() const {
  return domains_in_flight_ - std::min({waits_->looks(), kMaxWaits, domains_in_flight_});
}

/// Starts what is due, then sleeps until the next is. Runs after everything that changes what is due or ends a look.
void Worker::pump() {
  if (stopping_) return;
  domains_.forget_guests();
  const MonoTime now = around_.clock.mono_now();
  while (start_next(now)) {
  }
  note_due();
  const auto next = std::min({next_domain(), next_endpoint(), rep_of(domains_.next_departure())});
  if (next == kNothingDue) return;  // or there is no room: the end of a look pumps, and so does one that begins to wait
  wake_.expires_at(MonoTime(MonoTime::duration(next)));
  wake_.async_wait([this](boost::system::error_code error) {
    if (!error) pump();
  });
}

MonoTime::rep Worker::next_domain() const {
  return has_room(domains_at_work()) ? rep_of(domains_.due().next()) : kNothingDue;
}

MonoTime::rep Worker::next_endpoint() const {
  return has_room(endpoints_in_flight_) ? rep_of(endpoints_.due().next()) : kNothingDue;
}

/// Takes the earliest due of both kinds, where there is room for it; tells whether there was one.
bool Worker::start_next(MonoTime now) {
  const auto domain = next_domain();
  const auto endpoint = next_endpoint();
  if (domain == kNothingDue && endpoint == kNothingDue) return false;
  return domain <= endpoint ? begin_next(domains_, domains_in_flight_, now)
                            : begin_next(endpoints_, endpoints_in_flight_, now);
}

template <typename Looks>
bool Worker::begin_next(Looks& looks, std::size_t& in_flight, MonoTime now) {
  const auto due = looks.due().next();
  const auto item = looks.due().pop_due(now);
  if (!due || !item) return false;
  (*item)->late = now - *due;
  if (looks.may_begin(*item)) begin(looks, *item, in_flight);
  return true;
}

template <typename Looks, typename Item>
void Worker::begin(Looks& looks, Item* item, std::size_t& in_flight) {
  item->in_flight = true;
  ++in_flight;
  const auto signal = in_flight_.emplace(in_flight_.end());
  const auto on_end = [this, &looks, &in_flight, item, signal](const std::exception_ptr& failure) {
    in_flight_.erase(signal);
    --in_flight;
    if (stopping_) {
      finish_stop();
      return;
    }
    if (failure) log_bug(failure);
    looks.ended(item);
    pump();
  };
  asio::co_spawn(io_, looks.look(item), asio::bind_cancellation_slot(signal->slot(), on_end));
}

/// Facts about the world never end a look by an exception (docs/developer-notes.md): this is a bug of ours.
void Worker::log_bug(const std::exception_ptr& failure) {
  around_.telemetry.internal_error();
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    around_.log.error("internal error: a look was ended by an exception", {{"error", error.what()}});
  } catch (...) {
    around_.log.error("internal error: a look was ended by an unknown exception");
  }
}

}  // namespace mta_sts::schedule
