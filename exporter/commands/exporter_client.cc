#include "exporter/commands/exporter_client.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/base/version.h"

namespace mta_sts::commands {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kConnectPatience{10};
/// A domain of many MX hosts, with every certificate and policy text, has some MiB.
constexpr std::size_t kMaxAnswer = 16 * 1024 * 1024;
constexpr std::size_t kMaxShown = 300;  ///< octets of what the other side says of an error
constexpr long kOk = 200;
constexpr long kUnauthorized = 401;
constexpr long kNotFound = 404;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) {
    throw std::runtime_error("libcurl does not take option " + std::to_string(option));
  }
}

std::string without_user(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto end = std::min(url.find('/', begin), url.size());
  const auto at = url.rfind('@', end);
  return at == std::string::npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1);
}

std::string without_end_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// The exporter itself says it in JSON; whoever else answers there, in another way.
bool is_of_an_exporter(CURL* easy) {
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  return type != nullptr && std::string_view(type).starts_with("application/json");
}

}  // namespace

ExporterClient::ExporterClient(std::string url, const std::optional<std::string>& ca_file)
    : url_(without_end_slash(std::move(url))), shown_url_(without_user(url_)), easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  CURL* easy = easy_.get();
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_USERAGENT, ("mta_sts_exporter/" + std::string(version())).c_str());
  // Both always set: otherwise the environment's are used.
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(kConnectPatience.count()));
  set(easy, CURLOPT_TIMEOUT, static_cast<long>(kPatience.count()));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (ca_file) {
    set(easy, CURLOPT_CAINFO, ca_file->c_str());
    set(easy, CURLOPT_CAPATH, nullptr);
  }
  set(easy, CURLOPT_ERRORBUFFER, error_.data());
  set(easy, CURLOPT_WRITEFUNCTION, &ExporterClient::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
}

std::size_t ExporterClient::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  std::string& body = static_cast<ExporterClient*>(self)->body_;
  const std::size_t octets = size * count;
  if (body.size() + octets > kMaxAnswer) return 0;
  try {
    body.append(data, octets);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return octets;
}

Result<std::optional<json::object>> ExporterClient::get(const std::string& path) {
  body_.clear();
  error_.front() = '\0';
  set(easy_.get(), CURLOPT_URL, (url_ + "/api/v1/" + path).c_str());
  const CURLcode code = curl_easy_perform(easy_.get());
  if (code == CURLE_WRITE_ERROR) return failed("the answer has more than " + std::to_string(kMaxAnswer) + " octets");
  if (code != CURLE_OK) return failed(error_.front() != '\0' ? error_.data() : curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == kUnauthorized) return failed("it wants a user and a password: http://USER:PASSWORD@HOST");
  const bool of_an_exporter = is_of_an_exporter(easy_.get());
  if (status == kNotFound && of_an_exporter) return std::optional<json::object>();
  if (status == kNotFound) return failed("no exporter answers at this path (404); is a route prefix missing?");
  if (status != kOk) return failed("it answered " + std::to_string(status));
  auto object = parsed();
  if (!object) return tl::unexpected(object.error());
  return std::optional(*std::move(object));
}

Result<json::object> ExporterClient::parsed() const {
  boost::system::error_code error;
  const json::value value = json::parse(body_, error);
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
