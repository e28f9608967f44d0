#include "exporter/formats/quote.h"

#include <catch2/catch.hpp>

#include "exporter/formats/utf8.h"

namespace mta_sts::formats {
namespace {

TEST_CASE("quote: what would break a line, a terminal or the reading order is escaped", "[formats][quote]") {
  struct Row {
    std::string text;
    std::string shown;
  };
  const Row rows[] = {{"plain", "\"plain\""},
                      {"", "\"\""},
                      {"a\"b\\c", R"("a\"b\\c")"},
                      {"a\r\n\tb", R"("a\r\n\tb")"},
                      {"\x1b[31m", R"("\x1b[31m")"},
                      {std::string("\0\x7f", 2), R"("\x00\x7f")"},
                      {"m\xc3\xbcnchen", "\"m\xc3\xbcnchen\""},
                      {"\xc2\xa0", R"("\u{a0}")"},
                      {"\xc2\x85", R"("\u{85}")"},
                      {"\xe2\x80\xae", R"("\u{202e}")"},
                      {"\xef\xbb\xbf", R"("\u{feff}")"},
                      {"\xf3\xa0\x81\xa1", R"("\u{e0061}")"},
                      {"\xff\xc3", R"("\xff\xc3")"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(quoted(row.text) == row.shown);
  }
}

TEST_CASE("quote: a long text is cut between characters and its length is told", "[formats][quote]") {
  CHECK(quoted(std::string(kMaxQuoted, 'x')) == "\"" + std::string(kMaxQuoted, 'x') + "\"");
  CHECK(quoted(std::string(65536, 'x')) == "\"" + std::string(kMaxQuoted, 'x') + "\"... (65536 octets)");
  const auto cut = quoted(std::string(kMaxQuoted - 1, 'x') + "\xc3\xbc");
  CHECK(cut == "\"" + std::string(kMaxQuoted - 1, 'x') + "\"... (81 octets)");
}

TEST_CASE("utf8: the table of RFC 3629 4 is followed at its borders", "[formats][utf8]") {
  for (const std::string text : {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                 "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(text);
    CHECK(utf8_length(text) == text.size());
    CHECK(is_utf8(text));
  }
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CAPTURE(text);
    CHECK(utf8_length(text) == 0);
    CHECK_FALSE(is_utf8(text));
  }
  CHECK(utf8_length("") == 0);
  CHECK(is_utf8(""));
}

TEST_CASE("utf8: octets that are no characters are replaced, and the end is cut between characters",
          "[formats][utf8]") {
  CHECK(make_utf8("a\xff"
                  "b",
                  100) ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(make_utf8("a\xc3\xbc", 2) == "a");
  CHECK(make_utf8("a\xc3\xbc", 3) == "a\xc3\xbc");
}

}  // namespace
}  // namespace mta_sts::formats
