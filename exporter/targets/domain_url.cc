#include "exporter/targets/domain_url.h"

#include <utility>

#include "exporter/base/ascii.h"
#include "exporter/net/http_get.h"
#include "exporter/settings/target_groups.h"

namespace mta_sts::targets {
namespace {

constexpr long kOk = 200;
constexpr long kNotModified = 304;

bool is_json(std::string_view content_type) {
  return ascii::same(ascii::trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

}  // namespace

DomainUrl::DomainUrl(std::string url, std::string name, Rules rules)
    : url_(std::move(url)), rules_(std::move(rules)), name_(std::move(name)) {}

bool DomainUrl::set_rules(Rules rules) {
  if (rules == rules_) return false;
  rules_ = std::move(rules);
  etag_.clear();
  last_modified_.clear();
  return true;
}

Result<void> DomainUrl::restore(const std::string& text) {
  auto domains = settings::parse_target_groups(text, name_, rules_.max_labels);
  if (!domains) return tl::unexpected(domains.error());
  domains_ = std::move(*domains);
  return {};
}

void DomainUrl::take_over(const DomainUrl& former) {
  domains_ = former.domains_;
  good_ = former.good_;
  last_success_ = former.last_success_;
  errors_ = former.errors_;
  taken_over_ = true;
}

boost::asio::awaitable<DomainUrl::Fetched> DomainUrl::fetch(std::shared_ptr<net::CurlMulti> multi, const Clock& clock) {
  net::HttpGet get{url_,    {"Accept: application/json"}, settings::default_user_agent(), rules_.ca_file, kMaxBody,
                   kTimeout};
  const auto interval = std::chrono::duration_cast<std::chrono::seconds>(rules_.refresh_interval).count();
  get.headers.push_back("X-Prometheus-Refresh-Interval-Seconds: " + std::to_string(interval));
  if (!etag_.empty()) get.headers.push_back("If-None-Match: " + etag_);
  if (!last_modified_.empty()) get.headers.push_back("If-Modified-Since: " + last_modified_);
  const bool conditional = !etag_.empty() || !last_modified_.empty();
  auto reply = co_await net::http_get(std::move(multi), std::move(get));
  const auto fresh = take(reply, conditional);
  good_ = fresh.has_value();
  if (!fresh) {
    ++errors_;
    co_return Fetched{std::nullopt, name_ + ": " + fresh.error().message};
  }
  last_success_ = clock.wall_now();
  if (!*fresh) co_return Fetched{};
  co_return Fetched{std::move(reply->body), std::nullopt};
}

/// Whether the list is a new one. What cannot be read changes nothing, its tags included.
Result<bool> DomainUrl::take(const Result<net::HttpReply>& reply, bool conditional) {
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status == kNotModified && conditional) return false;
  if (reply->status != kOk) return fail("it answered " + std::to_string(reply->status));
  if (!is_json(reply->content_type)) return fail("its Content-Type is no application/json");
  auto domains = settings::parse_target_groups(reply->body, name_, rules_.max_labels);
  if (!domains) return tl::unexpected(domains.error());
  etag_ = reply->etag;
  last_modified_ = reply->last_modified;
  const bool taken_over = std::exchange(taken_over_, false);
  if (domains_ == *domains && !taken_over) return false;
  domains_ = std::move(*domains);
  return true;
}

}  // namespace mta_sts::targets
