#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mta_sts {

/// Makes texts of some hundred octets smaller that are seldom read. What texts of their kind have in common is said
/// once, in an example of at most kExample octets: a text of its own would not repeat itself enough. DEFLATE (RFC
/// 1951), without a header. A text of more than kMost octets is left as it is: who makes it so long must not cost us
/// time as well.
class SmallText {
 public:
  static constexpr std::size_t kExample = 3 * 1024;  ///< octets; of a longer one the end counts
  static constexpr std::size_t kMost = 16 * 1024;    ///< octets

  explicit SmallText(std::string example) : example_(std::move(example)) {}

  /// Never empty.
  std::string pack(std::string_view text) const;
  /// Of what pack() gave with the same example. What is no packed text throws std::logic_error, where it is noticed.
  std::string unpack(std::string_view packed) const;

 private:
  std::string example_;
};

}  // namespace mta_sts
