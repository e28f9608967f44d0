#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exporter/base/result.h"
#include "exporter/history/store.h"
#include "exporter/history/writer.h"

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

}  // namespace mta_sts::daemon
