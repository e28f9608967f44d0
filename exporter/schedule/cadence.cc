#include "exporter/schedule/cadence.h"

#include <algorithm>
#include <cstdint>

#include "exporter/base/hash.h"

namespace mta_sts::schedule {
namespace {

constexpr int kHeldIntervals = 3;
/// What a scrape of a large fleet, or a moment without a processor, makes late is no reason to change a gap.
constexpr std::chrono::seconds kLate{5};
constexpr int kLateShare = 10;
constexpr std::chrono::minutes kLeastHold{15};

Span scaled(Span span, double factor) {
  return Span(static_cast<Span::rep>(static_cast<double>(span.count()) * factor));
}

}  // namespace

double spread_of(std::string_view key) {
  // FNV's low bits are its best; a multiplication brings them to the top, where the share is taken from.
  const std::uint64_t hash = fnv1a(key) * 0x9e3779b97f4a7c15;
  return static_cast<double>(hash >> 11) / 9007199254740992.0;  // 2^53
}

Span Cadence::after_success(Look look, Span late, double spread) const {
  switch (look) {
    case Look::First:
      return interval + scaled(interval, spread / 2);
    case Look::Later:
      return late > std::min<Span>(interval / kLateShare, kLate) ? interval + scaled(std::min(late, interval), spread)
                                                                 : interval;
  }
  return interval;
}

Span Cadence::after_failure(unsigned failures, double spread) const {
  Span delay = std::min(retry, interval);
  for (unsigned i = 1; i < failures && delay < interval; ++i) delay = std::min(delay * 2, interval);
  return scaled(delay, 1 - spread / 10);
}

WaitsFor waits_for(Look look, MonoTime begun, MonoTime due, Span interval) {
  const bool whole = look == Look::Later && begun != MonoTime() && due - begun >= interval;
  return whole ? WaitsFor::Interval : WaitsFor::Sooner;
}

MonoTime moved(MonoTime due, WaitsFor waits_for, const Cadence& before, const Cadence& after, MonoTime now,
               double spread) {
  const auto interval = std::chrono::duration_cast<MonoTime::duration>(after.interval);
  if (after.interval < before.interval) return due > now + interval ? now + spread_over(interval, spread) : due;
  if (waits_for == WaitsFor::Sooner) return due;
  return due + spread_over(std::chrono::duration_cast<MonoTime::duration>(after.interval - before.interval), spread);
}

Span stretched_interval(Span interval, std::size_t names, Span gap) {
  return std::max(interval, gap * static_cast<Span::rep>(names));
}

MonoTime::duration spread_over(MonoTime::duration span, double share) {
  return std::chrono::duration_cast<MonoTime::duration>(scaled(span, share));
}

std::chrono::milliseconds hold_of(std::chrono::milliseconds configured, Span interval) {
  if (configured.count() > 0) return configured;
  return std::chrono::ceil<std::chrono::milliseconds>(std::max<Span>(kHeldIntervals * interval, kLeastHold));
}

Span first_look_gap(std::size_t objects, unsigned rate, Span interval) {
  const Span by_rate = Span(std::chrono::seconds(1)) / std::max(rate, 1u);
  if (objects == 0) return by_rate;
  return std::min(by_rate, interval / static_cast<Span::rep>(objects));
}

}  // namespace mta_sts::schedule
