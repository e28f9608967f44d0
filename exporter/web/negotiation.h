#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/metrics/exposition.h"

namespace mta_sts::web {

/// Pure: what a client asks for in its header fields. Whatever cannot be read is passed over, never refused.

using metrics::Exposition;

struct ExpositionChoice {
  Exposition format = Exposition::Text004;
  std::string content_type;
};

/// The exposition for an Accept field. The weightier of the two formats wins, on a tie the one listed first; a wildcard
/// alone, nothing acceptable or no field gives the text format 0.0.4, as Prometheus' own library does. The other
/// formats (protobuf, text 1.0.0, OpenMetrics 0.0.1) are not offered. `escaping` is named in the answer when it was in
/// the request: metric and label names here need none, so that the text is the same under every scheme but `dots`.
ExpositionChoice choose_exposition(std::string_view accept);

enum class Coding {
  Identity,
  Gzip,      ///< wanted, where it is worth it
  OnlyGzip,  ///< identity is refused
};

/// The content coding for an Accept-Encoding field. gzip only when asked for; identity when nothing fits.
Coding choose_coding(std::string_view accept_encoding);

inline constexpr std::chrono::hours kMaxScrapeTimeout{1};
/// X-Prometheus-Scrape-Timeout-Seconds, capped at kMaxScrapeTimeout; nothing when it is no positive number.
std::optional<std::chrono::milliseconds> parse_scrape_timeout(std::string_view text);

}  // namespace mta_sts::web
