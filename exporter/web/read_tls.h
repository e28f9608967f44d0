#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/base/file_stamp.h"
#include "exporter/base/result.h"
#include "exporter/settings/map_reader.h"
#include "exporter/web/tls_context.h"

namespace mta_sts::web {

/// The files of one reading: where relative names begin, and what each file was before it was read.
class NamedFiles {
 public:
  explicit NamedFiles(std::string folder) : folder_(std::move(folder)) {}

  /// Relative to the folder of the configuration, as in exporter-toolkit.
  std::string resolve(const std::string& name) const;
  /// Regular files only: reading anything else may wait for ever. The error goes on after the name of the file.
  Result<std::string> read(const std::string& path);
  const std::vector<FileStamp>& stamps() const { return stamps_; }

 private:
  std::string folder_;
  std::vector<FileStamp> stamps_;
};

/// `tls_server_config` with the files that it names; nullptr where it is absent. Faults are told with their place.
std::shared_ptr<TlsContext> read_tls(settings::MapReader& top, NamedFiles& files, settings::Faults& faults);

}  // namespace mta_sts::web
