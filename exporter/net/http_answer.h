#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/base/reason.h"

namespace mta_sts::net {

inline constexpr std::size_t kMaxHttpHeader = 64 * 1024;  ///< octets of all status lines, header and trailer fields

/// Whether libcurl is to go on reading.
enum class Reading { On, Stop };

/// What was received of the answer to one GET, as libcurl cuts it: a header line or a piece of the body at a time.
/// Counts octets against the limits, skips informational answers, and stops as soon as the rest cannot matter. Pure.
class HttpAnswer {
 public:
  explicit HttpAnswer(std::size_t max_body) : max_body_(max_body) {}

  /// A status line, a field, the empty line, or a trailer field, with its line end.
  Reading add_header(std::string_view line);
  Reading add_body(std::string_view octets);

  /// Whether reading was stopped from here; then fault() says why, nothing: the status is not 200 and says all.
  bool stopped() const { return stopped_; }
  /// Whether the header was whole.
  bool has_header() const { return has_header_; }
  const std::optional<Fault>& fault() const { return fault_; }

  int status = 0;  ///< of the last status line; 0: none
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<std::string> last_modified;
  std::string body;  ///< at most max_body octets

 private:
  void take_status(std::string_view line);
  void take_field(std::string_view line);
  void take_framing(std::string_view name, std::string_view value);
  void end_header();
  void refuse(Reason reason, std::string detail);

  std::size_t max_body_;
  std::size_t header_octets_ = 0;
  std::optional<std::string> content_length_;
  std::optional<Fault> framing_;  ///< counts if the status is 200
  std::optional<Fault> fault_;
  std::optional<std::string>* folded_ = nullptr;  ///< the field that a folded line goes on with
  bool expects_status_ = true;
  bool has_header_ = false;
  bool stopped_ = false;
};

}  // namespace mta_sts::net
