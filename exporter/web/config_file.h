#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/base/result.h"
#include "exporter/telemetry/log.h"
#include "exporter/web/config.h"

namespace mta_sts::web {

/// The web configuration in force. Follows its file and the certificate files that it names without a restart: a
/// change is taken by the next connection or request. One thread.
class ConfigFile {
 public:
  /// Reads `path`; "" is no file: plain HTTP for everybody. Fails where the file is bad.
  static Result<ConfigFile> open(std::string path);

  /// Never null. Costs a stat() a file; reads only what changed. A change for the worse is logged once and keeps the
  /// state before it; so do one between plain HTTP and TLS, which clients do not expect of a running
  /// server, and one that asks for no password or for less of a client certificate any more.
  std::shared_ptr<const Config> current(telemetry::Log& log);

 private:
  explicit ConfigFile(std::string path) : path_(std::move(path)), config_(std::make_shared<const Config>()) {}
  bool changed() const;
  bool unlocks(const Config& next) const;
  Result<void> take(ConfigReading reading);

  std::string path_;
  std::vector<FileStamp> files_;  ///< of the last reading, good or bad
  std::shared_ptr<const Config> config_;
};

}  // namespace mta_sts::web
