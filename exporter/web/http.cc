#include "exporter/web/http.h"

#include <cstddef>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace {

enum class Plus { Literal, Space };

int hex_digit(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char lower = ascii::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::Space) c = ' ';
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail("bad percent-encoding in the request target");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) return fail("control character in the request target");
    decoded.push_back(c);
  }
  return decoded;
}

/// RFC 9112 §3.2.2: a server must accept the absolute form, which clients send to proxies. "" when there is no path.
std::string_view without_authority(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.empty() || target.front() == '/' || scheme == std::string_view::npos) return target;
  const auto rest = target.substr(scheme + 3);
  const auto path = rest.find_first_of("/?#");
  return path == std::string_view::npos ? std::string_view{} : rest.substr(path);
}

Result<Fields> parse_query(std::string_view text) {
  Fields query;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), Plus::Space);
    if (!name) return tl::unexpected(name.error());
    auto value =
        equals == std::string_view::npos ? Result<std::string>("") : decode(pair.substr(equals + 1), Plus::Space);
    if (!value) return tl::unexpected(value.error());
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace

std::string Request::header(std::string_view name) const {
  std::string joined;
  for (const auto& [field, value] : headers) {
    if (!ascii::same(field, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += value;
  }
  return joined;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response text_response(unsigned status, std::string text) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .headers = {},
          .body = std::make_shared<const std::string>(std::move(text))};
}

Result<Target> parse_target(std::string_view target) {
  if (target == "*") return Target{.path = "*", .query = {}};
  auto rest = without_authority(target);
  // RFC 9112 §3.2: a target has no fragment; clients that send one mean the part before it.
  rest = rest.substr(0, rest.find('#'));
  const auto mark = rest.find('?');
  auto path = decode(rest.substr(0, mark), Plus::Literal);
  if (!path) return tl::unexpected(path.error());
  if (path->empty()) path->push_back('/');
  if (path->front() != '/') return fail("the request target is no path");
  auto query = parse_query(mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1));
  if (!query) return tl::unexpected(query.error());
  return Target{.path = std::move(*path), .query = std::move(*query)};
}

}  // namespace mta_sts::web
