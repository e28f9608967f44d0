#include "exporter/net/smtp_reply.h"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using mta_sts::Reason;
using mta_sts::net::kMaxSmtpLine;
using mta_sts::net::kMaxSmtpReplyLines;
using mta_sts::net::offers;
using mta_sts::net::SmtpReply;
using mta_sts::net::SmtpReplyReader;

namespace {

/// What a reader makes of a stream that comes in pieces of `piece` octets.
struct Outcome {
  std::vector<SmtpReply> replies;
  std::optional<Reason> fault;
  std::string rest;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read_all(std::string_view stream, std::size_t piece) {
  SmtpReplyReader reader;
  Outcome outcome;
  for (std::size_t at = 0; at < stream.size() && !outcome.fault; at += piece) {
    reader.feed(stream.substr(at, piece));
    for (;;) {
      auto next = reader.next();
      if (!next) outcome.fault = next.error().reason;
      if (!next || !*next) break;
      outcome.replies.push_back(**next);
    }
  }
  if (!outcome.fault) outcome.rest = reader.rest();
  return outcome;
}

/// As read in one piece, after checking that a byte at a time gives the same.
Outcome read(std::string_view stream) {
  auto whole = read_all(stream, stream.size());
  CHECK(read_all(stream, 1) == whole);
  CHECK(read_all(stream, 7) == whole);
  return whole;
}

std::string lines(std::size_t count, std::string_view end) {
  std::string text;
  for (std::size_t i = 1; i < count; ++i) text += "250-X\r\n";
  return text.append(end);
}

}  // namespace

TEST_CASE("smtp_reply: a reply ends with the line whose code is followed by a space or nothing (RFC 5321 4.2.1)",
          "[net][smtp_reply]") {
  CHECK(read("220 mx.example ESMTP\r\n").replies == std::vector<SmtpReply>{{220, {"220 mx.example ESMTP"}}});
  CHECK(read("220\r\n").replies == std::vector<SmtpReply>{{220, {"220"}}});
  CHECK(read("220 \r\n").replies == std::vector<SmtpReply>{{220, {"220 "}}});
  CHECK(read("250-mx\r\n250-\r\n250 STARTTLS\r\n").replies ==
        std::vector<SmtpReply>{{250, {"250-mx", "250-", "250 STARTTLS"}}});
  CHECK(read("250-mx\r\n250\r\n").replies == std::vector<SmtpReply>{{250, {"250-mx", "250"}}});
}

TEST_CASE("smtp_reply: a bare LF ends a line, a bare CR does not", "[net][smtp_reply]") {
  CHECK(read("250-mx\n250 OK\n").replies == std::vector<SmtpReply>{{250, {"250-mx", "250 OK"}}});
  CHECK(read("250 a\rb\r\n").replies == std::vector<SmtpReply>{{250, {"250 a\rb"}}});
  CHECK(read("250 a\r\r\n").replies == std::vector<SmtpReply>{{250, {"250 a\r"}}});
  CHECK(read("250 a\r").replies.empty());
  CHECK(read("220\rx\r\n").fault == Reason::SmtpProtocol);
}

TEST_CASE("smtp_reply: replies that came together are handed out one by one, the rest stays", "[net][smtp_reply]") {
  const auto outcome = read("220 go\r\n250-a\r\n250 b\r\n2");
  CHECK(outcome.replies == std::vector<SmtpReply>{{220, {"220 go"}}, {250, {"250-a", "250 b"}}});
  CHECK(outcome.rest == "2");
  SmtpReplyReader reader;
  reader.feed("220 go\r\n250 injected\r\n");
  CHECK(reader.next().value()->code == 220);
  CHECK(reader.rest() == "250 injected\r\n");
}

TEST_CASE("smtp_reply: what is no reply is refused as soon as it shows (RFC 5321 4.2)", "[net][smtp_reply]") {
  struct Row {
    std::string_view stream;
    std::string_view why;
  };
  for (const auto& row : {
           Row{"SSH-2.0-OpenSSH\r\n", "no digits"},
           Row{"S", "no digit, the line not whole"},
           Row{"\r\n", "an empty line"},
           Row{"\n", "an empty line"},
           Row{"22\r\n", "two digits"},
           Row{"2200 x\r\n", "four digits"},
           Row{"2200", "four digits, the line not whole"},
           Row{"220x\r\n", "no separator"},
           Row{"220\tx\r\n", "a tab for a separator"},
           Row{"120 x\r\n", "first digit 1"},
           Row{"620 x\r\n", "first digit 6"},
           Row{"020 x\r\n", "first digit 0"},
           Row{" 220 x\r\n", "a space before"},
           Row{"+20 x\r\n", "a sign"},
           Row{"250-a\r\n251 b\r\n", "another code in the last line"},
           Row{"250-a\r\n550-b\r\n250 c\r\n", "another code in the middle"},
           Row{"250-a\r\nb\r\n", "a line without a code"},
           Row{"250-a\r\n\r\n250 c\r\n", "an empty line in the middle"},
           Row{"\x16\x03\x01", "TLS"},
           Row{std::string_view("\0\0\0\0", 4), "NUL"},
       }) {
    INFO(row.why);
    const auto outcome = read(row.stream);
    CHECK(outcome.fault == Reason::SmtpProtocol);
    CHECK(outcome.replies.empty());
  }
}

TEST_CASE("smtp_reply: what was refused stays refused and can be shown", "[net][smtp_reply]") {
  SmtpReplyReader reader;
  reader.feed("250-a\r\nwhat?\r\n250 OK\r\n");
  CHECK(!reader.next());
  reader.feed("250 OK\r\n");
  CHECK(reader.next().error().detail == "line 2 of the reply does not begin with a reply code");
  CHECK(reader.unfinished() == std::vector<std::string>{"250-a", "what?"});
}

TEST_CASE("smtp_reply: what came of a reply that is not whole can be shown", "[net][smtp_reply]") {
  SmtpReplyReader reader;
  CHECK(reader.unfinished().empty());
  reader.feed("220-a\r\n220 b");
  CHECK(reader.next().value() == std::nullopt);
  CHECK(reader.unfinished() == std::vector<std::string>{"220-a", "220 b"});
  reader.feed("\r\n");
  CHECK(reader.next().value()->lines == std::vector<std::string>{"220-a", "220 b"});
  CHECK(reader.unfinished().empty());
}

TEST_CASE("smtp_reply: a line may have kMaxSmtpLine octets with its end and not one more", "[net][smtp_reply]") {
  const auto line = [](std::size_t octets) { return "220 " + std::string(octets - 6, 'x') + "\r\n"; };
  CHECK(read(line(kMaxSmtpLine)).replies.size() == 1);
  CHECK(read(line(kMaxSmtpLine + 1)).fault == Reason::SmtpProtocol);
  CHECK(read("220 " + std::string(kMaxSmtpLine - 5, 'x')).fault == std::nullopt);
  CHECK(read("220 " + std::string(kMaxSmtpLine - 4, 'x')).fault == Reason::SmtpProtocol);
}

TEST_CASE("smtp_reply: a reply may have kMaxSmtpReplyLines lines and not one more", "[net][smtp_reply]") {
  const auto most = read(lines(kMaxSmtpReplyLines, "250 X\r\n"));
  REQUIRE(most.replies.size() == 1);
  CHECK(most.replies[0].lines.size() == kMaxSmtpReplyLines);
  CHECK(read(lines(kMaxSmtpReplyLines + 1, "250 X\r\n")).fault == Reason::SmtpProtocol);
}

TEST_CASE("smtp_reply: NUL and 8-bit octets in the text are kept", "[net][smtp_reply]") {
  const std::string_view line("220 a\0b\xff\x1b[31m", 12);
  CHECK(read(std::string(line) + "\r\n").replies[0].lines[0] == line);
}

TEST_CASE("smtp_reply: an extension is offered by a whole keyword in any case after the first line (RFC 5321 4.1.1.1)",
          "[net][smtp_reply]") {
  struct Row {
    std::vector<std::string> lines;
    bool offered;
  };
  for (const auto& row : {
           Row{{"250-mx", "250 STARTTLS"}, true},
           Row{{"250-mx", "250-starttls", "250 8BITMIME"}, true},
           Row{{"250-mx", "250 StartTLS "}, true},
           Row{{"250-mx", "250 STARTTLS param"}, true},
           Row{{"250-mx", "250 STARTTLS\tparam"}, true},
           Row{{"250 STARTTLS"}, false},
           Row{{"250-STARTTLS", "250 SIZE"}, false},
           Row{{"250-mx", "250 STARTTLSX"}, false},
           Row{{"250-mx", "250 XSTARTTLS"}, false},
           Row{{"250-mx", "250 X STARTTLS"}, false},
           Row{{"250-mx", "250  STARTTLS"}, false},
           Row{{"250-mx", "250 STARTTLS=1"}, false},
           Row{{"250-mx", "250 START"}, false},
           Row{{"250-mx", "250"}, false},
           Row{{"250-mx", "250 "}, false},
       }) {
    CAPTURE(row.lines);
    CHECK(offers({250, row.lines}, "STARTTLS") == row.offered);
  }
}
