#include "exporter/base/reason.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace mta_sts {
namespace {

TEST_CASE("reason: every reason has a label text of its own that parses back", "[base][reason]") {
  std::set<std::string> texts;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    const std::string text(to_text(reason));
    CAPTURE(i, text);
    REQUIRE_FALSE(text.empty());
    CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    CHECK(texts.insert(text).second);
    CHECK(parse_reason(text) == reason);
  }
}

TEST_CASE("reason: a text that is no label is none", "[base][reason]") {
  CHECK_FALSE(parse_reason(""));
  CHECK_FALSE(parse_reason("record"));
  CHECK_FALSE(parse_reason("Record_Missing"));
}

}  // namespace
}  // namespace mta_sts
