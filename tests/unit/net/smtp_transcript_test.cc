#include "exporter/net/smtp_transcript.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::string_literals;
using mta_sts::net::kMaxTranscript;
using mta_sts::net::kMaxTranscriptLine;
using mta_sts::net::SmtpTranscript;

namespace {

std::size_t octets(const SmtpTranscript& transcript) {
  const auto& lines = transcript.lines();
  return std::accumulate(lines.begin(), lines.end(), std::size_t{0},
                         [](std::size_t sum, const std::string& line) { return sum + line.size(); });
}

}  // namespace

TEST_CASE("smtp_transcript: what a server says cannot end a line or move a cursor", "[net][smtp_transcript]") {
  SmtpTranscript transcript;
  transcript.reply({"220 a\0b\r\n\x1b[31m\x7f"s, "220 \xff"s});
  CHECK(transcript.lines() == std::vector<std::string>{"S: 220 a\\x00b\\x0d\\x0a\\x1b[31m\\x7f", "S: 220 \uFFFD"});
}

TEST_CASE("smtp_transcript: says who spoke", "[net][smtp_transcript]") {
  SmtpTranscript transcript;
  transcript.reply({"220-mx", "220 ESMTP"});
  transcript.command("EHLO probe.example");
  transcript.note("TLS handshake done");
  CHECK(transcript.lines() ==
        std::vector<std::string>{"S: 220-mx", "S: 220 ESMTP", "C: EHLO probe.example", "*: TLS handshake done"});
}

TEST_CASE("smtp_transcript: a long reply does not hide what comes after it", "[net][smtp_transcript]") {
  SmtpTranscript transcript;
  for (int i = 0; i < 5; ++i) transcript.reply(std::vector<std::string>(128, std::string(2048, '\x01')));
  transcript.command("QUIT");
  CHECK(octets(transcript) <= kMaxTranscript);
  CHECK(transcript.lines().back() == "C: QUIT");
  CHECK(std::count(transcript.lines().begin(), transcript.lines().end(), "*: 126 more lines") == 5);
}

TEST_CASE("smtp_transcript: never grows over its limit", "[net][smtp_transcript]") {
  SmtpTranscript transcript;
  for (int i = 0; i < 1000; ++i) transcript.note(std::string(2 * kMaxTranscriptLine, 'x'));
  CHECK(octets(transcript) <= kMaxTranscript);
  CHECK(octets(transcript) > kMaxTranscript - 2 * kMaxTranscriptLine);
  CHECK(transcript.lines().back() == "*: transcript cut");
  CHECK(std::count(transcript.lines().begin(), transcript.lines().end(), "*: transcript cut") == 1);
}
