#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/history/store.h"
#include "exporter/telemetry/log.h"

namespace mta_sts::history {

/// Takes what is to be remembered. From every worker's thread; never blocks on the database.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// False: nothing is kept, so that documents need not be made.
  virtual bool keeps() const { return true; }
  /// Documents that are empty are unchanged: only the beat moves. The latest of an object wins.
  virtual void record(StoredDomain domain) = 0;
  virtual void record(StoredEndpoint endpoint) = 0;
  /// The stored past of a domain cannot be read: nothing is recorded of it, so that it stays as it is.
  virtual void cannot_read(const std::string& domain, const Error& error) = 0;
};

/// For history.url memory: and for tests.
class NullRecorder final : public Recorder {
 public:
  bool keeps() const override { return false; }
  void record(StoredDomain) override {}
  void record(StoredEndpoint) override {}
  void cannot_read(const std::string&, const Error&) override {}
};

/// What mta_sts_exporter_history_* shows.
struct WriterStatus {
  std::uint64_t errors = 0;
  std::size_t queue_length = 0;  ///< objects of which a change waits, or is being written
  /// Every document recorded before it is stored, and every beat but those of the last kBeatEvery; moves only after
  /// COMMIT.
  std::optional<WallTime> last_write;
};

inline constexpr std::chrono::seconds kFlushEvery{1};
inline constexpr std::chrono::seconds kBeatEvery{60};
inline constexpr std::chrono::seconds kFirstRetry{1};  ///< doubles with each failure
inline constexpr std::chrono::minutes kLongestRetry{1};
/// So long the clock must have run evenly before anything is forgotten: only then have the domains that are still
/// looked at moved their beats. After a long stop of the daemon, or a jump of the clock, they would be taken for
/// forgotten ones, and documents that did not change are not written again.
inline constexpr std::chrono::hours kForgetAfter{1};
inline constexpr std::chrono::hours kForgetEvery{24};
inline constexpr std::chrono::seconds kStopGrace{3};
inline constexpr std::size_t kMaxRows = 2000;  ///< of each kind in one transaction

/// The thread that owns the only writing session. What waits is at most one row an object (the queue is bounded by the
/// number of domains and endpoints); documents are written within kFlushEvery, beats within kBeatEvery. A store that
/// fails is opened anew with back-off and gets everything that waited.
class Writer final : public Recorder {
 public:
  struct Options {
    std::string url;
    std::chrono::seconds retention{0};
    /// For tests to shorten.
    std::chrono::milliseconds flush_every = kFlushEvery;
    std::chrono::milliseconds beat_every = kBeatEvery;
    std::chrono::milliseconds first_retry = kFirstRetry;
    std::chrono::milliseconds longest_retry = kLongestRetry;
    std::chrono::milliseconds forget_after = kForgetAfter;
    std::chrono::milliseconds stop_grace = kStopGrace;
  };
  /// What the store held, if it could not be opened before: called once, on the writer's thread, before anything is
  /// written. Until it was joined with what is stored, nothing of a domain may be recorded.
  using OnRecovered = std::function<void(std::vector<StoredDomain>)>;

  /// `store`: the session that start-up read from; nullptr if that failed.
  Writer(Options options, std::unique_ptr<Store> store, const Clock& clock, telemetry::Log& log,
         OnRecovered on_recovered);
  ~Writer() override;

  void start();
  /// Writes what waits, for kStopGrace at most, and joins the thread. One that hangs in the database by then is left
  /// behind: it touches nothing of ours any more.
  void stop();

  void record(StoredDomain domain) override;
  void record(StoredEndpoint endpoint) override;
  void cannot_read(const std::string& domain, const Error& error) override;
  /// The latest list of a source.
  void keep_list(const std::string& name, std::string body);
  WriterStatus status() const;
  /// For who reads the store by itself: what was recorded before is in it. False: not within the limit.
  bool wait_until_stored(std::chrono::milliseconds limit);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // also the thread's
  std::thread thread_;
};

}  // namespace mta_sts::history
