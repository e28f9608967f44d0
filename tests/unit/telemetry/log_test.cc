#include "exporter/telemetry/log.h"

#include <algorithm>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::telemetry {
namespace {

constexpr std::string_view kTime = "2026-11-24T13:45:57.123Z";

std::string logfmt(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return to_line(LogFormat::Logfmt, kTime, LogLevel::Info, message, fields);
}

std::string json(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return to_line(LogFormat::Json, kTime, LogLevel::Info, message, fields);
}

/// Values that try to end a line, a field or a string, to move a cursor or to turn the direction of writing.
const std::string kHostile[] = {"a\nlevel=error",
                                "a\r\nb",
                                "x\" level=error msg=\"y",
                                "x level=error",
                                "\\",
                                "\\\" level=error",
                                "a=b",
                                "\x1b[31mred\x1b]0;title\x07",
                                "\x7f\x08",
                                "\xc2\x85next",
                                "\xc2\x9b[31m",
                                "\xe2\x80\xaegpj.exe",
                                "\xe2\x81\xa6x\xe2\x81\xa9",
                                "\xe2\x80\xa8line",
                                "\xe2\x80\x8f\xef\xbb\xbf",
                                "\xff\xfe",
                                "\xc0\x8a",
                                "\xed\xa0\x80",
                                "cut \xe2\x80",
                                "",
                                std::string("a\0b", 3)};

TEST_CASE("log: logfmt is that of Prometheus", "[telemetry][log]") {
  CHECK(logfmt("probe done", {{"domain", "example.com"}, {"reason", "cert_expired"}, {"detail", "two words"}}) ==
        "ts=2026-11-24T13:45:57.123Z level=info msg=\"probe done\" domain=example.com reason=cert_expired "
        "detail=\"two words\"");
  CHECK(to_line(LogFormat::Logfmt, kTime, LogLevel::Warn, "x", {}) ==
        "ts=2026-11-24T13:45:57.123Z level=warn msg=\"x\"");
  CHECK(logfmt("x", {{"empty", ""}}) == "ts=2026-11-24T13:45:57.123Z level=info msg=\"x\" empty=\"\"");
}

TEST_CASE("log: JSON is one object a line", "[telemetry][log]") {
  CHECK(json("probe done", {{"domain", "example.com"}}) ==
        R"({"ts":"2026-11-24T13:45:57.123Z","level":"info","msg":"probe done","domain":"example.com"})");
}

TEST_CASE("log: every level has its name", "[telemetry][log]") {
  CHECK(to_line(LogFormat::Logfmt, "t", LogLevel::Debug, "x", {}) == "ts=t level=debug msg=\"x\"");
  CHECK(to_line(LogFormat::Logfmt, "t", LogLevel::Error, "x", {}) == "ts=t level=error msg=\"x\"");
}

TEST_CASE("log: a hostile value forges neither a line nor a field", "[telemetry][log]") {
  for (const auto& value : kHostile) {
    for (const auto& line :
         {logfmt(value, {{"key", value}, {"end", "1"}}), json(value, {{"key", value}, {"end", "1"}})}) {
      CAPTURE(line);
      const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
      CHECK(std::none_of(line.begin(), line.end(), is_control));
      for (const std::string mark : {"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xef\xbb\xbf",
                                     "\xc2\x85", "\xc2\x9b", "\xff", "\xc0", "\xed\xa0"}) {
        CHECK(line.find(mark) == std::string::npos);
      }
    }
  }
}

TEST_CASE("log: a hostile line in logfmt still has its four fields", "[telemetry][log]") {
  for (const auto& value : kHostile) {
    const auto line = logfmt("m", {{"key", value}, {"end", "1"}});
    CAPTURE(line);
    // Quoted strings away: what is left are the keys that the code wrote.
    std::string bare;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (quoted && line[i] == '\\') {
        ++i;
      } else if (line[i] == '"') {
        quoted = !quoted;
      } else if (!quoted) {
        bare += line[i];
      }
    }
    CHECK_FALSE(quoted);
    CHECK(std::count(bare.begin(), bare.end(), '=') == 5);
    CHECK(std::count(bare.begin(), bare.end(), ' ') == 4);
    CHECK(bare.ends_with(" end=1"));
  }
}

