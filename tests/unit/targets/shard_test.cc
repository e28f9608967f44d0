#include "exporter/targets/shard.h"

#include <catch2/catch.hpp>

namespace mta_sts::targets {
namespace {

formats::DomainName name(const std::string& text) { return formats::DomainName::from_ascii(text).value(); }

std::vector<Shared<settings::DomainSetting>> many() {
  std::vector<Shared<settings::DomainSetting>> domains;
  for (int i = 0; i < 10'000; ++i)
    domains.emplace_back(settings::DomainSetting{name("d" + std::to_string(i) + ".example"), {}, {}});
  return domains;
}

TEST_CASE("shard: it is frozen: the values of another implementation", "[targets][shard]") {
  const auto [domain, shards] =
      GENERATE(table<std::string, std::vector<std::uint32_t>>({{"example.com", {0, 0, 2, 6, 228}},
                                                               {"example.org", {0, 1, 2, 2, 350}},
                                                               {"xn--bcher-kva.example", {0, 0, 0, 0, 822}},
                                                               {"a.example", {0, 0, 0, 3, 735}}}));
  CAPTURE(domain);
  constexpr std::uint32_t kCounts[] = {1, 2, 3, 10, 1000};
  for (std::size_t i = 0; i < shards.size(); ++i) CHECK(shard_of(name(domain), kCounts[i]) == shards[i]);
}

TEST_CASE("shard: every domain is in one, and they are of about one size", "[targets][shard]") {
  std::size_t sum = 0;
  for (std::uint32_t index = 0; index < 4; ++index) {
    const auto part = only({index, 4}, many());
    CHECK(part.size() > 2300);
    CHECK(part.size() < 2700);
    sum += part.size();
  }
  CHECK(sum == 10'000);
}

TEST_CASE("shard: one more exporter takes domains, and no other changes its place", "[targets][shard]") {
  for (const auto& domain : many()) {
    const auto before = shard_of(domain->name, 4);
    const auto after = shard_of(domain->name, 5);
    CHECK((after == before || after == 4));
  }
}

TEST_CASE("shard: the limits of addresses are divided", "[targets][shard]") {
  settings::Settings settings;
  settings.smtp.per_address_interval = std::chrono::seconds(1);
  settings.smtp.per_address_connections = 8;
  const auto part = divided(settings, {1, 4});
  CHECK(part.smtp.per_address_interval == std::chrono::seconds(4));
  CHECK(part.smtp.per_address_connections == 2);
  settings.https.per_address_connections = 16;
  CHECK(divided(settings, {1, 4}).https.per_address_connections == 4);
  CHECK(divided(settings, {0, 1}).smtp.per_address_interval == std::chrono::seconds(1));
  CHECK(divided(settings, {0, 100}).smtp.per_address_connections == 1);
}

}  // namespace
}  // namespace mta_sts::targets
