#include "exporter/history/writer.h"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "exporter/base/clock_watch.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/history/waiting.h"

namespace mta_sts::history {
namespace {

using Steady = std::chrono::steady_clock;

/// Up to kMaxRows of the end of `rows`; they are kept until they are stored.
template <typename Row>
std::vector<Row> last_rows(const std::vector<Row>& rows) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(rows.size(), kMaxRows));
  return {rows.end() - count, rows.end()};
}

template <typename Row>
void drop_last(std::vector<Row>& rows) {
  rows.resize(rows.size() - std::min(rows.size(), kMaxRows));
}

}  // namespace

struct Writer::Impl {
  Impl(Options options_taken, std::unique_ptr<Store> opened, const Clock& wall, telemetry::Log& lines,
       OnRecovered recovered)
      : options(std::move(options_taken)),
        store(std::move(opened)),
        clock(wall),
        log(lines),
        on_recovered(std::move(recovered)),
        was_read(store != nullptr),
        retry_after(options.first_retry),
        clock_watch(options.forget_after) {}

  // The thread's own.
  const Options options;
  std::unique_ptr<Store> store;
  const Clock& clock;
  telemetry::Log& log;
  const OnRecovered on_recovered;
  bool was_read;  // what the store held is known to the others
  bool failing = false;
  std::chrono::milliseconds retry_after;
  Steady::time_point retry_at, beats_at;
  ClockWatch clock_watch;
  std::optional<MonoTime> forgot_at;

  // Shared.
  mutable std::mutex mutex;
  std::condition_variable changed;
  Waiting<StoredDomain> domains;
  Waiting<StoredEndpoint> endpoints;
  StoredLists lists;
  WriterStatus known;  // its queue_length: what is being written
  bool stopping = false;
  Steady::time_point stop_by;
  bool outside = false;    // the thread is in the clock, the log or the callback
  bool abandoned = false;  // it must not go there any more
  bool ended = false;
  bool told_unreadable = false;

  void run();
  void end();
  bool wait();
  void step();
  void last_step();

  bool open();
  bool recover();
  bool flush(bool with_beats);
  bool write(Batch& taken);
  bool out_of_time() const;
  Batch take(bool with_beats);
  void give_back(Batch batch);
  void forget_old();

  void failed(const Error& error);
  void worked();
  struct Moment {
    WallTime wall;
    MonoTime mono;
  };
  std::optional<Moment> now();
  template <typename Use>
  bool go_outside(Use&& use);
};

/// Runs what belongs to others, unless they are gone: stop() waits for it to end.
template <typename Use>
bool Writer::Impl::go_outside(Use&& use) {
  {
    const std::lock_guard lock(mutex);
    if (abandoned) return false;
    outside = true;
  }
  use();
  const std::lock_guard lock(mutex);
  outside = false;
  changed.notify_all();
  return true;
}

std::optional<Writer::Impl::Moment> Writer::Impl::now() {
  std::optional<Moment> moment;
  go_outside([&] { moment = {clock.wall_now(), clock.mono_now()}; });
  return moment;
}

void Writer::Impl::run() {
  beats_at = Steady::now() + options.beat_every;
  while (wait()) step();
  last_step();
  end();
}

void Writer::Impl::end() {
  store.reset();
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

/// Whether there is to be another step.
bool Writer::Impl::wait() {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, options.flush_every, [&] { return stopping; });
  return !stopping;
}

void Writer::Impl::step() {
  const auto time = Steady::now();
  if (failing && time < retry_at) return;
  if (!open()) return;
  if (!was_read) {
    if (recover()) worked();
    return;
  }
  const bool with_beats = time >= beats_at;
  if (!flush(with_beats)) return;
  if (with_beats) beats_at = time + options.beat_every;
  forget_old();
}

void Writer::Impl::last_step() {
  if (was_read && open()) flush(true);
}

bool Writer::Impl::open() {
  if (store) return true;
  auto opened = Store::open(options.url, Access::ReadWrite);
  if (!opened) {
    failed(opened.error());
    return false;
  }
  store = *std::move(opened);
  return true;
}

bool Writer::Impl::recover() {
  auto held = store->domains();
  if (!held) {
    failed(held.error());
    return false;
  }
  was_read = go_outside([&] {
    if (on_recovered) on_recovered(*std::move(held));
  });
  return was_read;
}

bool Writer::Impl::flush(bool with_beats) {
  const auto taken_at = now();
  if (!taken_at) return false;
  Batch taken = take(with_beats);
  if (taken.empty() && !failing) return true;
  const bool is_new = !taken.empty();
  if (!write(taken)) {
    give_back(std::move(taken));
    return false;
  }
  worked();
  if (is_new) {
    const std::lock_guard lock(mutex);
    known.last_write = taken_at->wall;
  }
  return true;
}

/// Leaves in `taken` what is not stored.
bool Writer::Impl::write(Batch& taken) {
  while (!taken.empty()) {
    if (out_of_time()) return false;
    const auto done = store->write({last_rows(taken.domains), last_rows(taken.endpoints), taken.lists});
    if (!done) {
      failed(done.error());
      return false;
    }
    drop_last(taken.domains);
    drop_last(taken.endpoints);
    taken.lists.clear();
    const std::lock_guard lock(mutex);
    known.queue_length = taken.domains.size() + taken.endpoints.size();
  }
  return true;
}

