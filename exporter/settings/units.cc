#include "exporter/settings/units.h"

#include <charconv>
#include <limits>

#include "exporter/base/ascii.h"
#include "exporter/base/ip.h"

namespace mta_sts::settings {
namespace {

constexpr std::uint16_t kDnsPort = 53;

struct DurationUnit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::int64_t kDay = 24 * 3600 * 1000;
constexpr DurationUnit kDurationUnits[] = {{"y", 365 * kDay}, {"w", 7 * kDay}, {"d", kDay}, {"h", 3600 * 1000},
                                           {"m", 60 * 1000},  {"s", 1000},     {"ms", 1}};

struct SizeUnit {
  std::string_view name;
  std::size_t octets;
};

constexpr SizeUnit kSizeUnits[] = {{"MiB", 1024 * 1024}, {"KiB", 1024}, {"B", 1}};

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && ascii::is_digit(text[count])) ++count;
  return count;
}

std::size_t count_letters(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && ascii::is_alpha(text[count])) ++count;
  return count;
}

/// Digits, leading zeros as well.
std::optional<std::int64_t> parse_digits(std::string_view digits) {
  std::int64_t value = 0;
  if (count_digits(digits) != digits.size()) return std::nullopt;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  const DurationUnit* next = std::begin(kDurationUnits);
  while (!text.empty()) {
    const auto digits = text.substr(0, count_digits(text));
    text.remove_prefix(digits.size());
    const auto name = text.substr(0, count_letters(text));
    text.remove_prefix(name.size());
    while (next != std::end(kDurationUnits) && next->name != name) ++next;
    const auto count = parse_digits(digits);
    if (next == std::end(kDurationUnits) || !count) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*count, next->milliseconds, &part)) return std::nullopt;
    if (__builtin_add_overflow(sum, part, &sum)) return std::nullopt;
    ++next;
  }
  return std::chrono::milliseconds(sum);
}

std::string to_text(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  auto rest = duration.count();
  for (const auto& unit : kDurationUnits) {
    if (unit.milliseconds > kDay || rest < unit.milliseconds) continue;
    text += std::to_string(rest / unit.milliseconds);
    text += unit.name;
    rest %= unit.milliseconds;
  }
  return text;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto digits = text.substr(0, count_digits(text));
  const auto name = text.substr(digits.size());
  const auto number = parse_number(digits);
  if (!number) return std::nullopt;
  if (name.empty()) return number;
  for (const auto& unit : kSizeUnits) {
    if (unit.name != name) continue;
    std::size_t octets = 0;
    if (__builtin_mul_overflow(*number, unit.octets, &octets)) return std::nullopt;
    return octets;
  }
  return std::nullopt;
}

std::string size_text(std::size_t octets) {
  for (const auto& unit : kSizeUnits) {
    if (octets != 0 && octets % unit.octets == 0) return std::to_string(octets / unit.octets) + std::string(unit.name);
  }
  return "0B";
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<boost::asio::ip::udp::endpoint> parse_dns_server(std::string_view text) {
  std::string_view host = text;
  std::optional<std::uint16_t> port = kDnsPort;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const auto behind = text.substr(close + 1);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
    if (!behind.empty()) port = behind[0] == ':' ? parse_port(behind.substr(1)) : std::nullopt;
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    port = parse_port(text.substr(colon + 1));
  }
  // A zone would get lost on the way: link-local servers cannot be asked.
  const bool zone = host.find('%') != std::string_view::npos;
  const auto address = parse_ip(host);
  if (zone || !address || !port) return std::nullopt;
  return boost::asio::ip::udp::endpoint(*address, *port);
}

}  // namespace mta_sts::settings
