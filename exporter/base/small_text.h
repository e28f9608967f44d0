#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mta_sts {

/// Makes texts of some hundred octets smaller that are seldom read. What texts of their kind have in common is said
/// once, in an example of at most kExample octets: a text of its own would not repeat itself enough. DEFLATE (RFC
/// 1951), without a header.
class SmallText {
 public:
  static constexpr std::size_t kExample = 3 * 1024;  ///< octets; of a longer one the end counts

  explicit SmallText(std::string example) : example_(std::move(example)) {}

  std::string pack(std::string_view text) const;
  /// Only of what pack() gave with the same example; throws std::logic_error otherwise.
  std::string unpack(std::string_view packed) const;

 private:
  std::string example_;
};

}  // namespace mta_sts