bool Writer::Impl::out_of_time() const {
  const std::lock_guard lock(mutex);
  return abandoned || (stopping && Steady::now() >= stop_by);
}

Batch Writer::Impl::take(bool with_beats) {
  const std::lock_guard lock(mutex);
  Batch taken{domains.take(with_beats), endpoints.take(with_beats), std::exchange(lists, {})};
  known.queue_length = taken.domains.size() + taken.endpoints.size();
  return taken;
}

void Writer::Impl::give_back(Batch batch) {
  const std::lock_guard lock(mutex);
  for (auto& row : batch.domains) domains.give_back(std::move(row));
  for (auto& row : batch.endpoints) endpoints.give_back(std::move(row));
  lists.merge(batch.lists);  // what came since is newer
  known.queue_length = 0;
}

/// Domains stay while a sender may hold what they served last: no policy is held for longer than kMaxPolicyAge.
void Writer::Impl::forget_old() {
  const auto time = now();
  if (!time || !clock_watch.believed(time->wall, time->mono)) return;
  if (forgot_at && time->mono - *forgot_at < kForgetEvery) return;
  const auto domains_kept = std::max(options.retention, formats::kMaxPolicyAge);
  const auto done = store->forget_before({time->wall - domains_kept, time->wall - options.retention});
  if (!done) return failed(done.error());
  forgot_at = time->mono;
}

/// One line when it begins, not one a try.
void Writer::Impl::failed(const Error& error) {
  store.reset();
  {
    const std::lock_guard lock(mutex);
    ++known.errors;
  }
  if (!std::exchange(failing, true)) {
    go_outside([&] {
      log.error("history cannot be written; it is kept in memory and tried again", {{"error", error.message}});
    });
  }
  retry_at = Steady::now() + retry_after;
  retry_after = std::min(retry_after * 2, options.longest_retry);
}

void Writer::Impl::worked() {
  retry_after = options.first_retry;
  if (std::exchange(failing, false)) go_outside([&] { log.info("history is written again"); });
}

Writer::Writer(Options options, std::unique_ptr<Store> store, const Clock& clock, telemetry::Log& log,
               OnRecovered on_recovered)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(store), clock, log, std::move(on_recovered))) {}

Writer::~Writer() { stop(); }

void Writer::start() {
  thread_ = std::thread([impl = impl_] { impl->run(); });
}

void Writer::stop() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(impl_->mutex);
  impl_->stopping = true;
  impl_->stop_by = Steady::now() + impl_->options.stop_grace;
  impl_->changed.notify_all();
  const auto& state = *impl_;
  const bool ended = impl_->changed.wait_until(lock, state.stop_by, [&] { return state.ended; });
  impl_->changed.wait(lock, [&] { return !state.outside; });
  impl_->abandoned = !ended && !state.ended;
  const bool left_behind = impl_->abandoned;
  const auto lost = state.domains.size() + state.endpoints.size() + state.known.queue_length;
  lock.unlock();
  if (left_behind) {
    thread_.detach();
  } else {
    thread_.join();
  }
  if (lost > 0) impl_->log.warn("history is not stored completely", {{"rows", std::to_string(lost)}});
}

void Writer::record(StoredDomain domain) {
  const std::lock_guard lock(impl_->mutex);
  impl_->domains.add(std::move(domain));
}

void Writer::record(StoredEndpoint endpoint) {
  const std::lock_guard lock(impl_->mutex);
  impl_->endpoints.add(std::move(endpoint));
}

/// One line, not one a domain.
void Writer::cannot_read(const std::string& domain, const Error& error) {
  bool told = false;
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->known.errors;
    told = std::exchange(impl_->told_unreadable, true);
  }
  if (told) return;
  impl_->log.error("the stored past of a domain, perhaps of more, cannot be read; it is left as it is",
                   {{"domain", domain}, {"error", error.message}});
}

void Writer::keep_list(const std::string& name, std::string body) {
  const std::lock_guard lock(impl_->mutex);
  impl_->lists.insert_or_assign(name, std::move(body));
}

bool Writer::wait_until_stored(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kPoll{20};
  const WallTime begin = impl_->clock.wall_now();
  const auto end = Steady::now() + limit;
  std::unique_lock lock(impl_->mutex);
  const auto stored = [&impl = *impl_, begin] {
    const bool nothing_waits = impl.domains.changes() + impl.endpoints.changes() + impl.known.queue_length == 0;
    return nothing_waits || (impl.known.last_write && *impl.known.last_write > begin);
  };
  while (!stored()) {
    if (Steady::now() >= end) return false;
    impl_->changed.wait_for(lock, kPoll);
  }
  return true;
}

WriterStatus Writer::status() const {
  const std::lock_guard lock(impl_->mutex);
  WriterStatus status = impl_->known;
  status.queue_length += impl_->domains.changes() + impl_->endpoints.changes();
  return status;
}

}  // namespace mta_sts::history
