#include "exporter/net/http_answer.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace mta_sts::net {

namespace {

constexpr std::size_t kMaxBody = 1000;

HttpAnswer read(const std::vector<std::string>& lines) {
  HttpAnswer answer(kMaxBody);
  for (const auto& line : lines) {
    if (answer.add_header(line) == Reading::Stop) break;
  }
  return answer;
}

}  // namespace

TEST_CASE("http_answer: the fields that matter are kept as sent, names in any case", "[net][http_answer]") {
  const auto answer = read({"HTTP/1.1 200 OK\r\n", "content-TYPE:  text/plain; charset=utf-8 \r\n",
                            "Content-Encoding: identity\r\n", "Last-Modified: yesterday\r\n", "X: y\r\n", "\r\n"});
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "text/plain; charset=utf-8");
  CHECK(answer.content_encoding == "identity");
  CHECK(answer.last_modified == "yesterday");
  CHECK(answer.has_header());
  CHECK_FALSE(answer.stopped());
}

TEST_CASE("http_answer: of two media types the first counts, of codings all (RFC 9110 5.3)", "[net][http_answer]") {
  const auto answer = read({"HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\n", "Content-Type: text/html\r\n",
                            "Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n", "\r\n"});
  CHECK(answer.content_type == "text/plain");
  CHECK(answer.content_encoding == "gzip, br");
}

TEST_CASE("http_answer: a folded value is one value (RFC 9112 5.2)", "[net][http_answer]") {
  const auto answer = read({"HTTP/1.1 200 OK\r\n", "Content-Type: text/plain;\r\n", "\tcharset=utf-8\r\n", "X: y\r\n",
                            " folded\r\n", "\r\n"});
  CHECK(answer.content_type == "text/plain; charset=utf-8");
}

TEST_CASE("http_answer: an empty field and a missing one are told apart", "[net][http_answer]") {
  CHECK(read({"HTTP/1.1 200 OK\r\n", "Content-Type:\r\n", "\r\n"}).content_type == "");
  CHECK(read({"HTTP/1.1 200 OK\r\n", "Content-Type\r\n", "\r\n"}).content_type == "");
  CHECK_FALSE(read({"HTTP/1.1 200 OK\r\n", "\r\n"}).content_type);
}

TEST_CASE("http_answer: informational answers are skipped with their fields", "[net][http_answer]") {
  const auto answer =
      read({"HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n", "Content-Type: text/html\r\n",
            "Content-Length: 1\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n", "\r\n"});
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.content_type);
  CHECK(answer.has_header());
  CHECK_FALSE(answer.stopped());
}

TEST_CASE("http_answer: informational answers without end are over the header's limit", "[net][http_answer]") {
  HttpAnswer answer(kMaxBody);
  int answers = 0;
  while (answer.add_header("HTTP/1.1 102 Processing\r\n") == Reading::On && answer.add_header("\r\n") == Reading::On) {
    REQUIRE(++answers < 10000);
  }
  REQUIRE(answer.fault());
  CHECK(answer.fault()->reason == Reason::HttpProtocol);
}

TEST_CASE("http_answer: 64 KiB of header pass, one octet more does not", "[net][http_answer]") {
  const std::string status = "HTTP/1.1 200 OK\r\n";
  const std::string field = "X: " + std::string(kMaxHttpHeader - status.size() - 2 - 5, 'x') + "\r\n";
  CHECK_FALSE(read({status, field, "\r\n"}).stopped());
  const auto over = read({status, "x" + field, "\r\n"});
  REQUIRE(over.fault());
  CHECK(over.fault()->reason == Reason::HttpProtocol);
  CHECK(over.status == 200);
}

