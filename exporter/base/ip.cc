#include "exporter/base/ip.h"

#include <algorithm>
#include <charconv>

namespace mta_sts {
namespace {

using boost::asio::ip::address_v6;

address_v6::bytes_type octets(const IpAddress& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  address_v6::bytes_type padded{};
  const auto v4 = address.to_v4().to_bytes();
  std::copy(v4.begin(), v4.end(), padded.begin());
  return padded;
}

bool bit(const address_v6::bytes_type& bytes, unsigned index) { return (bytes[index / 8] >> (7 - index % 8)) & 1; }

}  // namespace

IpAddress canonical(const IpAddress& address) {
  if (!address.is_v6()) return address;
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
  v6.scope_id(0);
  return v6;
}

std::string to_text(const IpAddress& address) { return canonical(address).to_string(); }

Result<IpAddress> parse_ip(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  if (error) return fail("\"" + std::string(text) + "\" is no IP address");
  return canonical(address);
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text.substr(0, slash), error);
  const auto refused = fail("\"" + std::string(text) + "\" is no CIDR block such as 192.0.2.0/24 or 2001:db8::/32");
  if (error) return refused;
  const unsigned width = address.is_v4() ? 32 : 128;
  unsigned length = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (failure != std::errc() || end != digits.data() + digits.size() || length > width) return refused;
  }
  const auto bytes = octets(address);
  for (unsigned i = length; i < width; ++i) {
    if (bit(bytes, i)) return fail("\"" + std::string(text) + "\" has bits set after the prefix length");
  }
  return IpPrefix(address, length);
}

bool IpPrefix::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const auto mine = octets(base_);
  const auto other = octets(address);
  for (unsigned i = 0; i < length_; ++i) {
    if (bit(mine, i) != bit(other, i)) return false;
  }
  return true;
}

std::string IpPrefix::to_text() const { return base_.to_string() + "/" + std::to_string(length_); }

}  // namespace mta_sts
