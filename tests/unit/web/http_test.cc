#include "exporter/web/http.h"

#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

TEST_CASE("target: path and query parameters are split and decoded", "[web][http]") {
  struct Row {
    std::string target;
    std::string path;
    Fields query;
  };
  const std::vector<Row> rows{
      {"/", "/", {}},
      {"*", "*", {}},
      {"/metrics", "/metrics", {}},
      {"/probe?target=example.com", "/probe", {{"target", "example.com"}}},
      {"/probe?target=b%C3%BCcher.example&debug=true",
       "/probe",
       {{"target",
         "b\xc3\xbc"
         "cher.example"},
        {"debug", "true"}}},
      {"/api/v1/domains/b%c3%bccher.example",
       "/api/v1/domains/b\xc3\xbc"
       "cher.example",
       {}},
      {"/a+b?c+d=e+f%2Bg", "/a+b", {{"c d", "e f+g"}}},
      {"/x?flag&&empty=&=nameless", "/x", {{"flag", ""}, {"empty", ""}, {"", "nameless"}}},
      {"/x?a=b=c", "/x", {{"a", "b=c"}}},
      {"/x?target=1&target=2", "/x", {{"target", "1"}, {"target", "2"}}},
      {"/x#part", "/x", {}},
      {"http://exporter.example:8461/metrics?a=b", "/metrics", {{"a", "b"}}},
      {"http://exporter.example", "/", {}},
      {"http://exporter.example?a=b", "/", {{"a", "b"}}},
      {"/redirect?to=http://example.com/", "/redirect", {{"to", "http://example.com/"}}},
  };
  for (const auto& row : rows) {
    INFO(row.target);
    const auto target = parse_target(row.target);
    REQUIRE(target);
    CHECK(target->path == row.path);
    CHECK(target->query == row.query);
  }
}

TEST_CASE("target: broken encodings and control characters are refused", "[web][http]") {
  for (const std::string target : {"/%", "/%4", "/%zz", "/%0a", "/%00", "/x?a=%", "/x?%=a", "/x?a=%0d%0aSet-Cookie:x",
                                   "/\x01", "/%7f", "metrics"}) {
    INFO(target);
    CHECK_FALSE(parse_target(target));
  }
}

TEST_CASE("request: fields sent twice are one list (RFC 9110 §5.3)", "[web][http]") {
  const Request request{.method = "GET",
                        .target = "/",
                        .path = "/",
                        .query = {{"target", "first"}, {"target", "second"}},
                        .headers = {{"Accept", "text/plain"}, {"Host", "h"}, {"ACCEPT", "*/*;q=0.1"}},
                        .body = "",
                        .peer = {}};
  CHECK(request.header("accept") == "text/plain, */*;q=0.1");
  CHECK(request.header("X-Missing").empty());
  CHECK(request.parameter("target") == "first");
  CHECK_FALSE(request.parameter("debug"));
}

}  // namespace
}  // namespace mta_sts::web
