#include "exporter/net/smtp_reply.h"

#include <algorithm>
#include <utility>

#include "exporter/base/ascii.h"

namespace mta_sts::net {

namespace {

constexpr std::size_t kCodeLength = 3;

/// Whether `line`, as far as it has come, can begin a reply line.
/// RFC 5321 §4.2: the first digit is 2 to 5. Departs from its ABNF in the second digit, where 6 to 9 are taken too:
/// a sender acts on the first digit of a code that it does not know (§4.2.1).
bool begins_with_code(std::string_view line) {
  const auto code = line.substr(0, kCodeLength);
  return std::all_of(code.begin(), code.end(), ascii::is_digit) && (code.empty() || (code[0] >= '2' && code[0] <= '5'));
}

bool is_separator(char c) { return c == ' ' || c == '-'; }

int code_of(std::string_view line) { return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'); }

std::string_view without_cr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

bool offers(const SmtpReply& ehlo_reply, std::string_view keyword) {
  // RFC 5321 §4.1.1.1: the first line is the server's name and greeting, the keywords begin with the second.
  return std::any_of(ehlo_reply.lines.begin() + 1, ehlo_reply.lines.end(), [&](std::string_view line) {
    if (line.size() <= kCodeLength) return false;
    line.remove_prefix(kCodeLength + 1);
    return ascii::same(line.substr(0, line.find_first_of(" \t")), keyword);
  });
}

void SmtpReplyReader::feed(std::string_view octets) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += octets;
}

tl::expected<std::optional<SmtpReply>, Fault> SmtpReplyReader::next() {
  while (!fault_ && !whole_) {
    // Departs from RFC 5321 §2.3.8: a bare LF ends a line too, as senders have it.
    const auto end = buffer_.find('\n', begin_);
    const auto line = std::string_view(buffer_).substr(begin_, end == std::string::npos ? end : end - begin_);
    if (line.size() >= kMaxSmtpLine) {
      refuse("is over " + std::to_string(kMaxSmtpLine) + " octets");
    } else if (!begins_with_code(line) ||
               (line.size() > kCodeLength && !is_separator(line[kCodeLength]) && line.substr(kCodeLength) != "\r")) {
      refuse("does not begin with a reply code");
    } else if (end == std::string::npos) {
      return std::optional<SmtpReply>();
    } else {
      take_line(without_cr(line));
      if (!fault_) begin_ = end + 1;
    }
  }
  if (fault_) return tl::unexpected(*fault_);
  whole_ = false;
  return std::optional(std::exchange(reply_, SmtpReply{}));
}

void SmtpReplyReader::take_line(std::string_view line) {
  if (line.size() < kCodeLength) return refuse("does not begin with a reply code");
  // RFC 5321 §4.2.1: all lines of a reply carry the same code.
  if (!reply_.lines.empty() && code_of(line) != reply_.code) return refuse("carries another code than the first");
  if (reply_.lines.size() == kMaxSmtpReplyLines) return refuse("is one too many");
  reply_.code = code_of(line);
  reply_.lines.emplace_back(line);
  whole_ = line.size() == kCodeLength || line[kCodeLength] == ' ';
}

void SmtpReplyReader::refuse(std::string what) {
  fault_ = Fault{Reason::SmtpProtocol,
                 "line " + std::to_string(reply_.lines.size() + 1) + " of the reply " + std::move(what)};
}

std::vector<std::string> SmtpReplyReader::unfinished() const {
  auto lines = reply_.lines;
  const auto end = buffer_.find('\n', begin_);
  const auto line = std::string_view(buffer_).substr(begin_, end == std::string::npos ? end : end - begin_);
  if (!line.empty()) lines.emplace_back(without_cr(line.substr(0, kMaxSmtpLine)));
  return lines;
}

}  // namespace mta_sts::net
