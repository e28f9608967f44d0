#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "exporter/base/result.h"

namespace mta_sts {

/// Addresses are Boost's; IPv4-mapped IPv6 is made IPv4 where an address enters the program (see canonical()).
using IpAddress = boost::asio::ip::address;

/// IPv4-mapped IPv6 (::ffff:a.b.c.d) as the IPv4 address that it means; others unchanged, without a zone.
IpAddress canonical(const IpAddress& address);
/// RFC 5952 text, mapped IPv4 as IPv4: the `address` label.
std::string to_text(const IpAddress& address);
Result<IpAddress> parse_ip(std::string_view text);

/// A block of addresses (CIDR). Host bits must be zero.
class IpPrefix {
 public:
  /// "192.0.2.0/24", "2001:db8::/32", or a single address.
  static Result<IpPrefix> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string to_text() const;
  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;

 private:
  IpPrefix(IpAddress base, unsigned length) : base_(std::move(base)), length_(length) {}
  IpAddress base_;
  unsigned length_;
};

}  // namespace mta_sts
