#include "exporter/base/ascii.h"

#include <catch2/catch.hpp>

namespace mta_sts::ascii {
namespace {

TEST_CASE("ascii: classes hold for ASCII only, whatever the locale", "[base][ascii]") {
  CHECK(is_alpha('z'));
  CHECK(is_alnum('9'));
  CHECK(is_wsp('\t'));
  CHECK_FALSE(is_wsp('\n'));
  CHECK_FALSE(is_alpha('\xe4'));
  CHECK_FALSE(is_visible('\xa0'));
  CHECK_FALSE(is_visible(' '));
  CHECK(is_visible('~'));
}

TEST_CASE("ascii: comparing folds ASCII letters and nothing else", "[base][ascii]") {
  CHECK(same("MX.Example", "mx.eXAMPLE"));
  CHECK_FALSE(same("mx", "mx1"));
  CHECK_FALSE(same("\xc3\x84", "\xc3\xa4"));
  CHECK(to_lower("A@Z[") == "a@z[");
}

TEST_CASE("ascii: trimming takes blanks and tabs from both ends only", "[base][ascii]") {
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(trim(" \t") == "");
  CHECK(trim("\na\r") == "\na\r");
}

TEST_CASE("ascii: lines end with LF, the last one perhaps without", "[base][ascii]") {
  using Lines = std::vector<std::string_view>;
  CHECK(lines("").empty());
  CHECK(lines("\n") == Lines{""});
  CHECK(lines("a\n\nb\r\n") == Lines{"a", "", "b\r"});
  CHECK(lines("a\nb") == Lines{"a", "b"});
}

}  // namespace
}  // namespace mta_sts::ascii
