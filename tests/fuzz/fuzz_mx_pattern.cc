#include <algorithm>

#include "exporter/formats/mx_pattern.h"
#include "fuzz_target.h"

using mta_sts::formats::MxPattern;
using mta_sts::fuzz::require;

/// The pattern, a line feed, the host.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = mta_sts::fuzz::as_text(data, size);
  const auto cut = std::min(text.find('\n'), text.size());
  const auto host = text.substr(std::min(cut + 1, text.size()));
  const auto pattern = MxPattern::parse(text.substr(0, cut));
  if (!pattern) {
    require(pattern.error().message.size() < 1024, "messages are bounded");
    return 0;
  }
  require(MxPattern::parse(pattern->text()) == *pattern, "a pattern parses to itself");
  const bool matches = pattern->matches(host);
  if (!pattern->wildcard()) return 0;
  const auto domain = pattern->text().substr(2);
  require(!pattern->matches(domain), "the wildcard is no empty label");
  require(!pattern->matches("a.b." + domain), "the wildcard is no two labels");
  if (matches) require(host.find('*') == std::string_view::npos, "no host has a star");
  return 0;
}