TEST_CASE("log: a hostile JSON line parses to the fields that were given", "[telemetry][log]") {
  for (const auto& value : kHostile) {
    const auto line = json(value, {{"key", value}, {"end", "1"}});
    CAPTURE(line);
    boost::json::error_code error;
    const auto parsed = boost::json::parse(line, error);
    REQUIRE_FALSE(error);
    CHECK(parsed.as_object().size() == 5);
    CHECK(parsed.at("level").as_string() == "info");
    CHECK(parsed.at("end").as_string() == "1");
  }
}

TEST_CASE("log: a field cannot take the place of the level, and a key is a key", "[telemetry][log]") {
  CHECK(json("x", {{"level", "error"}}).find("error") == std::string::npos);
  CHECK(logfmt("x", {{"a b=\"", "1"}}).ends_with(" a_b__=1"));
  CHECK(logfmt("x", {{"", "1"}}).ends_with(" _=1"));
}

TEST_CASE("log: plain text beyond ASCII stays readable", "[telemetry][log]") {
  CHECK(logfmt("x", {{"name", "m\xc3\xbcller"}}).ends_with(" name=\"m\xc3\xbcller\""));
}

TEST_CASE("log: long values are cut", "[telemetry][log]") {
  const std::string endless(1'000'000, 'x');
  CHECK(logfmt(endless, {{"key", endless}}).size() < 4500);
  CHECK(json(endless, {{"key", endless}}).size() < 4500);
}

/// Standard error into a pipe for the life of the object; a thread of its own reads, so that writers never block.
class CapturedStderr {
 public:
  CapturedStderr() : saved_(dup(STDERR_FILENO)) {
    REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    REQUIRE(dup2(ends_[1], STDERR_FILENO) >= 0);
    close(ends_[1]);
    reader_ = std::thread([this] {
      char block[4096];
      for (ssize_t count = 0; (count = read(ends_[0], block, sizeof block)) > 0;) {
        text_.append(block, static_cast<std::size_t>(count));
      }
    });
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() { finish(); }

  const std::string& finish() {
    if (saved_ >= 0) {
      dup2(saved_, STDERR_FILENO);
      close(saved_);
      saved_ = -1;
      reader_.join();
      close(ends_[0]);
    }
    return text_;
  }

 private:
  int saved_;
  int ends_[2] = {-1, -1};
  std::thread reader_;
  std::string text_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST_CASE("log: lines go to standard error with the time in UTC, below the level none", "[telemetry][log]") {
  CapturedStderr captured;
  const auto log = make_log(LogLevel::Warn, LogFormat::Logfmt);
  log->debug("no");
  log->info("no");
  log->warn("yes {} %v", {{"n", "1"}});
  log->error("yes");
  const auto lines = lines_of(captured.finish());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("ts=20"));
  CHECK(lines[0].ends_with("Z level=warn msg=\"yes {} %v\" n=1"));
  CHECK(lines[0].find(' ') == std::string("ts=2026-11-24T13:45:57.123Z").size());
  CHECK(lines[1].ends_with("level=error msg=\"yes\""));
}

TEST_CASE("log: lines of many threads stay whole", "[telemetry][log]") {
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  const std::string value(1500, 'x');
  CapturedStderr captured;
  {
    const auto log = make_log(LogLevel::Info, LogFormat::Json);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kLines; ++i) log->info("m", {{"value", value}});
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto lines = lines_of(captured.finish());
  CHECK(lines.size() == kThreads * kLines);
  for (const auto& line : lines) {
    boost::json::error_code error;
    const auto parsed = boost::json::parse(line, error);
    REQUIRE_FALSE(error);
    REQUIRE(parsed.at("value").as_string() == value);
  }
}

TEST_CASE("log: the null log is silent", "[telemetry][log]") {
  CapturedStderr captured;
  make_null_log()->error("x");
  CHECK(captured.finish().empty());
}

}  // namespace
}  // namespace mta_sts::telemetry
