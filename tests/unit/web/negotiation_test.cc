#include "exporter/web/negotiation.h"

#include <vector>

#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

constexpr auto kText = Exposition::Text004;
constexpr auto kOpenMetrics = Exposition::OpenMetrics100;

TEST_CASE("exposition: the weightiest acceptable format is chosen", "[web][negotiation]") {
  struct Row {
    const char* why;
    std::string accept;
    Exposition format;
  };
  const std::vector<Row> rows{
      {"no field", "", kText},
      {"Prometheus 2.42",
       "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       kOpenMetrics},
      {"Prometheus 3",
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
       "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       kOpenMetrics},
      {"Prometheus 3 that prefers protobuf, which is not offered",
       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
       "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3",
       kOpenMetrics},
      {"text preferred", "application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.8", kText},
      {"only a later text format", "text/plain;version=1.0.0;escaping=allow-utf-8", kText},
      {"only an older OpenMetrics", "application/openmetrics-text;version=0.0.1", kText},
      {"an OpenMetrics that does not exist yet", "application/openmetrics-text;version=2.0.0", kText},
      {"OpenMetrics in any version", "application/openmetrics-text", kOpenMetrics},
      {"curl", "*/*", kText},
      {"a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", kText},
      {"a tie, text first", "text/plain, application/openmetrics-text", kText},
      {"a tie, OpenMetrics first", "application/openmetrics-text, text/plain", kOpenMetrics},
      {"a type beats a wildcard of the same weight", "*/*, application/openmetrics-text;version=1.0.0", kOpenMetrics},
      {"a subtype wildcard", "application/*;q=0.9, text/plain;q=0.1", kOpenMetrics},
      {"the narrower range decides over text", "text/plain;q=0.1, */*;q=0.9", kOpenMetrics},
      {"the narrower range decides over OpenMetrics", "application/openmetrics-text;q=0.1, */*;q=0.9", kText},
      {"the version is narrower than the type",
       "application/openmetrics-text;q=1, application/openmetrics-text;version=1.0.0;q=0, text/plain;q=0.1", kText},
      {"refused by weight 0", "application/openmetrics-text;version=1.0.0;q=0", kText},
      {"nothing that we have", "image/png", kText},
      {"upper case", "APPLICATION/OpenMetrics-Text; Version=1.0.0; Q=0.9, text/plain;q=0.5", kOpenMetrics},
      {"quoted parameters", "application/openmetrics-text; version=\"1.0.0\"", kOpenMetrics},
      {"a comma in a quoted string", "x/y; z=\"a,application/openmetrics-text\", text/plain", kText},
      {"spaces and tabs", "\t application/openmetrics-text ;\tversion = 1.0.0 ; q=1 ,text/plain;q=0.2", kOpenMetrics},
      {"a bad weight drops its range", "application/openmetrics-text;q=high, text/plain;q=0.1", kText},
      {"a weight above 1 drops its range", "application/openmetrics-text;q=1.5, text/plain;q=0.1", kText},
      {"a negative weight drops its range", "application/openmetrics-text;q=-1, text/plain;q=0.1", kText},
      {"empty elements", ",,;,application/openmetrics-text,", kOpenMetrics},
      {"an open quoted string", "application/openmetrics-text;version=\"1.0.0, text/plain", kText},
      {"a backslash at the end", "\"\\", kText},
      {"only separators", ";;;,,,===", kText},
  };
  for (const auto& row : rows) {
    INFO(row.why);
    CHECK(choose_exposition(row.accept).format == row.format);
  }
}

TEST_CASE("exposition: the content type names the version, and the escaping when the client did",
          "[web][negotiation]") {
  CHECK(choose_exposition("").content_type == "text/plain; version=0.0.4; charset=utf-8");
  const auto open_metrics = [](const std::string& parameters) {
    return choose_exposition("application/openmetrics-text;version=1.0.0" + parameters).content_type;
  };
  const std::string plain = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  CHECK(open_metrics("") == plain);
  CHECK(open_metrics(";escaping=allow-utf-8") == plain + "; escaping=allow-utf-8");
  CHECK(open_metrics(";escaping=values") == plain + "; escaping=values");
  CHECK(open_metrics(";escaping=underscores") == plain + "; escaping=underscores");
  // `dots` would double the underscores of every name, which the text does not do.
  CHECK(open_metrics(";escaping=dots") == plain + "; escaping=underscores");
  CHECK(open_metrics(";escaping=\"x\r\nSet-Cookie: a\"") == plain + "; escaping=underscores");
}

TEST_CASE("coding: gzip only when it is asked for (RFC 9110 §12.5.3)", "[web][negotiation]") {
  struct Row {
    std::string accept_encoding;
    Coding coding;
  };
  const std::vector<Row> rows{
      {"", Coding::Identity},
      {"gzip", Coding::Gzip},
      {"GZIP", Coding::Gzip},
      {"x-gzip", Coding::Gzip},
      {"gzip, deflate, br, zstd", Coding::Gzip},
      {"deflate, br", Coding::Identity},
      {"identity", Coding::Identity},
      {"*", Coding::Gzip},
      {"gzip;q=0", Coding::Identity},
      {"gzip;q=0, *", Coding::Identity},
      {"gzip;q=0.000", Coding::Identity},
      {"gzip;q=0.001", Coding::Gzip},
      {"identity, gzip;q=0.5", Coding::Identity},
      {"identity;q=0.5, gzip", Coding::Gzip},
      {"identity;q=0.5, gzip;q=0.5", Coding::Gzip},
      {"identity;q=0, gzip", Coding::OnlyGzip},
      {"*;q=0, gzip", Coding::OnlyGzip},
      {"*;q=0, gzip, identity;q=0.1", Coding::Gzip},
      {"identity;q=0", Coding::Identity},
      {"*;q=0", Coding::Identity},
      {"gzip;q=abc", Coding::Identity},
      {"gzip;q=2", Coding::Identity},
      {"gzip;q=0.12345", Coding::Identity},
      {"gzip ; q = 1", Coding::Gzip},
      {"gzipped", Coding::Identity},
      {",,gzip,,", Coding::Gzip},
  };
  for (const auto& row : rows) {
    INFO(row.accept_encoding);
    CHECK(choose_coding(row.accept_encoding) == row.coding);
  }
}

TEST_CASE("scrape timeout: a positive number of seconds, capped", "[web][negotiation]") {
  using std::chrono::milliseconds;
  CHECK(parse_scrape_timeout("10") == milliseconds(10'000));
  CHECK(parse_scrape_timeout("0.5") == milliseconds(500));
  CHECK(parse_scrape_timeout(" 4.000000 ") == milliseconds(4'000));
  CHECK(parse_scrape_timeout("0.0001") == milliseconds(1));
  CHECK(parse_scrape_timeout("1e300") == kMaxScrapeTimeout);
  for (const std::string text : {"", "0", "-1", "nan", "inf", "ten", "10s", "1 0", "1e999"}) {
    INFO(text);
    CHECK_FALSE(parse_scrape_timeout(text));
  }
}

}  // namespace
}  // namespace mta_sts::web
