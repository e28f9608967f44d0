#include "exporter/schedule/cadence.h"

#include <algorithm>
#include <cstdint>

namespace mta_sts::schedule {
namespace {

Span scaled(Span span, double factor) {
  return Span(static_cast<Span::rep>(static_cast<double>(span.count()) * factor));
}

}  // namespace

double spread_of(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // FNV's low bits are its best; a multiplication brings them to the top, where the share is taken from.
  hash *= 0x9e3779b97f4a7c15;
  return static_cast<double>(hash >> 11) / 9007199254740992.0;  // 2^53
}

Span Cadence::after_success(Look look, double spread) const {
  switch (look) {
    case Look::First:
      return interval + scaled(interval, spread / 2);
    case Look::Later:
      return interval;
  }
  return interval;
}

Span Cadence::after_failure(unsigned failures, double spread) const {
  Span delay = std::min(retry, interval);
  for (unsigned i = 1; i < failures && delay < interval; ++i) delay = std::min(delay * 2, interval);
  return scaled(delay, 1 - spread / 10);
}

Span first_look_gap(std::size_t objects, unsigned rate, Span interval) {
  const Span by_rate = Span(std::chrono::seconds(1)) / std::max(rate, 1u);
  if (objects == 0) return by_rate;
  return std::min(by_rate, interval / static_cast<Span::rep>(objects));
}

}  // namespace mta_sts::schedule
