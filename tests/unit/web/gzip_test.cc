#include "exporter/web/gzip.h"

#include <random>
#include <string>

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

/// Octets that cannot be made fewer.
std::string noise(std::size_t octets) {
  std::mt19937 random(octets);
  std::string text(octets, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST_CASE("gzip: no octet is lost where the output ends with a step of the compressor", "[web][gzip]") {
  std::size_t lost = 0;
  for (std::size_t octets = 32'500; octets < 32'900; ++octets) {
    const auto text = noise(octets);
    if (gunzip(gzip(text)) != text) ++lost;
  }
  CHECK(lost == 0);
}

TEST_CASE("gzip: pieces of any size make up one member", "[web][gzip]") {
  GzipStream stream;
  std::string text, compressed;
  for (std::size_t octets = 1; octets < 200'000; octets = octets * 5 / 4 + 1) {
    const auto piece = octets % 2 == 0 ? noise(octets) : metrics_text(octets);
    stream.add(piece);
    text += piece;
    if (octets % 3 == 0) compressed += stream.take();
  }
  CHECK((gunzip(compressed + stream.finish()) == text));  // in brackets: not to be printed
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
