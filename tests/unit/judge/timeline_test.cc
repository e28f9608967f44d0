#include "exporter/judge/timeline.h"

#include <catch2/catch.hpp>

#include "exporter/base/time_text.h"
#include "tests/unit/judge/past_builders.h"

using mta_sts::Reason;
using mta_sts::WallTime;
using mta_sts::judge::Check;
using mta_sts::judge::Past;
using mta_sts::judge::timeline;
using namespace mta_sts::testing;

namespace {

/// One line an entry: day, day of the end, kind, text.
std::vector<std::string> lines_of(const Past& past) {
  std::vector<std::string> lines;
  const auto day = [](WallTime at) { return std::to_string((at - kStart) / kDay); };
  for (const auto& event : timeline(past)) {
    lines.push_back(day(event.at) + "-" + (event.until ? day(*event.until) : "") + " " +
                    std::string(to_text(event.kind)) + " " + event.text);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("timeline: of nothing there is nothing to tell", "[judge][timeline]") { CHECK(timeline({}).empty()); }

TEST_CASE("timeline: all kinds stand in the order of time, those of one moment in the order of kinds",
          "[judge][timeline]") {
  Past past;
  past.changes = {{kStart + 3 * kDay, Check::MxTls, Reason::CertExpired}, {kStart + 4 * kDay, Check::MxTls, {}}};
  past.modes = {{mta_sts::formats::Mode::Testing, between(kStart, kStart + 2 * kDay)},
                {mta_sts::formats::Mode::Enforce, since(kStart + 2 * kDay)}};
  past.mx_sets = {{{{10, "a.example"}, {20, "b.example"}}, between(kStart, kStart + kDay)}, {{}, since(kStart + kDay)}};
  past.ids = {{"1", between(kStart, kStart + 2 * kDay), {}}, {"2", since(kStart + 2 * kDay), {}}};
  past.policies = {served(policy("testing", {"a.example"}), between(kStart, kStart + 2 * kDay), {"1"}),
                   served(policy("enforce", {"*.example", "b.example"}), since(kStart + 2 * kDay), {"2"})};
  CHECK(lines_of(past) == Lines{"0-2 policy first served: mode testing, max_age 604800, mx a.example", "0-2 id id 1",
                                "0-1 mx MX set: 10 a.example, 20 b.example", "0-2 mode mode testing",
                                "1- mx MX set changed: takes no mail",
                                "2- policy last served: mode testing, max_age 604800, mx a.example; senders may hold "
                                "it until 2025-06-24T15:06:40Z",
                                "2- policy first served: mode enforce, max_age 604800, mx *.example, b.example",
                                "2- id id changed from 1 to 2", "2- mode mode changed from testing to enforce",
                                "3- check mx_tls fails: cert_expired", "4- check mx_tls passes"});
}

TEST_CASE("timeline: an id that was away is back, and what is gone is told", "[judge][timeline]") {
  Past past;
  past.ids = {{"1", between(kStart, kStart + kDay), {}}, {"1", since(kStart + 2 * kDay), {}}};
  past.gone = between(kStart + kDay, kStart + 2 * kDay);
  CHECK(lines_of(past) == Lines{"0-1 id id 1", "1-2 policy record or policy is gone", "2- id id 1 is back"});
}

TEST_CASE("time_text: whole seconds in UTC, also before 1970", "[judge][timeline]") {
  CHECK(mta_sts::rfc3339(kStart + std::chrono::milliseconds(999)) == "2025-06-15T15:06:40Z");
  CHECK(mta_sts::utc_digits(kStart) == "20250615150640");
  CHECK(mta_sts::rfc3339(WallTime(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59Z");
}
