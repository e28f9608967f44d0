#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/base/result.h"

namespace mta_sts::formats {

inline constexpr std::size_t kMaxDomain = 253;  ///< octets of text: RFC 1035 §2.3.4 has 255 with the length octets
inline constexpr std::size_t kMaxLabel = 63;    ///< octets, RFC 1035 §2.3.4

/// Whether `text` is a Domain of RFC 5321 4.1.2 (letters, digits and inner hyphens between single dots, no final dot)
/// within the lengths of RFC 1035. Allocates nothing.
bool is_domain(std::string_view text);

/// Why `text` is no such Domain, in words that go on after the quoted name ("has an empty label"); nothing if it is
/// one.
std::optional<std::string> domain_problem(std::string_view text);

/// A host or mail domain name: lower-case A-labels without a trailing dot (RFC 5321 4.1.2 Domain, RFC 5890). At most
/// 253 octets, labels of 1 to 63 octets of letters, digits and inner hyphens. A value: compares and hashes by its text.
class DomainName {
 public:
  /// Takes U-labels (IDNA 2008, non-transitional, by libidn2), any case and one trailing dot; checks A-labels too. For
  /// names from people.
  static Result<DomainName> parse(std::string_view text);
  /// Takes A-labels only, without looking into them, any case and one trailing dot. For names from the network.
  static Result<DomainName> from_ascii(std::string_view text);

  const std::string& text() const { return text_; }
  friend auto operator<=>(const DomainName&, const DomainName&) = default;

 private:
  explicit DomainName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace mta_sts::formats

template <>
struct std::hash<mta_sts::formats::DomainName> {
  std::size_t operator()(const mta_sts::formats::DomainName& name) const {
    return std::hash<std::string>()(name.text());
  }
};
