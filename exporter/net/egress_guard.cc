#include "exporter/net/egress_guard.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <unistd.h>
#include <utility>

#include <boost/asio/ip/udp.hpp>
#include <sys/socket.h>

namespace mta_sts::net {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct BlockV4 {
  std::uint32_t base;
  unsigned length;
};

// What IANA's IPv4 special-purpose registry does not call globally reachable (contract/metrics.md, address_not_public).
constexpr std::array kNotPublicV4{
    BlockV4{0x00000000, 8},   // 0/8, this network
    BlockV4{0x0a000000, 8},   // 10/8, private use
    BlockV4{0x64400000, 10},  // 100.64/10, carrier-grade NAT
    BlockV4{0x7f000000, 8},   // 127/8, loopback
    BlockV4{0xa9fe0000, 16},  // 169.254/16, link local
    BlockV4{0xac100000, 12},  // 172.16/12, private use
    BlockV4{0xc0000000, 24},  // 192.0.0/24, protocol assignments
    BlockV4{0xc0000200, 24},  // 192.0.2/24, documentation
    BlockV4{0xc0a80000, 16},  // 192.168/16, private use
    BlockV4{0xc6120000, 15},  // 198.18/15, benchmarking
    BlockV4{0xc6336400, 24},  // 198.51.100/24, documentation
    BlockV4{0xcb007100, 24},  // 203.0.113/24, documentation
    BlockV4{0xe0000000, 3},   // 224/3, multicast, reserved, broadcast
};

bool is_public(const address_v4& address) {
  const std::uint32_t value = address.to_uint();
  return std::none_of(kNotPublicV4.begin(), kNotPublicV4.end(),
                      [&](const BlockV4& block) { return (value ^ block.base) >> (32 - block.length) == 0; });
}

template <std::size_t N>
bool begins_with(const address_v6::bytes_type& bytes, const std::array<unsigned char, N>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

address_v4 v4_at(const address_v6::bytes_type& bytes, std::size_t offset) {
  return address_v4({bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]});
}

/// The IPv4 address that packets to `address` reach in the end: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
std::optional<address_v4> embedded_v4(const address_v6& address) {
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<unsigned char, 12> kNat64{0x00, 0x64, 0xff, 0x9b};
  constexpr std::array<unsigned char, 2> k6to4{0x20, 0x02};
  const auto bytes = address.to_bytes();
  if (begins_with(bytes, kMapped) || begins_with(bytes, kNat64)) return v4_at(bytes, 12);
  if (begins_with(bytes, k6to4)) return v4_at(bytes, 2);
  return std::nullopt;
}

bool is_public(const address_v6& address) {
  if (const auto inner = embedded_v4(address)) return is_public(*inner);
  constexpr std::array<unsigned char, 4> kTeredo{0x20, 0x01, 0x00, 0x00};
  constexpr std::array<unsigned char, 4> kDocumentation{0x20, 0x01, 0x0d, 0xb8};
  const auto bytes = address.to_bytes();
  const bool global_unicast = (bytes[0] & 0xe0) == 0x20;  // 2000::/3
  return global_unicast && !begins_with(bytes, kTeredo) && !begins_with(bytes, kDocumentation);
}

bool is_public(const IpAddress& address) {
  return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6());
}

bool any_contains(const std::vector<IpPrefix>& blocks, const IpAddress& address) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const IpPrefix& block) { return block.contains(address); });
}

/// A block is meant for an address however that is written: "::ffff:192.0.2.0/120" too names mapped IPv4.
bool names(const std::vector<IpPrefix>& blocks, const IpAddress& address) {
  if (any_contains(blocks, address)) return true;
  if (address.is_v6()) return false;
  return any_contains(blocks, boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()));
}

}  // namespace

EgressGuard::EgressGuard(std::vector<IpPrefix> allow, std::vector<IpPrefix> deny)
    : allow_(std::move(allow)), deny_(std::move(deny)) {}

std::optional<Fault> EgressGuard::check(const IpAddress& given) const {
  const IpAddress address = canonical(given);
  if (names(allow_, address)) return std::nullopt;
  if (!is_public(address)) return Fault{Reason::AddressNotPublic, to_text(address) + " is no public address"};
  // A denied IPv4 address is not to be reached through NAT64 or 6to4 either. The other way round `allow` must name the
  // address itself: what is let in is exactly what the operator wrote.
  const auto inner = address.is_v6() ? embedded_v4(address.to_v6()) : std::nullopt;
  if (names(deny_, address) || (inner && names(deny_, *inner))) {
    return Fault{Reason::AddressDenied, to_text(address) + " is denied by egress.deny"};
  }
  return std::nullopt;
}

bool has_route(const IpAddress& given) {
  // The kernel looks up a route and a source address when a datagram socket is connected; the port does not matter.
  constexpr unsigned short kAnyPort = 9;
  const boost::asio::ip::udp::endpoint peer(canonical(given), kAnyPort);
  const int descriptor = ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool connected = ::connect(descriptor, peer.data(), static_cast<socklen_t>(peer.size())) == 0;
  ::close(descriptor);
  return connected;
}

}  // namespace mta_sts::net
