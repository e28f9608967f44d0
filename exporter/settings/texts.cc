#include "exporter/settings/texts.h"

#include <algorithm>

#include "exporter/base/ascii.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/quote.h"
#include "exporter/settings/limits.h"
#include "exporter/settings/units.h"

namespace mta_sts::settings {
namespace {

constexpr std::string_view kProxySchemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};

tl::unexpected<Bad> bad(std::string found, std::string expected) {
  return tl::unexpected(Bad{std::move(found), std::move(expected)});
}

bool all_visible(std::string_view text) { return std::all_of(text.begin(), text.end(), ascii::is_visible); }

std::string_view scheme_of(std::string_view url) {
  const auto end = url.find("://");
  return end == std::string_view::npos ? std::string_view() : url.substr(0, end);
}

/// What a message may show of a URL: its scheme.
std::string shown_scheme(std::string_view url) {
  const auto scheme = scheme_of(url);
  return scheme.empty() ? "has no scheme" : "has the scheme " + formats::quoted(scheme);
}

bool is_address_literal(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  constexpr std::string_view kSix = "IPv6:";
  const bool six = ascii::same(text.substr(0, kSix.size()), kSix);
  const auto address = parse_ip(six ? text.substr(kSix.size()) : text);
  return address && address->is_v6() == six;
}

}  // namespace

Read<std::string> read_domain_file(const YamlNode& node) {
  const std::string expected = "a path that ends in .yml, .yaml or .json, with * in its last part only";
  auto text = Text{expected}(node);
  if (!text) return text;
  const auto slash = text->rfind('/');
  const auto folder = slash == std::string::npos ? std::string_view() : std::string_view(*text).substr(0, slash);
  const bool ending = text->ends_with(".yml") || text->ends_with(".yaml") || text->ends_with(".json");
  if (!ending || folder.find('*') != std::string_view::npos) return bad(what_is(node), expected);
  return text;
}

Read<std::string> read_http_url(const YamlNode& node) {
  const std::string expected = "a URL such as https://cmdb.example.net/mail-domains";
  auto text = Text{expected}(node);
  if (!text) return text;
  const auto scheme = scheme_of(*text);
  if (scheme != "http" && scheme != "https") return bad(shown_scheme(*text), expected);
  const auto rest = std::string_view(*text).substr(scheme.size() + 3);
  if (rest.empty() || rest[0] == '/' || !all_visible(rest)) return bad("has no valid host or path", expected);
  return text;
}

Read<boost::asio::ip::udp::endpoint> read_dns_server(const YamlNode& node) {
  const auto server = node.is_text() ? parse_dns_server(node.text) : std::nullopt;
  if (!server) return bad(what_is(node), std::string(kDnsServerForm));
  return *server;
}

Read<IpPrefix> read_prefix(const YamlNode& node) {
  const std::string expected = "a CIDR block such as 192.0.2.0/24 or 2001:db8::/32";
  if (!node.is_text()) return bad(what_is(node), expected);
  auto prefix = IpPrefix::parse(node.text);
  if (prefix) return std::move(*prefix);
  const bool host_bits = prefix.error().message.ends_with("after the prefix length");
  return bad(what_is(node), host_bits ? expected + " without bits after the prefix length" : expected);
}

Read<std::string> read_user_agent(const YamlNode& node) {
  const auto expected = "1 to " + std::to_string(kMaxUserAgent) + " printable ASCII characters";
  auto text = Text{expected}(node);
  if (!text) return text;
  const auto printable = [](char c) { return c == ' ' || ascii::is_visible(c); };
  if (text->empty() || text->size() > kMaxUserAgent || !std::all_of(text->begin(), text->end(), printable)) {
    return bad(what_is(node), expected);
  }
  return text;
}

Read<std::string> read_proxy(const YamlNode& node) {
  const std::string expected =
      "[SCHEME://]HOST[:PORT] with http, https, socks4, socks4a, socks5 or socks5h, or nothing in quotes";
  auto text = Text{expected}(node);
  if (!text) return text;
  if (!all_visible(*text)) return bad("holds a blank or a character beyond ASCII", expected);
  const auto scheme = scheme_of(*text);
  const bool known = std::find(std::begin(kProxySchemes), std::end(kProxySchemes), scheme) != std::end(kProxySchemes);
  if (text->find("://") != std::string::npos && !known) return bad(shown_scheme(*text), expected);
  return text;
}

Read<std::string> read_helo_name(const YamlNode& node) {
  const std::string expected = "a host name such as probe.example.net, or an address such as [192.0.2.1]";
  auto text = Text{expected}(node);
  if (!text || text->empty() || is_address_literal(*text)) return text;
  const auto name = formats::DomainName::parse(*text);
  if (!name) return bad(what_is(node), expected);
  return name->text();
}

Read<std::string> read_path(const YamlNode& node) {
  const std::string expected = "the path of a file";
  auto text = Text{expected}(node);
  if (text && text->empty()) return bad(what_is(node), expected);
  return text;
}

Read<std::string> read_history_url(const YamlNode& node) {
  const std::string expected = "sqlite:///PATH, postgresql://... or memory:";
  auto text = Text{expected}(node);
  if (!text || *text == "memory:") return text;
  constexpr std::string_view kSqlite = "sqlite:///";
  constexpr std::string_view kPostgresql = "postgresql://";
  if (text->starts_with(kSqlite) && text->size() > kSqlite.size()) return text;
  if (text->starts_with(kPostgresql) && text->size() > kPostgresql.size()) return text;
  if (text->starts_with("sqlite:")) return bad("names no absolute path", expected);
  return bad(shown_scheme(*text), expected);
}

Read<std::string> FamilyName::operator()(const YamlNode& node) const {
  const std::string expected = "the name of a family such as mta_sts_check_ok";
  auto text = Text{expected}(node);
  if (!text) return text;
  const auto name_char = [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '_'; };
  const bool name = text->starts_with("mta_sts_") && std::all_of(text->begin(), text->end(), name_char);
  if (!name || (!known.empty() && std::find(known.begin(), known.end(), *text) == known.end())) {
    return bad(what_is(node), expected);
  }
  return text;
}

}  // namespace mta_sts::settings
