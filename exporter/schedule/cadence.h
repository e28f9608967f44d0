#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporter/base/clock.h"

namespace mta_sts::schedule {

using Span = std::chrono::nanoseconds;

/// A share of [0, 1) that belongs to a key for good: spreads objects without a random source.
double spread_of(std::string_view key);

enum class Look : std::uint8_t { First, Later };

/// When one object is looked at again. Pure: no clock, no state.
struct Cadence {
  Span interval;
  Span retry;  ///< after the first of several failed looks; doubles up to the interval

  /// From the begin of a look to the begin of the next. The gap after the first look is stretched by up to a half of
  /// the interval, so that objects first looked at together drift apart; later gaps are the interval itself, never
  /// less. A look that came `late` by more than 5 s, or a tenth of the interval, was one of many that waited (an
  /// outage, a process that was stopped or starved) and were then looked at together: the gap is stretched by up to as
  /// much, at most the interval.
  Span after_success(Look look, Span late, double spread) const;
  /// The same after `failures` failed looks in a row, 1 at least. Capped first, then shortened by up to a tenth, so
  /// that retries that hit the cap do not fall together.
  Span after_failure(unsigned failures, double spread) const;
};

/// What one object waits for.
enum class WaitsFor : std::uint8_t { Interval, Sooner };  ///< Sooner: a retry, a first look, what was recalled

/// `begun`: of its latest look, MonoTime() if this process made none.
WaitsFor waits_for(Look look, MonoTime begun, MonoTime due, Span interval);

/// Where an object belongs that was due at `due`, when `after` takes the place of `before`: nothing is due later than
/// a shorter interval from now; what waits for the end of an interval is spread over the time by which it is longer.
MonoTime moved(MonoTime due, WaitsFor waits_for, const Cadence& before, const Cadence& after, MonoTime now,
               double spread);

/// The time between two looks at one of `names` MX names at one address, where `gap` is between two connections to it.
Span stretched_interval(Span interval, std::size_t names, Span gap);

/// A key's place in a span: its share of it.
MonoTime::duration spread_over(MonoTime::duration span, double share);

/// probe.hold: 0 stands for three intervals of the kind, 15 minutes at least.
std::chrono::milliseconds hold_of(std::chrono::milliseconds configured, Span interval);

/// The time between the first looks of two objects: `rate` a second, or all within one interval, where that is faster.
Span first_look_gap(std::size_t objects, unsigned rate, Span interval);

}  // namespace mta_sts::schedule
