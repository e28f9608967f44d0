#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mta_sts::net {

inline constexpr std::size_t kMaxTranscript = 8192;     ///< octets kept of the dialogue
inline constexpr std::size_t kMaxTranscriptLine = 512;  ///< octets kept of one line, as shown
inline constexpr std::size_t kMaxTranscriptReply =
    1280;  ///< octets kept of one reply, so that none hides the later ones

/// Who said what in one SMTP dialogue, for people. Every line is printable() and bounded.
class SmtpTranscript {
 public:
  void reply(const std::vector<std::string>& lines);
  void command(std::string_view line);
  /// What happened beside the words: a fault, the TLS handshake.
  void note(std::string_view text);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void add(std::string line);

  std::vector<std::string> lines_;
  std::size_t octets_ = 0;
};

}  // namespace mta_sts::net
