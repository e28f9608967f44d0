#include "exporter/history/json_fields.h"

#include <stdexcept>

#include "exporter/formats/utf8.h"
#include "exporter/history/milliseconds.h"

namespace mta_sts::history {
namespace {

namespace json = boost::json;

constexpr std::string_view kHex = "hex";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::chrono::seconds kMaxSeconds{std::chrono::hours(24 * 365 * 100)};

std::string to_hex(std::string_view octets) {
  std::string digits;
  digits.reserve(octets.size() * 2);
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    digits += kDigits[octet >> 4];
    digits += kDigits[octet & 15];
  }
  return digits;
}

unsigned digit(char c) {
  const auto value = kDigits.find(c);
  if (value == std::string_view::npos) refuse("no hex digit");
  return static_cast<unsigned>(value);
}

std::string from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) refuse("an odd number of hex digits");
  std::string octets;
  octets.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    octets += static_cast<char>(digit(digits[i]) << 4 | digit(digits[i + 1]));
  }
  return octets;
}

}  // namespace

json::value Json<std::string>::write(const std::string& octets) {
  if (formats::is_utf8(octets)) return json::string(octets);
  return json::object{{kHex, to_hex(octets)}};
}

std::string Json<std::string>::read(const json::value& json) {
  if (const auto* object = json.if_object()) return from_hex(object->at(kHex).as_string());
  return std::string(json.as_string());
}

json::value Json<WallTime>::write(WallTime time) { return to_milliseconds(time); }

WallTime Json<WallTime>::read(const json::value& json) { return from_milliseconds(json.to_number<std::int64_t>()); }

std::chrono::seconds Json<std::chrono::seconds>::read(const json::value& json) {
  const std::chrono::seconds value{json.to_number<std::int64_t>()};
  if (value.count() < 0 || value > kMaxSeconds) refuse("a number of seconds out of range");
  return value;
}

json::value Json<IpAddress>::write(const IpAddress& address) { return json::string(to_text(address)); }

IpAddress Json<IpAddress>::read(const json::value& json) {
  const auto address = parse_ip(std::string_view(json.as_string()));
  if (!address) refuse(address.error().message);
  return *address;
}

json::value parse_document(std::string_view document) {
  if (document.size() > kMaxDocument) refuse("it is too large");
  return json::parse(document);
}

void refuse(const std::string& message) { throw std::invalid_argument(message); }

}  // namespace mta_sts::history
