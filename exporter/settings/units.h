#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/udp.hpp>

namespace mta_sts::settings {

/// A duration as in Prometheus: whole numbers with y (365 days), w, d, h, m, s and ms, each unit once and in that order
/// ("1h30m"), or "0". Nothing if `text` is none or does not fit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest such text; days are the largest unit.
std::string to_text(std::chrono::milliseconds duration);

/// Octets: a whole number, alone or with B, KiB or MiB ("64KiB").
std::optional<std::size_t> parse_size(std::string_view text);
/// In the largest unit that divides it.
std::string size_text(std::size_t octets);

/// Decimal digits without sign and without leading zeros, that fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// An IP address with or without a port: "127.0.0.1", "127.0.0.1:53", "::1", "[::1]", "[::1]:53". Port 53 by default.
std::optional<boost::asio::ip::udp::endpoint> parse_dns_server(std::string_view text);
inline constexpr std::string_view kDnsServerForm =
    "an IP address, with a port or without, such as 127.0.0.1:53 or [::1]:53";

}  // namespace mta_sts::settings
