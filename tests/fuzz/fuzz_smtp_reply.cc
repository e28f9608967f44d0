// What a mail server says, cut into replies: never more than the limits, the same however the stream was cut, nothing
// lost, and always fit to be shown.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/net/smtp_reply.h"
#include "exporter/net/smtp_transcript.h"

namespace {

using mta_sts::net::kMaxSmtpLine;
using mta_sts::net::kMaxSmtpReplyLines;
using mta_sts::net::SmtpReply;
using mta_sts::net::SmtpReplyReader;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::vector<SmtpReply> replies;
  bool refused = false;
  std::string rest;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void check(const SmtpReply& reply) {
  require(reply.code >= 200 && reply.code <= 599);
  require(!reply.lines.empty() && reply.lines.size() <= kMaxSmtpReplyLines);
  for (const auto& line : reply.lines) {
    require(line.size() >= 3 && line.size() < kMaxSmtpLine);
    require(line.find('\n') == std::string::npos);
    require(line.compare(0, 3, std::to_string(reply.code)) == 0);
  }
  offers(reply, "STARTTLS");
}

Outcome read(std::string_view stream, std::size_t piece) {
  SmtpReplyReader reader;
  Outcome outcome;
  for (std::size_t at = 0; at < stream.size() && !outcome.refused; at += piece) {
    reader.feed(stream.substr(at, piece));
    for (;;) {
      const auto next = reader.next();
      outcome.refused = !next;
      if (!next || !*next) break;
      check(**next);
      outcome.replies.push_back(**next);
    }
    require(reader.unfinished().size() <= kMaxSmtpReplyLines + 1);
    require(outcome.refused || reader.rest().size() < kMaxSmtpLine);
  }
  if (!outcome.refused) outcome.rest = reader.rest();
  return outcome;
}

void check_shown(const Outcome& outcome) {
  mta_sts::net::SmtpTranscript transcript;
  for (const auto& reply : outcome.replies) transcript.reply(reply.lines);
  std::size_t octets = 0;
  for (const auto& line : transcript.lines()) {
    octets += line.size();
    for (const char c : line) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  require(octets <= mta_sts::net::kMaxTranscript);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read(stream, size);
  require(read(stream, data[0] + std::size_t{1}) == whole);
  check_shown(whole);
  return 0;
}
