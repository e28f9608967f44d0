#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "exporter/base/reason.h"

namespace mta_sts::net {

inline constexpr std::size_t kMaxSmtpLine = 2048;  ///< octets of a line with its end (RFC 5321 4.5.3.1.5 wants 512)
inline constexpr std::size_t kMaxSmtpReplyLines = 128;  ///< lines of one reply

/// One reply of an SMTP server (RFC 5321 4.2). Hostile octets: NUL, controls and 8-bit included.
struct SmtpReply {
  int code = 0;                    ///< 200 to 599
  std::vector<std::string> lines;  ///< as sent, with the code, without the line end; one at least
  bool positive() const { return code / 100 == 2; }
  bool transient() const { return code / 100 == 4; }
  bool permanent() const { return code / 100 == 5; }
  friend bool operator==(const SmtpReply&, const SmtpReply&) = default;
};

/// Whether a reply to EHLO lists the extension `keyword`, in any case and as a whole word (RFC 5321 4.1.1.1).
bool offers(const SmtpReply& ehlo_reply, std::string_view keyword);

/// Cuts a stream of octets into replies. Pure: no I/O, no clock. The outcome does not depend on how the stream was cut
/// into pieces. Holds at most one reply within the limits above and what was fed beyond it.
class SmtpReplyReader {
 public:
  void feed(std::string_view octets);
  /// The next whole reply; nothing while octets are missing; smtp_protocol as soon as no octet to come can make it a
  /// reply within the limits, and ever after.
  tl::expected<std::optional<SmtpReply>, Fault> next();

  /// Octets fed beyond the last whole reply and the whole lines of the one begun.
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }
  /// What was received of a reply that is not whole, line by line, the last one as far as it came.
  std::vector<std::string> unfinished() const;

 private:
  void take_line(std::string_view line);
  void refuse(std::string what);

  std::string buffer_;
  std::size_t begin_ = 0;  ///< where the next line begins in buffer_
  SmtpReply reply_;        ///< the lines so far
  bool whole_ = false;     ///< reply_ has its last line
  std::optional<Fault> fault_;
};

}  // namespace mta_sts::net
