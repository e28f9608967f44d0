#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/base/file_stamp.h"
#include "exporter/targets/domain_list.h"

namespace mta_sts::targets {

/// The files of one glob of domain_files. One that cannot be read or is bad keeps the domains that it had, and all of
/// them do while their folder cannot be read; one that is gone has none.
class DomainFiles {
 public:
  DomainFiles(std::string glob, unsigned max_labels) : glob_(std::move(glob)), max_labels_(max_labels) {}

  const std::string& glob() const { return glob_; }
  /// Where it is another limit all files are read anew.
  void set_max_labels(unsigned max_labels);

  struct Refreshed {
    bool changed = false;
    std::vector<std::string> errors;  ///< each once, until it is another
  };
  /// Reads what changed since the last time. `now` counts as a success where every file is good.
  Refreshed refresh(WallTime now);

  /// By path.
  std::vector<DomainList> lists() const;
  SourceStatus status() const;
  /// The folders whose changes may matter; those that exist.
  std::vector<std::string> folders() const;

 private:
  struct File {
    FileStamp stamp;
    std::vector<Shared<settings::DomainSetting>> domains;
    std::string error;  ///< "": it is good
  };
  bool good() const;
  Result<std::vector<std::string>> paths() const;
  void fail_once(std::string& known, const std::string& error, Refreshed& refreshed);
  void read(const std::string& path, File& file, Refreshed& refreshed);

  std::string glob_;
  unsigned max_labels_;
  std::map<std::string, File> files_;
  std::string error_;  ///< of the folder; "": it could be read
  std::optional<WallTime> last_success_;
  std::size_t errors_ = 0;
};

}  // namespace mta_sts::targets
