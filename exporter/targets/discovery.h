#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/settings/settings.h"
#include "exporter/targets/catalogue.h"
#include "exporter/telemetry/log.h"

namespace mta_sts::targets {

/// What a configuration says of where domains come from.
struct Sources {
  std::vector<Shared<settings::DomainSetting>> domains;  ///< of the configuration itself: they count first
  std::vector<std::string> files;                        ///< globs
  std::vector<settings::DomainUrl> urls;
  unsigned max_labels = 0;  ///< of a domain
  std::string ca_file;      ///< for URLs
};

/// The texts of lists that were fetched last, by URL without its secrets: for the next process, while a URL does not
/// answer.
using KeptLists = std::map<std::string, std::string>;

/// Keeps the catalogue up to date on a thread of its own: files are watched, URLs asked at their intervals. A source
/// that fails keeps the domains that it had.
class Discovery {
 public:
  /// InPart: what was left out is to be told again at the next look.
  enum class Taken { Whole, InPart };
  struct Listeners {
    std::function<Taken(Catalogue)> changed;                              ///< the whole, after each change
    std::function<void(const std::string& name, std::string text)> keep;  ///< a new list, as in KeptLists
  };

  Discovery(const Clock& clock, telemetry::Log& log, KeptLists kept);
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  /// Before start(): reads the files, and takes what was kept of the URLs; asks nobody.
  Catalogue read(Sources sources);
  /// The listeners are called on its thread from now on, for changes only.
  void start(Listeners listeners);
  /// From any thread: other sources. Those that stay keep their lists, also where a secret of a URL changes. The
  /// listener hears of it.
  void apply(Sources sources);
  void stop();

  /// From any thread.
  std::vector<SourceStatus> status() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace mta_sts::targets
