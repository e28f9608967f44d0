#include "exporter/base/small_text.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using mta_sts::SmallText;

namespace {

const std::string kExample = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n";

}  // namespace

TEST_CASE("small_text: every text comes back as it was", "[base][small_text]") {
  const SmallText small(kExample);
  std::string octets;
  for (unsigned i = 0; i < 100'000; ++i) octets += static_cast<char>(i * i >> 5);
  for (const std::string& text : {std::string(), std::string("a"), kExample, std::string("\0\n\xff", 3), octets,
                                  octets.substr(0, SmallText::kMost)}) {
    CHECK((small.unpack(small.pack(text)) == text));  // in brackets: not to be printed
    CHECK_FALSE(small.pack(text).empty());
  }
}

TEST_CASE("small_text: what the example says is not said again", "[base][small_text]") {
  const std::string text = "version: STSv1\nmode: testing\nmx: mx.example.org\nmax_age: 86400\n";
  CHECK(SmallText(kExample).pack(text).size() < text.size() / 2);
  CHECK(SmallText("").pack(text).size() > text.size() * 3 / 4);
  // The example may be longer than what counts of it.
  const SmallText large(std::string(SmallText::kExample * 3, 'x') + kExample);
  CHECK(large.pack(text).size() < text.size() / 2);
  CHECK(large.unpack(large.pack(text)) == text);
}

TEST_CASE("small_text: a long text is left as it is", "[base][small_text]") {
  const SmallText small(kExample);
  const std::string longest(SmallText::kMost, 'x');
  CHECK(small.pack(longest).size() < 100);
  CHECK(small.pack(longest + 'x').size() > SmallText::kMost);
}

TEST_CASE("small_text: what is no packed text is a bug of the caller", "[base][small_text]") {
  const SmallText small(kExample);
  const auto packed = small.pack(kExample + "and something else");
  CHECK_THROWS_AS(small.unpack(packed.substr(0, packed.size() / 2)), std::logic_error);
  CHECK_THROWS_AS(small.unpack("d\xff\xff\xff"), std::logic_error);
  CHECK_THROWS_AS(small.unpack(""), std::logic_error);
}
