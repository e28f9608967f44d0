#include "exporter/commands/history.h"

#include <sstream>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/domain_json.h"
#include "tests/unit/judge/past_builders.h"

using mta_sts::Error;
using mta_sts::OutputFormat;
using mta_sts::Result;
using mta_sts::judge::Past;
using namespace mta_sts::testing;
using Timeline = Result<std::optional<boost::json::array>>;

namespace {

struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

Said history_of(const Timeline& timeline, OutputFormat format) {
  std::ostringstream out;
  std::ostringstream err;
  const auto domain = mta_sts::formats::DomainName::from_ascii("example.org").value();
  const int code = mta_sts::commands::history(domain, timeline, format, out, err);
  return {code, out.str(), err.str()};
}

/// Of a store or an exporter: both have this form.
Timeline sample() {
  Past past;
  past.ids = {{"1", between(kStart, kStart + kDay), {}}, {"2", since(kStart + kDay), {}}};
  past.mx_sets = {{{{10, "a\x1b[2J\n.example"}}, since(kStart)}};
  past.changes = {{kStart + kDay, mta_sts::judge::Check::MxTls, mta_sts::Reason::CertExpired}};
  return std::optional(mta_sts::web::timeline_json(past));
}

}  // namespace

TEST_CASE("history: the timeline in aligned columns, hostile text made printable", "[commands][history]") {
  const auto said = history_of(sample(), OutputFormat::Text);
  CHECK(said.code == 0);
  CHECK(said.err.empty());
  CHECK(said.out ==
        "example.org, all times in UTC\n"
        "FROM                  LAST SEEN             KIND   WHAT\n"
        "2025-06-15T15:06:40Z  2025-06-16T15:06:40Z  id     id 1\n"
        "2025-06-15T15:06:40Z                        mx     MX set: 10 a\\x1b[2J\\x0a.example\n"
        "2025-06-16T15:06:40Z                        id     id changed from 1 to 2\n"
        "2025-06-16T15:06:40Z                        check  mx_tls fails: cert_expired\n");
}

TEST_CASE("history: one object with --json", "[commands][history]") {
  const auto said = history_of(sample(), OutputFormat::Json);
  CHECK(said.code == 0);
  CHECK(said.out ==
        R"({"domain":"example.org","timeline":[)"
        R"({"time":"2025-06-15T15:06:40Z","last_seen":"2025-06-16T15:06:40Z","kind":"id","text":"id 1"},)"
        R"({"time":"2025-06-15T15:06:40Z","last_seen":null,"kind":"mx","text":"MX set: 10 a\\x1b[2J\\x0a.example"},)"
        R"({"time":"2025-06-16T15:06:40Z","last_seen":null,"kind":"id","text":"id changed from 1 to 2"},)"
        R"({"time":"2025-06-16T15:06:40Z","last_seen":null,"kind":"check","text":"mx_tls fails: cert_expired"}]})"
        "\n");
}

TEST_CASE("history: a domain that is not known leaves with 2, a store that cannot be read with 1",
          "[commands][history]") {
  for (const auto format : {OutputFormat::Text, OutputFormat::Json}) {
    const auto unknown = history_of(std::optional<boost::json::array>(), format);
    CHECK(unknown.code == 2);
    CHECK(unknown.out.empty());
    CHECK(unknown.err == "history: example.org is not known there\n");
    const auto broken = history_of(mta_sts::fail("cannot open\n\x1b"), format);
    CHECK(broken.code == 1);
    CHECK(broken.out.empty());
    CHECK(broken.err == "history: cannot open\\x0a\\x1b\n");
  }
}
