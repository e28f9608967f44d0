#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mta_sts::settings {

/// What a configuration may ask for. A value outside is a slip of the pen, or would hurt others: it is refused, never
/// bent into the range.
inline constexpr std::chrono::milliseconds kShortestInterval{100};
inline constexpr std::chrono::milliseconds kLongestInterval{std::chrono::hours(24 * 30)};
inline constexpr std::chrono::milliseconds kLongestHold{std::chrono::hours(24 * 365)};
inline constexpr std::chrono::milliseconds kShortestEndpointTtl{std::chrono::seconds(1)};
inline constexpr std::chrono::milliseconds kLongestEndpointTtl{std::chrono::hours(24 * 365)};
inline constexpr std::chrono::milliseconds kShortestTimeout{10};
inline constexpr std::chrono::milliseconds kLongestDnsTimeout{std::chrono::minutes(1)};
inline constexpr std::chrono::milliseconds kLongestTimeout{std::chrono::minutes(10)};
inline constexpr std::chrono::milliseconds kLongestPause{std::chrono::hours(1)};
inline constexpr std::chrono::milliseconds kShortestRefresh{std::chrono::seconds(1)};
inline constexpr std::chrono::milliseconds kShortestRetention{std::chrono::hours(24)};
inline constexpr std::chrono::milliseconds kLongestRetention{std::chrono::hours(24 * 365 * 100)};

inline constexpr unsigned kMaxStartRate = 100'000;
inline constexpr unsigned kMaxMxHosts = 1000;
inline constexpr unsigned kMaxAddresses = 256;
inline constexpr unsigned kMaxConcurrency = 65'536;
inline constexpr unsigned kMaxWorkers = 256;
inline constexpr unsigned kMaxDnsServers = 16;
inline constexpr unsigned kMaxDnsTries = 10;
inline constexpr unsigned kMaxConnections = 1024;
inline constexpr unsigned kMaxDomainLabels = 64;
inline constexpr std::size_t kSmallestMaxBody = 1024;
inline constexpr std::size_t kLargestMaxBody = 1024 * 1024;

inline constexpr std::size_t kMaxDomains = 1'000'000;
inline constexpr std::size_t kMaxDomainFiles = 1000;
inline constexpr std::size_t kMaxDomainUrls = 100;
inline constexpr std::size_t kMaxPrefixes = 10'000;
inline constexpr std::size_t kMaxFamilies = 1000;
inline constexpr std::size_t kMaxLabelName = 128;    ///< octets
inline constexpr std::size_t kMaxLabelValue = 1024;  ///< octets
inline constexpr std::size_t kMaxText = 4096;        ///< octets of a path, a URL, a proxy
inline constexpr std::size_t kMaxUserAgent = 256;    ///< octets
inline constexpr std::size_t kMaxFaultsShown = 50;   ///< lines of one error message

}  // namespace mta_sts::settings
