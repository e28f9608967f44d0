#include "exporter/net/smtp_transcript.h"

#include <utility>

#include "exporter/base/printable.h"

namespace mta_sts::net {

namespace {

constexpr std::string_view kFull = "*: transcript cut";

}  // namespace

void SmtpTranscript::reply(const std::vector<std::string>& lines) {
  const auto before = octets_;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = "S: " + printable(lines[i], kMaxTranscriptLine);
    if (octets_ - before + line.size() > kMaxTranscriptReply) {
      return note(std::to_string(lines.size() - i) + " more lines");
    }
    add(std::move(line));
  }
}

void SmtpTranscript::command(std::string_view line) { add("C: " + printable(line, kMaxTranscriptLine)); }

void SmtpTranscript::note(std::string_view text) { add("*: " + printable(text, kMaxTranscriptLine)); }

void SmtpTranscript::add(std::string line) {
  const auto full = !lines_.empty() && lines_.back() == kFull;
  if (full) return;
  if (octets_ + line.size() + kFull.size() > kMaxTranscript) line = kFull;
  octets_ += line.size();
  lines_.push_back(std::move(line));
}

}  // namespace mta_sts::net
