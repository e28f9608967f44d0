#include "exporter/commands/exporter_client.h"

#include <chrono>
#include <ostream>
#include <sstream>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/net/http_get.h"
#include "exporter/settings/settings.h"

namespace mta_sts::commands {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{30};
/// A domain of many MX hosts, with every certificate and policy text, has some MiB.
constexpr std::size_t kMaxAnswer = 16 * 1024 * 1024;
constexpr std::size_t kMaxShown = 300;  ///< octets of what the other side says of an error
constexpr long kOk = 200;
constexpr long kUnauthorized = 401;
constexpr long kNotFound = 404;

std::string without_end_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// The exporter itself says it in JSON; whoever else answers there, in another way.
bool is_of_an_exporter(const net::HttpReply& reply) { return reply.content_type.starts_with("application/json"); }

}  // namespace

ExporterClient::ExporterClient(std::string url, std::optional<std::string> ca_file)
    : url_(without_end_slash(std::move(url))), shown_url_(net::without_user(url_)), ca_file_(std::move(ca_file)) {}

Result<std::optional<json::object>> ExporterClient::get(const std::string& path) const {
  const auto reply = net::http_get_now(
      {url_ + "/api/v1/" + path, {}, settings::default_user_agent(), ca_file_, kMaxAnswer, kPatience});
  if (!reply) return failed(reply.error().message);
  if (reply->status == kUnauthorized) return failed("it wants a user and a password: http://USER:PASSWORD@HOST");
  if (reply->status == kNotFound && is_of_an_exporter(*reply)) return std::optional<json::object>();
  if (reply->status == kNotFound) return failed("no exporter answers at this path (404); is a route prefix missing?");
  if (reply->status != kOk) return failed("it answered " + std::to_string(reply->status));
  auto object = parsed(reply->body);
  if (!object) return tl::unexpected(object.error());
  return std::optional(*std::move(object));
}

Result<json::object> ExporterClient::parsed(const std::string& body) const {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return failed("the answer is not that of an exporter");
  return value.as_object();
}

tl::unexpected<Error> ExporterClient::failed(const std::string& why) const {
  return fail("cannot ask " + shown_url_ + ": " + printable(why, kMaxShown));
}

void write_text_of(const json::object& answer, std::ostream& out) {
  const json::value* text = answer.if_contains("text");
  if (text == nullptr || !text->is_string()) return;
  std::istringstream lines{std::string(text->get_string())};
  for (std::string line; std::getline(lines, line);) out << printable(line) << '\n';
}

}  // namespace mta_sts::commands
