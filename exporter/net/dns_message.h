#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "exporter/net/resolver.h"

namespace mta_sts::net {

/// DNS messages as octets, without I/O: the query we send and what its reply means. Nothing here trusts the reply.

/// The UDP size that we offer (RFC 6891 6.2.5): what passes without fragments nearly everywhere.
inline constexpr std::size_t kEdnsSize = 1232;
/// A UDP reply is this long at most where no size was offered (RFC 1035 2.3.4).
inline constexpr std::size_t kPlainSize = 512;

enum class Edns { On, Off };
/// Whether the resolver validates for us, or hands out what it has (CD bit, RFC 4035 3.2.2).
enum class Validation { On, Off };

struct DnsQuestion {
  std::string name;
  QueryType type;
  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

/// A recursive query with the AD bit set, which asks for the AD bit of the answer (RFC 6840 5.7). A name that no query
/// can carry gives a Fault: dns_malformed (an empty label, a label over 63 octets, octets other than visible ASCII, a
/// backslash), as there is nothing to be read and nothing was asked. `.onion` gives dns_nxdomain (RFC 7686 2: never
/// asked, answered so), and so does a name over 255 octets (RFC 1035 2.3.4): no zone can hold it, which a domain of 245
/// meets with its _mta-sts.
tl::expected<std::vector<std::uint8_t>, Fault> make_query(const DnsQuestion& question, std::uint16_t id, Edns edns,
                                                          Validation validation);

struct DnsReply {
  unsigned rcode = 0;      ///< with the upper bits of the OPT record (RFC 6891 6.1.3)
  bool truncated = false;  ///< TC: nothing but the header was read
  bool edns = false;       ///< an OPT record was there
  DnsAnswer answer;        ///< with a fault, its detail naming no server
};

/// Reads a reply that c-ares has matched with its question. Follows the CNAME chain from the question's name, at most
/// kMaxCnameChain links, and takes the records at its end only, at most kMaxAnswerRecords. `cname` and `tlsa` questions
/// have no records in the answer but the chain: no fault says that there are some.
DnsReply read_reply(std::span<const std::uint8_t> message, QueryType type);

/// Whether another server or try could say something else: SERVFAIL, refusals and what cannot be read.
bool worth_another_try(const DnsReply& reply);

}  // namespace mta_sts::net
