#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

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
};

/// For history.url memory: and for tests.
class NullRecorder final : public Recorder {
 public:
  bool keeps() const override { return false; }
  void record(StoredDomain) override {}
  void record(StoredEndpoint) override {}
};

/// What mta_sts_exporter_history_* shows.
struct WriterStatus {
  std::uint64_t errors = 0;
  std::size_t queue_length = 0;
  /// Everything recorded before it is stored; moves only after COMMIT.
  std::optional<WallTime> last_write;
};

/// The thread that owns the only writing session. What waits is at most one row an object (the queue is bounded by the
/// number of domains and endpoints); documents are written within kFlushEvery, beats within kBeatEvery. A store that
/// fails is opened anew with back-off and gets everything that waited.
class Writer final : public Recorder {
 public:
  struct Options {
    std::string url;
    std::chrono::seconds retention;
  };
  /// What the store held, if it could not be opened before: called once, on the writer's thread, before anything is
  /// written, so that nothing stored is overwritten unread.
  using OnRecovered = std::function<void(std::vector<StoredDomain>)>;

  /// `store`: the session that start-up read from; nullptr if that failed.
  Writer(Options options, std::unique_ptr<Store> store, const Clock& clock, telemetry::Log& log,
         OnRecovered on_recovered);
  ~Writer() override;

  void start();
  /// Writes what waits, at the latest for kStopGrace, and joins the thread.
  void stop();

  void record(StoredDomain domain) override;
  void record(StoredEndpoint endpoint) override;
  WriterStatus status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mta_sts::history
