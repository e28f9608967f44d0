#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>

#include "exporter/net/resolver.h"

namespace mta_sts::net {

struct DnsOptions {
  std::vector<boost::asio::ip::udp::endpoint> servers;  ///< asked in turn; never empty
  std::chrono::milliseconds timeout{5000};              ///< of one try, as timed by us
  unsigned tries = 2;  ///< over the servers in turn; where there are more servers, each is tried once
};

/// Resolver on c-ares and Asio: recursive queries to the configured servers, EDNS (1232 octets), AD bit, TCP after
/// truncation. One channel a server; owns its sockets. Runs on the thread of `executor` alone.
///
/// Answers, NXDOMAIN and no data end a query; SERVFAIL, refusals, replies that cannot be read and silence lead to the
/// next try, and of tries that failed differently the most telling is reported: dns_bogus, dns_servfail, dns_refused,
/// dns_malformed, dns_timeout. When the tries end in SERVFAIL the question is asked once more without validation (CD):
/// if that works it is dns_bogus. A server that was silent while another answered is asked last for kServerPause.
/// A name that no query can carry is dns_malformed, without a packet (make_query()).
///
/// A cancelled query ends with operation_aborted at once, as do all when the client is destroyed; neither is counted.
/// The client may be destroyed before or after the io_context.
std::unique_ptr<Resolver> make_dns_client(boost::asio::any_io_executor executor, DnsOptions options,
                                          telemetry::Telemetry& telemetry);

inline constexpr std::chrono::seconds kServerPause{30};
/// A channel is replaced after so many queries: a new source port for the next, and a bound to what c-ares still holds
/// of queries that nobody waits for.
inline constexpr std::size_t kQueriesPerChannel = 256;

/// The system's resolvers (/etc/resolv.conf) on port 53; the loopback address if it names none.
std::vector<boost::asio::ip::udp::endpoint> system_resolvers();

inline constexpr std::size_t kMaxSystemResolvers = 3;     ///< more are not used by libc either (MAXNS)
inline constexpr std::size_t kMaxResolvConf = 64 * 1024;  ///< octets read of it

/// The addresses on `nameserver` lines of resolv.conf(5), without those that need a zone: c-ares cannot reach them.
std::vector<IpAddress> parse_resolv_conf(std::string_view text);

}  // namespace mta_sts::net
