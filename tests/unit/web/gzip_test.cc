#include "exporter/web/gzip.h"

#include <catch2/catch.hpp>

#include "raw_client.h"

namespace mta_sts::web {
namespace {

std::string metrics_text(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; text.size() < octets; ++i) {
    text += "mta_sts_check_ok{domain=\"domain" + std::to_string(i * 2654435761u % 1000003) + ".example\"} 1\n";
  }
  return text;
}

TEST_CASE("gzip: what is compressed comes back", "[web][gzip]") {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(3'000'000, '\0'), metrics_text(1'000'000)}) {
    CHECK(gunzip(gzip(text)) == text);
  }
  GzipStream stream;
  stream.add("piece by ");
  stream.add("");
  stream.add("piece");
  CHECK(gunzip(stream.finish()) == "piece by piece");
}

TEST_CASE("gzip: what is taken on the way is not in the rest", "[web][gzip]") {
  const auto text = metrics_text(1'000'000);
  GzipStream stream;
  stream.add(text);
  const auto begin = stream.take();
  CHECK(begin.size() > 32'000);
  CHECK(stream.take().empty());
  CHECK(gunzip(begin + stream.finish()) == text);
}

}  // namespace
}  // namespace mta_sts::web
