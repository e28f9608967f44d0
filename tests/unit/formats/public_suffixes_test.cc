#include "exporter/formats/public_suffixes.h"

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

TEST_CASE("public suffixes: the registrable domain is one label below the suffix, or the host itself",
          "[formats][public_suffixes]") {
  const PublicSuffixes suffixes;
  struct Row {
    std::string host;
    std::string domain;
  };
  const Row rows[] = {
      {"mail.example.com", "example.com"},
      {"example.com", "example.com"},
      {"mx.mail.example.co.uk", "example.co.uk"},
      {"owner.github.io", "github.io"},  // the private section does not count
      {"mx.mail.unlisted", "mail.unlisted"},
      {"com", "com"},
      {"localhost", "localhost"},
      {"192.0.2.1", "192.0.2.1"},  // as an MX record may say, against RFC 5321
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(suffixes.registrable_domain(row.host) == row.domain);
  }
}

}  // namespace
}  // namespace mta_sts::formats
