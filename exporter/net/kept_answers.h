#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "exporter/base/clock.h"
#include "exporter/net/dns_message.h"

namespace mta_sts::net {

struct QuestionHash {
  std::size_t operator()(const DnsQuestion& question) const {
    return std::hash<std::string>()(question.name) * 31 + static_cast<std::size_t>(question.type);
  }
};

/// Answers that may be given again while they are true. Pure: no clock, no I/O.
///
/// Kept are the addresses of a host (A, AAAA), and that it has none of a kind where the answer says how long that holds
/// (RFC 2308 5). Texts and MX sets are not: they are a domain's own, and what is watched for changes. Nor is NXDOMAIN:
/// it is rare, nothing is saved by keeping it, and a name that vanished is an alarm that each domain's own question
/// shall confirm. A failure says nothing that would hold.
///
/// Holds at most `limit` answers; what ends first goes first. A step costs O(log limit).
class KeptAnswers {
 public:
  /// `oldest`: no answer is given that is older, whatever its TTL; 0: none is given at all.
  KeptAnswers(std::size_t limit, std::chrono::milliseconds oldest) : limit_(limit), oldest_(oldest) {}

  /// Of an answer to a query that was sent at `sent`: what is true of it, at the least, counts from there.
  void keep(const DnsQuestion& question, const DnsAnswer& answer, MonoTime sent, MonoTime now);
  /// With the TTLs that are left of it.
  std::optional<DnsAnswer> find(const DnsQuestion& question, MonoTime now) const;
  std::size_t size() const { return answers_.size(); }

 private:
  using Ends = std::multimap<MonoTime, const DnsQuestion*>;
  struct Kept {
    DnsAnswer answer;
    MonoTime sent;
    Ends::iterator end;
  };

  void drop(Ends::iterator end);

  std::size_t limit_;
  std::chrono::milliseconds oldest_;
  std::unordered_map<DnsQuestion, Kept, QuestionHash> answers_;
  Ends ends_;
};

inline constexpr std::size_t kMaxKeptAddresses = 64;  ///< an answer with more is not kept: a host has a few

}  // namespace mta_sts::net
