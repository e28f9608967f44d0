#include "exporter/web/gate.h"

#include <string>
#include <utility>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace asio = boost::asio;

namespace {

Response not_authorized() {
  Response refused = text_response(401, "Unauthorized\n");
  refused.headers.emplace_back("WWW-Authenticate", R"(Basic realm="mta_sts_exporter", charset="UTF-8")");
  return refused;
}

Response busy() {
  Response refused = text_response(503, "Too many passwords wait to be compared.\n");
  refused.headers.emplace_back("Retry-After", "5");
  return refused;
}

}  // namespace

// The request is the session's, which outlives the coroutine.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
asio::awaitable<std::optional<Response>> Gate::refusal(const Request& request) {
  auto config = file_.current(log_);
  if (!within_rate(*config)) co_return text_response(429, "Too Many Requests\n");
  if (config->users.empty()) co_return std::nullopt;
  auto given = parse_basic(request.header("Authorization"));
  if (!given) co_return not_authorized();
  switch (co_await passwords_.check(std::move(*given), std::move(config))) {
    case PasswordCheck::Verdict::Right:
      co_return std::nullopt;
    case PasswordCheck::Verdict::Wrong:
      co_return not_authorized();
    case PasswordCheck::Verdict::Busy:
      co_return busy();
  }
  co_return not_authorized();
}

void Gate::add_headers(Fields& headers) {
  const auto config = file_.current(log_);
  for (const auto& header : config->headers) {
    std::erase_if(headers, [&](const auto& field) { return ascii::same(field.first, header.first); });
    headers.push_back(header);
  }
}

bool Gate::within_rate(const Config& config) {
  if (!config.rate_limit) {
    limiter_.reset();
    return true;
  }
  if (!limiter_ || limiter_->limit() != *config.rate_limit) limiter_.emplace(*config.rate_limit);
  return limiter_->take(std::chrono::steady_clock::now());
}

}  // namespace mta_sts::web
