#include "exporter/web/config.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "exporter/formats/quote.h"
#include "exporter/settings/file_text.h"
#include "exporter/settings/map_reader.h"
#include "exporter/web/read_tls.h"

namespace mta_sts::web {
namespace {

using settings::Bad;
using settings::Choice;
using settings::Faults;
using settings::MapReader;
using settings::Read;
using settings::YamlEntry;
using settings::YamlNode;

constexpr std::string_view kUsers = "basic_auth_users";

Read<bool> read_http2(const YamlNode& node) {
  auto value = settings::read_bool(node);
  if (value && *value) return tl::unexpected(Bad{"is true", "false: this server speaks HTTP/1.1 only"});
  return value;
}

Read<std::string> read_header_value(const YamlNode& node) {
  auto value = settings::Text{"a header value"}(node);
  if (value && value->size() > kMostHeaderValue) {
    return tl::unexpected(Bad{"has " + std::to_string(value->size()) + " octets",
                              "a header value of at most " + std::to_string(kMostHeaderValue)});
  }
  return value;
}

/// The five that exporter-toolkit knows, in its order. An empty value sets nothing.
Fields read_headers(MapReader section) {
  static const Choice<std::string, 2> kFrameOptions{{{{"deny", "deny"}, {"sameorigin", "sameorigin"}}}};
  static const Choice<std::string, 1> kTypeOptions{{{{"nosniff", "nosniff"}}}};
  Fields headers;
  const auto add = [&](const char* name, const auto& read) {
    auto value = section.get(name, read, std::string());
    if (!value.empty()) headers.emplace_back(name, std::move(value));
  };
  add("Content-Security-Policy", read_header_value);
  add("X-Frame-Options", kFrameOptions);
  add("X-Content-Type-Options", kTypeOptions);
  add("X-XSS-Protection", read_header_value);
  add("Strict-Transport-Security", read_header_value);
  section.refuse_rest();
  return headers;
}

Fields read_http(MapReader section) {
  section.get("http2", read_http2, false);
  auto headers = read_headers(section.section("headers"));
  section.refuse_rest();
  return headers;
}

/// Messages about users show names, never what stands behind them: it may be a password.
Read<BcryptHash> read_hash(const YamlNode& node) {
  static const std::string kExpected = "a bcrypt hash such as $2y$10$... of cost " + std::to_string(kLeastBcryptCost) +
                                       " to " + std::to_string(kMostBcryptCost) + " (htpasswd -nBC 10 \"\")";
  if (!node.is_text()) return tl::unexpected(Bad{settings::what_is(node), kExpected});
  auto hash = BcryptHash::parse(node.text);
  if (!hash) return tl::unexpected(Bad{hash.error().message, kExpected});
  return std::move(*hash);
}

/// RFC 7617 §2: a colon ends the name.
bool is_user_name(std::string_view name) {
  const auto refused = [](char c) { return c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= kMostUserName && std::none_of(name.begin(), name.end(), refused);
}

Users read_users(MapReader& top, Faults& faults) {
  Users users;
  const YamlEntry* const entry = top.find(kUsers);
  if (entry == nullptr) return users;
  const std::string expected = "a mapping of 1 to " + std::to_string(kMostUsers) + " user names to bcrypt hashes";
  if (entry->value.kind != YamlNode::Kind::Map) {
    top.refuse(*entry, Bad{entry->value.is_text() ? "is text" : settings::what_is(entry->value), expected});
    return users;
  }
  // An empty mapping would lock nothing, whatever its writer meant.
  const auto count = entry->value.entries.size();
  if (count == 0 || count > kMostUsers) top.refuse(*entry, Bad{"has " + std::to_string(count) + " users", expected});
  MapReader map(entry->value, std::string(kUsers), faults);
  for (const YamlEntry& user : entry->value.entries) {
    if (!is_user_name(user.key.text)) {
      faults.add(user.key.at, "the user name " + formats::quoted(user.key.text) + " is not valid; expected 1 to " +
                                  std::to_string(kMostUserName) + " octets without colon and control characters");
    }
    auto hash = read_hash(user.value);
    if (hash) {
      users.emplace(user.key.text, std::move(*hash));
    } else {
      map.refuse(user, hash.error());
    }
  }
  return users;
}

std::optional<RateLimit> read_rate_limit(MapReader& top, Faults& faults) {
  using std::chrono::milliseconds;
  const YamlEntry* const entry = top.find("rate_limit");
  if (entry == nullptr) return std::nullopt;
  MapReader section = top.section("rate_limit");
  RateLimit limit;
  limit.interval = section.get(
      "interval", settings::DurationOrZero{"no limit", {milliseconds(1), kLongestRateInterval}}, milliseconds(0));
  limit.burst = section.get("burst", settings::NumberIn{1, kMostBurst}, 1U);
  const bool whole = section.find("interval") != nullptr && section.find("burst") != nullptr;
  if (!whole && entry->value.kind == YamlNode::Kind::Map) {
    faults.add(entry->value.at, "rate_limit is not whole; expected both interval and burst");
  }
  section.refuse_rest();
  return limit.interval.count() == 0 ? std::nullopt : std::optional(limit);
}

Config read_root(const YamlNode& root, NamedFiles& files, Faults& faults) {
  MapReader top(root, "", faults);
  Config config;
  config.tls = read_tls(top, files, faults);
  config.headers = read_http(top.section("http_server_config"));
  config.users = read_users(top, faults);
  config.rate_limit = read_rate_limit(top, faults);
  top.refuse_rest();
  return config;
}

}  // namespace

ConfigReading read_config(const std::string& path) {
  NamedFiles files(std::filesystem::path(path).parent_path().string());
  const auto text = files.read(path);
  if (!text) return {files.stamps(), fail(path + ": " + text.error().message)};
  Faults faults(path);
  const auto root = settings::parse_mapping(*text, "tls_server_config", faults, {.octets = kMostConfigOctets});
  if (!root) return {files.stamps(), fail(faults.message())};
  auto config = read_root(*root, files, faults);
  if (!faults.empty()) return {files.stamps(), fail(faults.message())};
  return {files.stamps(), std::move(config)};
}

}  // namespace mta_sts::web
