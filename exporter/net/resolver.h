#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/deadline.h"
#include "exporter/base/ip.h"
#include "exporter/base/reason.h"
#include "exporter/telemetry/telemetry.h"

namespace mta_sts::net {

using telemetry::QueryType;

struct MxRecord {
  std::uint16_t preference = 0;
  std::string
      exchange;  ///< as presentation text without the trailing dot, lower case; "" is the root (RFC 7505 null MX)
  friend bool operator==(const MxRecord&, const MxRecord&) = default;
};

/// The answer to one question. Exactly one of the record lists, that of the question's type, may be filled.
struct DnsAnswer {
  std::optional<Fault> fault;  ///< a dns_* reason: no records, and why; never set together with records
  std::vector<std::string>
      cname_chain;              ///< targets in order, lower case, without trailing dot; also on NXDOMAIN and no data
  bool authenticated = false;   ///< AD bit
  std::chrono::seconds ttl{0};  ///< smallest TTL among the answer's records
  /// Of no data: for how long there is none, with the TTLs of the chain; 0 where the answer does not say.
  std::chrono::seconds negative_ttl{0};
  std::vector<std::string> txt;  ///< each RR with its character-strings joined without spaces
  std::vector<MxRecord> mx;
  std::vector<IpAddress> addresses;  ///< canonical, without duplicates
};

inline constexpr std::size_t kMaxAnswerRecords =
    512;  ///< more are dropped: what a monitored domain publishes is bounded
inline constexpr std::size_t kMaxCnameChain = 16;

/// The seam to DNS: one question, one answer. Completes always, at the latest shortly after the deadline. Lives on one
/// io_context.
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual boost::asio::awaitable<DnsAnswer> query(std::string name, QueryType type, Deadline deadline) = 0;
};

}  // namespace mta_sts::net
