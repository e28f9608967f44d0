#include "exporter/settings/units.h"

#include <limits>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::settings {
namespace {

using std::chrono::milliseconds;

TEST_CASE("units: durations are those of Prometheus", "[settings][units]") {
  struct Row {
    std::string text;
    std::int64_t ms;
  };
  const Row rows[] = {{"500ms", 500},
                      {"30s", 30'000},
                      {"5m", 300'000},
                      {"1h30m", 5'400'000},
                      {"7d", 604'800'000},
                      {"1w", 604'800'000},
                      {"1y", 31'536'000'000},
                      {"1y2w3d4h5m6s7ms", 31'536'000'000 + 1'209'600'000 + 259'200'000 + 14'400'000 + 306'007},
                      {"0", 0},
                      {"0s", 0},
                      {"05m", 300'000},
                      {"90m", 5'400'000}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_duration(row.text) == milliseconds(row.ms));
  }
}

TEST_CASE("units: what is no duration of Prometheus is refused", "[settings][units]") {
  for (const std::string text : {"",           "5",
                                 "m",          "5 m",
                                 " 5m",        "5m ",
                                 "-5m",        "+5m",
                                 "1.5h",       "30m1h",
                                 "1m1m",       "1s1h",
                                 "5M",         "5min",
                                 "1h30",       "0x5m",
                                 "5m\n",       "9223372036854775808ms",
                                 "292471209y", "300000000y300000000w",
                                 "\xd9\xa5m"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("units: a duration is shown as it would be typed", "[settings][units]") {
  for (const std::string text : {"0s", "1ms", "100ms", "1h30m", "30d", "365d", "1d2h3m4s5ms"}) {
    CAPTURE(text);
    REQUIRE(parse_duration(text));
    CHECK(to_text(*parse_duration(text)) == text);
  }
}

TEST_CASE("units: sizes are octets, B, KiB or MiB", "[settings][units]") {
  CHECK(parse_size("65536") == 65536u);
  CHECK(parse_size("100B") == 100u);
  CHECK(parse_size("64KiB") == 65536u);
  CHECK(parse_size("2MiB") == 2097152u);
  CHECK(parse_size("0") == 0u);
  for (const std::string text :
       {"", "KiB", "64KB", "64kib", "64 KiB", "-1", "1.5KiB", "0064", "17592186044416MiB", "1GiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
  CHECK(size_text(65536) == "64KiB");
  CHECK(size_text(1048576) == "1MiB");
  CHECK(size_text(1000) == "1000B");
}

TEST_CASE("units: numbers are plain decimal digits that fit", "[settings][units]") {
  CHECK(parse_number("0") == 0u);
  CHECK(parse_number("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const std::string text : {"", "-1", "+1", "1.0", "0x1", "010", "1_000", " 1", "1e3", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text));
  }
}

TEST_CASE("units: a DNS server is an address with a port or without", "[settings][units]") {
  const auto shown = [](std::string_view text) {
    const auto server = parse_dns_server(text);
    std::ostringstream out;
    if (server) out << *server;
    return out.str();
  };
  CHECK(shown("127.0.0.1:53") == "127.0.0.1:53");
  CHECK(shown("127.0.0.1") == "127.0.0.1:53");
  CHECK(shown("127.0.0.1:5353") == "127.0.0.1:5353");
  CHECK(shown("[::1]:5353") == "[::1]:5353");
  CHECK(shown("[::1]") == "[::1]:53");
  CHECK(shown("2001:db8::53") == "[2001:db8::53]:53");
  for (const std::string text : {"", ":53", "localhost", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                                 "127.0.0.1:053", "127.0.0.1:-1", "[127.0.0.1]:53", "[::1", "[::1]53", "::1]",
                                 "[::1]:", "127.0.0.1:53:53", "127.0.0.1 ", "fe80::1%lo", "[fe80::1%lo]:53"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_dns_server(text));
  }
}

}  // namespace
}  // namespace mta_sts::settings
