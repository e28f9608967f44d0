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
  auto given = config->users.empty() ? std::nullopt : parse_basic(request.header("Authorization"));
  const bool is_friend = given && passwords_.remembers(*given, *config);
  if (!within_rate(*config, is_friend ? friends_ : strangers_)) co_return text_response(429, "Too Many Requests\n");
  if (config->users.empty() || is_friend) co_return std::nullopt;
  if (!given) co_return not_authorized();
  switch (co_await passwords_.check(std::move(*given), std::move(config), request.peer)) {
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

bool Gate::within_rate(const Config& config, std::optional<RateLimiter>& limiter) {
  if (!config.rate_limit) {
    limiter.reset();
    return true;
  }
  if (!limiter || limiter->limit() != *config.rate_limit) limiter.emplace(*config.rate_limit);
  return limiter->take(std::chrono::steady_clock::now());
}

}  // namespace mta_sts::web
