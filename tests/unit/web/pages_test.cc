#include "exporter/web/pages.h"

#include <catch2/catch.hpp>

#include "exporter/web/assets.h"

namespace mta_sts::web {
namespace {

Pages pages() { return Pages({"1.2.3<b>", "/met\"rics"}); }

Request asking(const std::string& tag = "") {
  Request request;
  if (!tag.empty()) request.headers.emplace_back("If-None-Match", tag);
  return request;
}

std::string field(const Response& response, std::string_view name) {
  for (const auto& [field, value] : response.headers) {
    if (field == name) return value;
  }
  return "";
}

bool contains(const Response& response, std::string_view part) {
  return response.body->find(part) != std::string::npos;
}

TEST_CASE("pages: links lead to the root from any depth, under any prefix", "[web][pages]") {
  CHECK(contains(pages().document(200, 0), R"(src="./ui/app.js")"));
  CHECK(contains(pages().document(200, 1), R"(src="../ui/app.js")"));
  CHECK(!contains(pages().document(200, 1), "@"));
}

TEST_CASE("pages: what the operator names is text", "[web][pages]") {
  CHECK(contains(pages().document(200, 0), "version 1.2.3&lt;b>"));
  CHECK(contains(pages().document(200, 0), R"(href="./met&quot;rics")"));
}

TEST_CASE("pages: nothing but the exporter's own files is loaded, and no script stands in the document",
          "[web][pages]") {
  const auto document = pages().document(404, 1);
  CHECK(document.status == 404);
  const auto policy = field(document, "Content-Security-Policy");
  CHECK(policy.starts_with("default-src 'none'; script-src 'self';"));
  CHECK(policy.find("unsafe") == std::string::npos);
  for (const std::string_view inline_code : {"<style", "style=", "onclick", "javascript:"}) {
    CAPTURE(inline_code);
    CHECK(!contains(document, inline_code));
  }
  for (const Asset& asset : assets()) {
    CAPTURE(asset.name);
    CHECK(asset.text.find("innerHTML") == std::string_view::npos);
    CHECK(asset.text.find("eval(") == std::string_view::npos);
  }
}

TEST_CASE("pages: a file that did not change is not sent again", "[web][pages]") {
  const auto first = pages().file("/ui/app.js", asking());
  REQUIRE(first);
  CHECK(first->status == 200);
  CHECK(first->content_type == "text/javascript; charset=utf-8");
  const auto again = pages().file("/ui/app.js", asking(field(*first, "ETag")));
  CHECK(again->status == 304);
  CHECK(again->body == nullptr);
  CHECK(pages().file("/ui/app.js", asking("\"other\""))->status == 200);
}

TEST_CASE("pages: only the files of the pages are served", "[web][pages]") {
  CHECK(!pages().file("/ui/nothing.js", asking()));
  CHECK(!pages().file("/ui/index.html", asking()));
  CHECK(!pages().file("/ui/", asking()));
}

}  // namespace
}  // namespace mta_sts::web
