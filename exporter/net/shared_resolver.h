#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "exporter/base/clock.h"
#include "exporter/net/resolver.h"

namespace mta_sts::net {

/// Queries at once; more wait in the order in which they were asked. An ordinary look has four under way, and half of
/// the default probe.concurrency looks on each of two workers: it is met only when the resolvers are slow, and then
/// keeps them from being asked ever more.
inline constexpr std::size_t kMaxQueriesInFlight = 512;
/// However long a TTL is, an answer is given again for so long only.
inline constexpr std::chrono::milliseconds kOldestAnswer{60'000};
/// A few MB. Which hosts will be asked for again nobody knows, so that all are kept for a while; one that many domains
/// share is soon kept anew.
inline constexpr std::size_t kMaxKeptAnswers = 8192;

struct SharingLimits {
  std::size_t in_flight = kMaxQueriesInFlight;
  std::chrono::milliseconds oldest_answer = kOldestAnswer;  ///< 0: no answer is given again
  std::size_t kept_answers = kMaxKeptAnswers;
};

/// Resolver that asks another one as little as the truth allows: a question that is in flight is not asked a second
/// time (names in any case), an answer is given again while it is true (kept_answers.h), and at most
/// `limits.in_flight` queries run at a time.
///
/// A deadline begins when its query has a place: waiting for one is our congestion and never a dns_timeout. As many
/// wait as the caller asks at once: the questions of its looks in flight. Who joins a query keeps its own deadline, and
/// cancelling one of those who wait ends nothing for the others; a query that nobody waits for any more is cancelled.
/// Who joined when the query was under way already is not told its timeout, but has the question asked anew: the
/// silence was not its own.
///
/// Runs on the thread of `executor` alone. When it is destroyed, `asked` is too, and queries in flight end with
/// operation_aborted, those of `asked` on their own; it may be destroyed before or after the io_context.
std::unique_ptr<Resolver> make_shared_resolver(boost::asio::any_io_executor executor, std::unique_ptr<Resolver> asked,
                                               SharingLimits limits, telemetry::Telemetry& telemetry,
                                               const Clock& clock);

}  // namespace mta_sts::net
