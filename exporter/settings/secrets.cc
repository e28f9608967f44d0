#include "exporter/settings/secrets.h"

#include <algorithm>

namespace mta_sts::settings {
namespace {

constexpr std::string_view kHidden = "***";

/// "user:password@rest": a password that was not percent-encoded may hold any character, also "@".
std::string without_password(std::string_view text) {
  const auto at = text.rfind('@');
  const auto colon = text.find(':');
  if (at == std::string_view::npos || colon > at) return std::string(text);
  return std::string(text.substr(0, colon + 1)).append(kHidden).append(text.substr(at));
}

std::string without_values(std::string_view query) {
  std::string shown;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto item = query.substr(0, end);
    const auto equals = item.find('=');
    shown += equals == std::string_view::npos ? std::string(kHidden)
                                              : std::string(item.substr(0, equals + 1)).append(kHidden);
    if (end == query.size()) break;
    shown += '&';
    query.remove_prefix(end + 1);
  }
  return shown;
}

}  // namespace

std::string without_secrets(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::string shown = std::string(url.substr(0, begin)) + without_password(url.substr(begin));
  const auto query = shown.find('?');
  if (query == std::string::npos) return shown;
  return shown.substr(0, query + 1) + without_values(std::string_view(shown).substr(query + 1));
}

}  // namespace mta_sts::settings