TEST_CASE("http_answer: trailers count as header and change nothing", "[net][http_answer]") {
  auto answer = read({"HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\n", "\r\n"});
  CHECK(answer.add_body("version") == Reading::On);
  CHECK(answer.add_header("Content-Encoding: gzip\r\n") == Reading::On);
  CHECK_FALSE(answer.content_encoding);
  CHECK(answer.add_header(std::string(kMaxHttpHeader, 'x')) == Reading::Stop);
  CHECK(answer.fault()->reason == Reason::HttpProtocol);
}

TEST_CASE("http_answer: any status but 200 ends the answer at its header, whatever its framing (RFC 8461 3.3)",
          "[net][http_answer]") {
  for (const int status : {101, 201, 204, 206, 301, 302, 304, 400, 404, 410, 500, 599, 999}) {
    const auto answer = read({"HTTP/1.1 " + std::to_string(status) + "\r\n", "Transfer-Encoding: gzip\r\n",
                              "Content-Length: 1\r\n", "Content-Length: 2\r\n", "Content-Type: text/html\r\n", "\r\n"});
    CAPTURE(status);
    CHECK(answer.stopped());
    CHECK_FALSE(answer.fault());
    CHECK(answer.status == status);
    CHECK(answer.content_type == "text/html");
  }
}

TEST_CASE("http_answer: a line that is no status line of HTTP/1 is http_protocol (RFC 9112 4)", "[net][http_answer]") {
  for (const char* good : {"HTTP/1.1 200 OK\r\n", "HTTP/1.0 200\r\n", "HTTP/1.1 200 \n", "HTTP/1.1 200 \xff\r\n"}) {
    CAPTURE(good);
    CHECK(read({good}).status == 200);
  }
  for (const char* bad :
       {"HTTP/2 200\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1  200\r\n", "http/1.1 200 OK\r\n",
        "HTTP/1.1\t200 OK\r\n", "HTTP/1.x 200 OK\r\n", "HTTP/1.1 099\r\n", "ICY 200 OK\r\n", "\r\n", ""}) {
    CAPTURE(bad);
    const auto answer = read({bad});
    REQUIRE(answer.fault());
    CHECK(answer.fault()->reason == Reason::HttpProtocol);
    CHECK(answer.status == 0);
  }
}

TEST_CASE("http_answer: framing that readers may disagree on is http_protocol (RFC 9112 6)", "[net][http_answer]") {
  struct Row {
    std::vector<std::string> fields;
    bool accepted;
  };
  const Row rows[] = {
      {{"Content-Length: 5\r\n"}, true},
      {{"Content-Length: 5\r\n", "content-length: 5\r\n"}, true},
      {{"Content-Length: 5\r\n", "Content-Length: 6\r\n"}, false},
      {{"Transfer-Encoding: Chunked\r\n"}, true},
      {{"Transfer-Encoding: gzip, chunked\r\n"}, false},
      {{"Transfer-Encoding: gzip\r\n"}, false},
  };
  for (const auto& row : rows) {
    std::vector<std::string> lines = {"HTTP/1.1 200 OK\r\n"};
    lines.insert(lines.end(), row.fields.begin(), row.fields.end());
    lines.push_back("\r\n");
    CAPTURE(row.fields);
    CHECK(read(lines).fault().has_value() != row.accepted);
  }
}

TEST_CASE("http_answer: a body of the limit passes, one octet more is http_too_large", "[net][http_answer]") {
  auto answer = read({"HTTP/1.1 200 OK\r\n", "\r\n"});
  CHECK(answer.add_body(std::string(kMaxBody - 1, 'a')) == Reading::On);
  CHECK(answer.add_body("b") == Reading::On);
  CHECK_FALSE(answer.fault());
  CHECK(answer.add_body("cc") == Reading::Stop);
  CHECK(answer.fault()->reason == Reason::HttpTooLarge);
  CHECK(answer.body == std::string(kMaxBody - 1, 'a') + "b");
  CHECK(answer.add_body("d") == Reading::Stop);
  CHECK(answer.add_header("X: y\r\n") == Reading::Stop);
}

}  // namespace mta_sts::net
