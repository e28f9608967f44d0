#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "exporter/base/result.h"

namespace mta_sts::formats {

/// The value of an `mx` field (RFC 8461 3.2): ["*."] Domain, kept in lower case. Only a grammar-checked pattern exists,
/// which is what the matching of RFC 8461 4.1 relies on. Compares without case.
class MxPattern {
 public:
  /// The exact value of the field: no trimming, no trailing dot, A-labels only. The error says what is wrong.
  static Result<MxPattern> parse(std::string_view text);

  /// RFC 8461 4.1: "*." stands for exactly one whole left-most label. `host` in any case, with or without the final
  /// dot, U-labels converted; the name in the MX record counts, never its CNAME target. What is no host name (RFC 5321
  /// Domain), or is an IPv4 address, is matched by nothing.
  bool matches(std::string_view host) const;

  const std::string& text() const { return text_; }
  /// As published, in its own case.
  const std::string& spelling() const { return spelling_.empty() ? text_ : spelling_; }
  bool wildcard() const { return text_.front() == '*'; }
  friend bool operator==(const MxPattern& a, const MxPattern& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const MxPattern& a, const MxPattern& b) { return a.text_ <=> b.text_; }

 private:
  MxPattern(std::string text, std::string spelling) : text_(std::move(text)), spelling_(std::move(spelling)) {}
  std::string text_;
  std::string spelling_;  ///< empty where it is the same
};

}  // namespace mta_sts::formats
