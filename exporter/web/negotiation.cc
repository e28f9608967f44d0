#include "exporter/web/negotiation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace {

constexpr int kFullWeight = 1000;

/// One element of Accept or Accept-Encoding; names in lower case.
struct Range {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  int weight = kFullWeight;  ///< q in thousandths

  std::string_view parameter(std::string_view wanted) const {
    for (const auto& [key, value] : parameters) {
      if (key == wanted) return value;
    }
    return {};
  }
};

/// Splits at `separator` outside of quoted strings.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      parts.push_back(ascii::trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(ascii::trim(text.substr(std::min(begin, text.size()))));
  return parts;
}

std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string plain;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    plain.push_back(text[i]);
  }
  return plain;
}

/// RFC 9110 §12.4.2: "0" or "1" with at most three decimals.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * kFullWeight;
  int place = kFullWeight / 10;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!ascii::is_digit(c)) return std::nullopt;
    weight += (c - '0') * place;
    place /= 10;
  }
  if (weight > kFullWeight) return std::nullopt;
  return weight;
}

std::optional<Range> parse_range(std::string_view text) {
  const auto parts = split(text, ';');
  Range range{.name = ascii::to_lower(parts.front()), .parameters = {}};
  if (range.name.empty()) return std::nullopt;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    auto key = ascii::to_lower(ascii::trim(parts[i].substr(0, equals)));
    auto value = unquote(ascii::trim(parts[i].substr(equals + 1)));
    if (key != "q") {
      range.parameters.emplace_back(std::move(key), std::move(value));
      continue;
    }
    const auto weight = parse_weight(value);
    if (!weight) return std::nullopt;
    range.weight = *weight;
  }
  return range;
}

std::vector<Range> parse_ranges(std::string_view field) {
  std::vector<Range> ranges;
  for (const auto part : split(field, ',')) {
    if (auto range = parse_range(part)) ranges.push_back(std::move(*range));
  }
  return ranges;
}

/// A format that we can send, as Accept names it.
struct Offer {
  std::string_view type;
  std::string_view subtype_wildcard;
  std::string_view version;
};
constexpr Offer kText{"text/plain", "text/*", "0.0.4"};
constexpr Offer kOpenMetrics{"application/openmetrics-text", "application/*", "1.0.0"};

enum class Match { None, Any, SubtypeWildcard, Type, TypeAndVersion };

Match match(const Range& range, const Offer& offer) {
  if (range.name == "*/*") return Match::Any;
  if (range.name == offer.subtype_wildcard) return Match::SubtypeWildcard;
  if (range.name != offer.type) return Match::None;
  const auto version = range.parameter("version");
  if (version.empty()) return Match::Type;
  return version == offer.version ? Match::TypeAndVersion : Match::None;
}

struct Standing {
  int weight = 0;
  Match match = Match::None;
  std::size_t place = 0;
  std::string escaping;
};

/// RFC 9110 §12.5.1: the most specific range decides over the weight of a type.
Standing standing(const std::vector<Range>& ranges, const Offer& offer) {
  Standing best;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto found = match(ranges[i], offer);
    if (found <= best.match) continue;
    best = {ranges[i].weight, found, i, std::string(ranges[i].parameter("escaping"))};
  }
  return best;
}

bool prefers_open_metrics(const Standing& open_metrics, const Standing& text) {
  if (open_metrics.weight != text.weight) return open_metrics.weight > text.weight;
  // `Accept: */*` of curl or a browser says nothing about the two: text, which a person can read in any browser.
  if (open_metrics.weight == 0 || open_metrics.match < Match::Type) return false;
  return text.match < Match::Type || open_metrics.place < text.place;
}

std::string open_metrics_type(const std::string& escaping) {
  std::string type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  if (escaping.empty()) return type;
  // The client's word is never copied into the answer. `dots` would double every underscore: underscores instead.
  constexpr std::array<std::string_view, 2> kUnchanged{"allow-utf-8", "values"};
  const auto known = std::find(kUnchanged.begin(), kUnchanged.end(), escaping);
  return type.append("; escaping=").append(known == kUnchanged.end() ? "underscores" : *known);
}

}  // namespace

ExpositionChoice choose_exposition(std::string_view accept) {
  const auto ranges = parse_ranges(accept);
  const auto open_metrics = standing(ranges, kOpenMetrics);
  if (prefers_open_metrics(open_metrics, standing(ranges, kText))) {
    return {Exposition::OpenMetrics100, open_metrics_type(open_metrics.escaping)};
  }
  return {Exposition::Text004, "text/plain; version=0.0.4; charset=utf-8"};
}

Coding choose_coding(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  for (const auto& range : parse_ranges(accept_encoding)) {
    // RFC 9110 §8.4.1.3: x-gzip means gzip.
    if (range.name == "gzip" || range.name == "x-gzip") gzip = std::max(gzip.value_or(0), range.weight);
    if (range.name == "identity") identity = range.weight;
    if (range.name == "*") any = range.weight;
  }
  const int gzip_weight = gzip.value_or(any.value_or(0));
  if (gzip_weight == 0) return Coding::Identity;
  // RFC 9110 §12.5.3: identity is acceptable unless it is excluded by its name or by "*;q=0".
  if (identity ? *identity == 0 : any == 0) return Coding::OnlyGzip;
  return identity.value_or(0) > gzip_weight ? Coding::Identity : Coding::Gzip;
}

std::optional<std::chrono::milliseconds> parse_scrape_timeout(std::string_view text) {
  const auto number = ascii::trim(text);
  double seconds = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), seconds);
  if (failure != std::errc() || end != number.data() + number.size()) return std::nullopt;
  if (!std::isfinite(seconds) || seconds <= 0) return std::nullopt;
  const std::chrono::duration<double> capped(
      std::min(seconds, std::chrono::duration<double>(kMaxScrapeTimeout).count()));
  return std::chrono::ceil<std::chrono::milliseconds>(capped);
}

}  // namespace mta_sts::web
