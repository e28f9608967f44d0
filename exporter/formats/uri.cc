#include "exporter/formats/uri.h"

#include <algorithm>

#include "exporter/base/ascii.h"
#include "exporter/base/ip.h"
#include "exporter/formats/domain_name.h"

namespace mta_sts::formats {
namespace {

constexpr std::string_view kSubDelims = "!$&'()*+,;=";

constexpr bool is_hex(char c) { return ascii::is_digit(c) || (ascii::to_lower(c) >= 'a' && ascii::to_lower(c) <= 'f'); }
constexpr bool is_unreserved(char c) { return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
constexpr bool is_sub_delim(char c) { return kSubDelims.find(c) != std::string_view::npos; }

/// *( unreserved / pct-encoded / sub-delims / any of `more` )
bool consists_of(std::string_view text, std::string_view more) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_unreserved(c) && !is_sub_delim(c) && more.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view scheme) {
  return !scheme.empty() && ascii::is_alpha(scheme.front()) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return ascii::is_alnum(c) || c == '+' || c == '-' || c == '.';
  });
}

/// IP-literal = "[" ( IPv6address / IPvFuture ) "]"
bool is_ip_literal(std::string_view inside) {
  if (!inside.empty() && ascii::to_lower(inside.front()) == 'v') {
    const auto dot = inside.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == inside.size()) return false;
    const auto version = inside.substr(1, dot - 1);
    const auto rest = inside.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), is_hex) && rest.find('%') == std::string_view::npos &&
           consists_of(rest, ":");
  }
  const bool plain =
      std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  return plain && inside.find(':') != std::string_view::npos && parse_ip(inside);
}

/// authority = [ userinfo "@" ] host [ ":" port ]; gives the host.
std::optional<std::string_view> parse_authority(std::string_view authority) {
  if (const auto at = authority.find('@'); at != std::string_view::npos) {
    if (!consists_of(authority.substr(0, at), ":")) return std::nullopt;
    authority.remove_prefix(at + 1);
  }
  std::string_view host;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos || !is_ip_literal(authority.substr(1, close - 1))) return std::nullopt;
    host = authority.substr(0, close + 1);
  } else {
    host = authority.substr(0, authority.find(':'));
    if (!consists_of(host, "")) return std::nullopt;
  }
  const auto port = authority.substr(host.size());
  const bool fits = port.empty() || (port[0] == ':' && std::all_of(port.begin() + 1, port.end(), ascii::is_digit));
  if (!fits) return std::nullopt;
  return host;
}

int hex_value(char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; }

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return plain;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

}  // namespace

std::optional<Uri> parse_uri(std::string_view text) {
  // RFC 3986 §3: URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ].
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return std::nullopt;
  Uri uri;
  uri.scheme = text.substr(0, colon);
  auto rest = text.substr(colon + 1);
  if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
    if (!consists_of(rest.substr(hash + 1), ":@/?")) return std::nullopt;
    rest = rest.substr(0, hash);
  }
  if (const auto question = rest.find('?'); question != std::string_view::npos) {
    if (!consists_of(rest.substr(question + 1), ":@/?")) return std::nullopt;
    rest = rest.substr(0, question);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    uri.authority = rest.substr(0, slash);
    const auto host = parse_authority(*uri.authority);
    if (!host) return std::nullopt;
    uri.host = *host;
    rest.remove_prefix(slash);
  }
  if (!consists_of(rest, ":@/")) return std::nullopt;
  uri.path = rest;
  return uri;
}

bool is_mailto_address(const Uri& uri) {
  if (!ascii::same(uri.scheme, "mailto") || uri.authority) return false;
  // RFC 6068 §2: an "@" of the local part is encoded, so the one that stands open divides the address.
  const auto at = uri.path.find('@');
  if (at == 0 || at == std::string_view::npos) return false;
  const auto domain = decoded(uri.path.substr(at + 1));
  const bool literal = domain.starts_with('[') && domain.ends_with(']');
  return !has_control(decoded(uri.path.substr(0, at))) && (literal || DomainName::parse(domain));
}

bool is_https_with_host(const Uri& uri) { return ascii::same(uri.scheme, "https") && !uri.host.empty(); }

}  // namespace mta_sts::formats
