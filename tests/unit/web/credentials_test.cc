#include "exporter/web/credentials.h"

#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

std::string read(std::string_view authorization) {
  const auto found = parse_basic(authorization);
  return found ? "[" + found->user + "][" + found->password + "]" : "none";
}

TEST_CASE("credentials: user and password are read (RFC 7617 §2)", "[web][credentials]") {
  CHECK(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == "[Aladdin][open sesame]");
  CHECK(read("basic   YTpi") == "[a][b]");
  CHECK(read("Basic YTo=") == "[a][]");
  CHECK(read("Basic OmI=") == "[][b]");
  CHECK(read("Basic YTpiOmM=") == "[a][b:c]");
  CHECK(read("Basic dGVzdDoxMjPCow==") == "[test][123\xc2\xa3]");
}

TEST_CASE("credentials: a NUL is an octet like others", "[web][credentials]") {
  const auto found = parse_basic("Basic YQBiOmMAZA==");
  REQUIRE(found);
  CHECK(found->user == std::string("a\0b", 3));
  CHECK(found->password == std::string("c\0d", 3));
}

TEST_CASE("credentials: whatever is broken is nothing", "[web][credentials]") {
  for (const std::string text :
       {"", "Basic", "Basic ", "Bearer YTpi", "YTpi", "BasicYTpi", "Basic YTp", "Basic YTpi=", "Basic YT=i",
        "Basic =TpiYTpi", "Basic Y Tpi", "Basic YQ==", "Basic YTo=====", "Basic YTpi, Basic YTpi", "Basic YTp\xc3",
        "Basic ====", "Basic YTp-"}) {
    CAPTURE(text);
    CHECK(read(text) == "none");
  }
}

}  // namespace
}  // namespace mta_sts::web
