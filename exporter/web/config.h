#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/file_stamp.h"
#include "exporter/base/result.h"
#include "exporter/web/bcrypt.h"
#include "exporter/web/http.h"
#include "exporter/web/tls_context.h"

namespace mta_sts::web {

/// `--web.config.file`: the format of Prometheus' exporter-toolkit, strict. What this server does not do is refused,
/// and so is what the toolkit would take for nothing (docs/web.md).

inline constexpr std::size_t kMostConfigOctets = 1024 * 1024;  ///< of the file, and of each certificate file
inline constexpr std::size_t kMostUsers = 1000;
inline constexpr std::size_t kMostAllowedSans = 1000;
inline constexpr std::size_t kMostUserName = 256;      ///< octets
inline constexpr std::size_t kMostHeaderValue = 2048;  ///< octets
inline constexpr unsigned kMostBurst = 1'000'000;
inline constexpr std::chrono::milliseconds kLongestRateInterval{std::chrono::hours(1)};

using Users = std::map<std::string, BcryptHash, std::less<>>;

struct RateLimit {
  std::chrono::milliseconds interval{0};  ///< one request more each
  unsigned burst = 0;                     ///< requests at once after a rest
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct Config {
  std::shared_ptr<TlsContext> tls;  ///< nullptr: plain HTTP
  Fields headers;                   ///< set on every answer
  Users users;                      ///< empty: no password is asked for
  std::optional<RateLimit> rate_limit;
};

/// One reading of the file and of those it names.
struct ConfigReading {
  std::vector<FileStamp> files;  ///< as they were before they were read, also of a reading that failed
  Result<Config> config;         ///< an error names every fault: FILE:LINE:COLUMN: found; expected
};

ConfigReading read_config(const std::string& path);

}  // namespace mta_sts::web
