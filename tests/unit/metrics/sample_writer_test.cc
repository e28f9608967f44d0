#include "exporter/metrics/sample_writer.h"

#include <limits>

#include <catch2/catch.hpp>

#include "tests/unit/metrics/lines.h"

using mta_sts::WallTime;
using mta_sts::metrics::Cut;
using mta_sts::metrics::label_text;
using mta_sts::metrics::number_text;
using mta_sts::metrics::SampleWriter;

namespace {

/// Of an object with the label a.
template <typename Write>
std::string written(Write write) {
  constexpr std::size_t kFamily = 3;
  mta_sts::metrics::ObjectLines::Writer lines("a=\"1\"");
  SampleWriter out(lines, kFamily);
  write(out);
  return mta_sts::testing::lines_of(lines.lines(), kFamily, "name");
}

/// What stands behind the labels.
std::string value_of(const std::string& line) { return line.substr(line.find(' ') + 1); }

std::string time_text(std::chrono::nanoseconds since_epoch) {
  const WallTime at(std::chrono::duration_cast<WallTime::duration>(since_epoch));
  return value_of(written([&](SampleWriter& out) { out.time({}, at); }));
}

}  // namespace

TEST_CASE("label_text: quotes and backslashes are escaped, other printable text is left", "[metrics][sample_writer]") {
  CHECK(label_text("plain text, {braces} = fine") == "plain text, {braces} = fine");
  CHECK(label_text("a\"b\\c") == "a\\\"b\\\\c");
  CHECK(label_text("Zürich, 東京, 🙂") == "Zürich, 東京, 🙂");
  CHECK(label_text("").empty());
}

TEST_CASE("label_text: control characters become visible and cannot end a line", "[metrics][sample_writer]") {
  CHECK(label_text("a\nb") == "a\\\\x0ab");
  CHECK(label_text("a\r\tb\x7f") == "a\\\\x0d\\\\x09b\\\\x7f");
  CHECK(label_text(std::string_view("a\0b", 3)) == "a\\\\x00b");
  CHECK(label_text("a\xc2\x85"
                   "b") == "a\\\\x85b");
  CHECK(label_text("a\xe2\x80\xae"
                   "b") == "a\\\\u{202e}b");
}

TEST_CASE("label_text: octets that are no UTF-8 become U+FFFD", "[metrics][sample_writer]") {
  const std::string mark = "\xef\xbf\xbd";
  CHECK(label_text("a\xff"
                   "b") == "a" + mark + "b");
  CHECK(label_text("\xc0\xaf") == mark + mark);                        // longer than needed
  CHECK(label_text("\xed\xa0\x80") == mark + mark + mark);             // a surrogate
  CHECK(label_text("\xe2\x82") == mark + mark);                        // cut off
  CHECK(label_text("\xf4\x90\x80\x80") == mark + mark + mark + mark);  // above U+10FFFF
}

TEST_CASE("label_text: a value is cut at 128 octets, at the border of a character", "[metrics][sample_writer]") {
  CHECK(label_text(std::string(128, 'a')) == std::string(128, 'a'));
  CHECK(label_text(std::string(129, 'a')) == std::string(125, 'a') + "...");
  CHECK(label_text(std::string(100000, 'a')).size() == 128);
  // 42 characters of three octets are 126, the next does not fit; with the mark 41 do.
  std::string wide;
  for (int i = 0; i < 43; ++i) wide += "東";
  CHECK(label_text(wide) == wide.substr(0, 41 * 3) + "...");
  CHECK(label_text(wide.substr(0, 42 * 3)) == wide.substr(0, 42 * 3));
  // An escaped character is kept whole or not at all.
  CHECK(label_text(std::string(127, 'a') + "\n") == std::string(125, 'a') + "...");
  CHECK(label_text(std::string(124, 'a') + "\n") == std::string(124, 'a') + "\\\\x0a");
}

TEST_CASE("label_text: a value that is to be whole is not cut, and no less escaped", "[metrics][sample_writer]") {
  const std::string longest(1024, 'a');
  CHECK(label_text(longest, Cut::No) == longest);
  CHECK(label_text(longest + "\n\"", Cut::No) == longest + "\\\\x0a\\\"");
}

TEST_CASE("number_text: the shortest text that reads back as the same number", "[metrics][sample_writer]") {
  const std::pair<double, const char*> rows[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {-1, "-1"},
      {0.1, "0.1"},
      {1.5, "1.5"},
      {31557600, "31557600"},
      {1e14, "100000000000000"},
      {1e15, "1e+15"},
      {1750000000.25, "1750000000.25"},
      {1e-7, "1e-07"},
      {-62135596800, "-62135596800"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
  };
  for (const auto& [value, text] : rows) CHECK(number_text(value) == text);
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("sample_writer: labels in order, those of the configuration after them", "[metrics][sample_writer]") {
  CHECK(written([](SampleWriter& out) { out.value({{"b", "2"}, {"c", "3"}}, 4); }) ==
        "name{a=\"1\",b=\"2\",c=\"3\"} 4\n");
  CHECK(written([](SampleWriter& out) { out.value({}, 3); }) == "name{a=\"1\"} 3\n");
  CHECK(written([](SampleWriter& out) { out.info({{"b", "2"}}, {{"z", "x"}, {"c", "\""}}); }) ==
        "name{a=\"1\",b=\"2\",c=\"\\\"\",z=\"x\"} 1\n");
  CHECK(mta_sts::metrics::labels_text({{"a", "1"}, {"b", "\""}}) == "a=\"1\",b=\"\\\"\"");
}

TEST_CASE("sample_writer: labels of the configuration are whole, of the others those that are told to be",
          "[metrics][sample_writer]") {
  const std::string longest(1024, 'x');
  const std::string cut = std::string(125, 'x') + "...";
  CHECK(written([&](SampleWriter& out) { out.info({{"b", longest}, {"c", longest, Cut::No}}, {{"z", longest}}); }) ==
        "name{a=\"1\",b=\"" + cut + "\",c=\"" + longest + "\",z=\"" + longest + "\"} 1\n");
  CHECK(mta_sts::metrics::labels_text({{"a", longest, Cut::No}}) == "a=\"" + longest + "\"");
}

TEST_CASE("sample_writer: what is not known writes nothing", "[metrics][sample_writer]") {
  CHECK(written([](SampleWriter& out) {
          out.value({}, std::optional<double>());
          out.flag({}, std::nullopt);
          out.count({}, std::nullopt);
          out.time({}, std::nullopt);
          out.seconds({}, std::nullopt);
        }).empty());
  CHECK(written([](SampleWriter& out) {
          out.flag({}, false);
          out.flag({}, true);
          out.count({}, 0u);
        }) == "name{a=\"1\"} 0\nname{a=\"1\"} 1\nname{a=\"1\"} 0\n");
}

TEST_CASE("sample_writer: timestamps are seconds with milliseconds, spans with microseconds",
          "[metrics][sample_writer]") {
  using namespace std::chrono_literals;
  CHECK(time_text(1750000000s) == "1750000000\n");
  CHECK(time_text(1750000000s + 123456789ns) == "1750000000.123\n");
  CHECK(time_text(-1s) == "-1\n");
  const auto span = [](std::chrono::nanoseconds value) {
    return value_of(written([&](SampleWriter& out) { out.seconds({}, value); }));
  };
  CHECK(span(0ns) == "0\n");
  CHECK(span(1500ms) == "1.5\n");
  CHECK(span(1234567ns) == "0.001235\n");
}
