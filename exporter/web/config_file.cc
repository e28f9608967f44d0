#include "exporter/web/config_file.h"

#include <algorithm>
#include <utility>

namespace mta_sts::web {

Result<ConfigFile> ConfigFile::open(std::string path) {
  ConfigFile file(std::move(path));
  if (file.path_.empty()) return file;
  auto reading = read_config(file.path_);
  if (!reading.config) return tl::unexpected(reading.config.error());
  file.files_ = std::move(reading.files);
  file.config_ = std::make_shared<const Config>(std::move(*reading.config));
  return file;
}

std::shared_ptr<const Config> ConfigFile::current(telemetry::Log& log) {
  if (!changed()) return config_;
  const auto taken = take(read_config(path_));
  if (taken) {
    log.info("the web configuration changed and was read", {{"file", path_}});
  } else {
    log.error("the web configuration changed and is bad; the old one stays", {{"error", taken.error().message}});
  }
  return config_;
}

bool ConfigFile::changed() const {
  return std::any_of(files_.begin(), files_.end(), [](const FileStamp& file) { return file != stamp_of(file.path); });
}

/// A lock that is gone may be a file that is half written: it is taken off by a restart only.
bool ConfigFile::unlocks(const Config& next) const {
  if (!config_->users.empty() && next.users.empty()) return true;
  return config_->tls && next.tls && next.tls->client_auth() < config_->tls->client_auth();
}

Result<void> ConfigFile::take(ConfigReading reading) {
  files_ = std::move(reading.files);
  if (!reading.config) return tl::unexpected(reading.config.error());
  if ((reading.config->tls == nullptr) != (config_->tls == nullptr)) {
    return fail(path_ + ": tls_server_config came or went; expected a restart for a change between HTTP and HTTPS");
  }
  if (unlocks(*reading.config)) {
    return fail(path_ + ": basic_auth_users went, or client_auth_type became weaker; expected a restart for that");
  }
  config_ = std::make_shared<const Config>(std::move(*reading.config));
  return {};
}

}  // namespace mta_sts::web
