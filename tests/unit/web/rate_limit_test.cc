#include <catch2/catch.hpp>

#include "exporter/web/rate_limiter.h"
#include "raw_client.h"
#include "web_folder.h"

namespace mta_sts::web {
namespace {

using namespace std::chrono_literals;

TEST_CASE("rate limit: the bucket begins full and fills by one each interval", "[web][rate_limit]") {
  RateLimiter limiter({100ms, 3});
  const MonoTime start = MonoTime() + 1h;
  for (int i = 0; i < 3; ++i) CHECK(limiter.take(start));
  CHECK_FALSE(limiter.take(start));
  CHECK_FALSE(limiter.take(start + 99ms));
  CHECK(limiter.take(start + 100ms));
  CHECK_FALSE(limiter.take(start + 199ms));
  CHECK(limiter.take(start + 350ms));
  CHECK(limiter.take(start + 350ms));
  CHECK_FALSE(limiter.take(start + 350ms));
}

TEST_CASE("rate limit: a long rest gives no more than the burst", "[web][rate_limit]") {
  RateLimiter limiter({1ms, 2});
  const MonoTime start = MonoTime() + 1h;
  CHECK(limiter.take(start));
  CHECK(limiter.take(start + 1h));
  CHECK(limiter.take(start + 1h));
  CHECK_FALSE(limiter.take(start + 1h));
}

TEST_CASE("rate limit: requests beyond it are answered with 429, over all connections", "[web][rate_limit]") {
  const WebFolder folder;
  ServerOptions options;
  options.config_file = folder.write("web.yml", "rate_limit: {interval: 1h, burst: 3}\n");
  const TestServer server{Handler([](const Request&) { return text_response(200, "in"); }), options};
  auto first = server.connect();
  auto second = server.connect();
  std::vector<int> statuses;
  for (auto* const client : {&first, &second, &first, &second, &first}) {
    client->send(get("/-/healthy"));
    const auto response = client->read_response();
    REQUIRE(response);
    statuses.push_back(response->status());
  }
  CHECK(statuses == std::vector<int>{200, 200, 200, 429, 429});
}

TEST_CASE("rate limit: a flood of strangers spends nothing of who gave the right password", "[web][rate_limit]") {
  // user:abc
  const std::string right = "Authorization: Basic dXNlcjphYmM=\r\n";
  const WebFolder folder;
  ServerOptions options;
  options.config_file =
      folder.write("web.yml",
                   "rate_limit: {interval: 1h, burst: 3}\n"
                   "basic_auth_users: {user: $2b$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2}\n");
  const TestServer server{Handler([](const Request&) { return text_response(200, "in"); }), options};
  auto client = server.connect();
  const auto statuses = [&](int count, const std::string& fields) {
    std::vector<int> told;
    for (int i = 0; i < count; ++i) {
      client.send(get("/", fields));
      const auto response = client.read_response();
      told.push_back(response ? response->status() : 0);
    }
    return told;
  };
  CHECK(statuses(1, right) == std::vector<int>{200});  // a stranger until it is compared
  CHECK(statuses(4, "") == std::vector<int>{401, 401, 429, 429});
  CHECK(statuses(4, right) == std::vector<int>{200, 200, 200, 429});
}

}  // namespace
}  // namespace mta_sts::web
