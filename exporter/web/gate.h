#pragma once

#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "exporter/telemetry/log.h"
#include "exporter/web/config_file.h"
#include "exporter/web/http.h"
#include "exporter/web/password_check.h"
#include "exporter/web/rate_limiter.h"

namespace mta_sts::web {

/// What stands before every path, /-/healthy included, as the web configuration says: TLS, rate limit, passwords,
/// security headers. Web thread only.
class Gate {
 public:
  /// The log outlives it.
  Gate(ConfigFile file, telemetry::Log& log) : file_(std::move(file)), log_(log) {}

  /// For a new connection; nullptr: plain HTTP.
  std::shared_ptr<TlsContext> tls() { return file_.current(log_)->tls; }
  /// Why a request is not let through: 429, 401, or 503 where too many passwords wait to be compared.
  boost::asio::awaitable<std::optional<Response>> refusal(const Request& request);
  /// In place of what the answer itself says under these names.
  void add_headers(Fields& headers);

 private:
  static bool within_rate(const Config& config, std::optional<RateLimiter>& limiter);

  ConfigFile file_;
  telemetry::Log& log_;
  // A bucket for those who gave a right password before: what strangers ask for cannot keep Prometheus out.
  std::optional<RateLimiter> friends_;
  std::optional<RateLimiter> strangers_;
  PasswordCheck passwords_;
};

}  // namespace mta_sts::web
