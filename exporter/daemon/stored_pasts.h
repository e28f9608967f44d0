#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/guarded.h"
#include "exporter/base/result.h"
#include "exporter/history/store.h"
#include "exporter/history/writer.h"
#include "exporter/schedule/scheduler.h"

namespace mta_sts::daemon {

/// What the history has of domains that come while it is written. Asks the store when first asked itself, after what
/// was recorded before is in it; blocks for kPatience at most.
class StoredPasts {
 public:
  static constexpr std::chrono::seconds kPatience{5};

  /// `writer` nullptr: there is no history. Outlives this.
  StoredPasts(history::Writer* writer, std::string url) : writer_(writer), url_(std::move(url)) {}

  /// An error: it cannot be told what is stored, so that nothing may be recorded of the domain.
  Result<std::optional<history::StoredDomain>> of(const std::string& domain);
  /// The first one.
  const std::string& error() const { return error_; }

 private:
  Result<std::unique_ptr<history::Store>> open() const;
  tl::unexpected<Error> failed(const Error& error);

  history::Writer* writer_;
  std::string url_;
  std::optional<Result<std::unique_ptr<history::Store>>> store_;
  std::string error_;
};

/// A history that could not be read at start is joined when it can be. Domains that come before do not wait for it, as
/// those that were there do not: nothing of them is recorded until then, and what is stored of them is joined with the
/// rest.
class LatePast {
 public:
  /// Before the scheduler starts.
  void await(schedule::Scheduler& scheduler);
  /// On the writer's thread, once.
  void join(schedule::Scheduler& scheduler, std::vector<history::StoredDomain> domains);
  /// As Scheduler::watch(): new domains begin where `stored` says, unless the past is still awaited.
  schedule::Scheduler::Watched watch(schedule::Scheduler& scheduler,
                                     const std::vector<Shared<settings::DomainSetting>>& domains, StoredPasts& stored);

 private:
  /// Held while domains are handed to the workers and while the past is: whoever comes without one is there to be
  /// joined, whoever comes later asks the store.
  Guarded<bool> awaited_{false};
};

}  // namespace mta_sts::daemon
