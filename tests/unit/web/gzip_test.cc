#include "exporter/web/gzip.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/gzip_store.h"
#include "raw_client.h"

namespace mta_sts::web {
namespace {

namespace asio = boost::asio;

std::string metrics_text(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; text.size() < octets; ++i) {
    text += "mta_sts_check_ok{domain=\"domain" + std::to_string(i * 2654435761u % 1000003) + ".example\"} 1\n";
  }
  return text;
}

Body large_body() { return std::make_shared<const std::string>(metrics_text(2 * GzipStore::kKeptFrom)); }

asio::awaitable<void> compress_into(GzipStore& store, Body body, Body& result) {
  result = co_await store.compressed(body);
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

TEST_CASE("gzip store: a shared body is compressed once, also for those that ask meanwhile", "[web][gzip]") {
  asio::io_context io;
  GzipStore store(io.get_executor());
  const auto body = large_body();
  std::array<Body, 3> results;
  for (auto& result : results) asio::co_spawn(io, compress_into(store, body, result), asio::detached);
  io.run();
  REQUIRE(results[0]);
  CHECK(gunzip(*results[0]) == *body);
  CHECK(results[1] == results[0]);
  CHECK(results[2] == results[0]);
}

TEST_CASE("gzip store: other work has its turn while a large body is compressed", "[web][gzip]") {
  asio::io_context io;
  GzipStore store(io.get_executor());
  Body large;
  asio::co_spawn(io, compress_into(store, large_body(), large), asio::detached);
  bool was_between = false;
  asio::post(io, [&] { was_between = !large; });
  Body small;
  asio::co_spawn(io, compress_into(store, std::make_shared<const std::string>("small"), small), asio::detached);
  bool small_first = false;
  asio::post(io, [&] { small_first = small && !large; });
  io.run();
  CHECK(was_between);
  CHECK(small_first);
  CHECK(large);
}

TEST_CASE("gzip store: it keeps no body alive, and a new body at an old address is compressed anew", "[web][gzip]") {
  asio::io_context io;
  GzipStore store(io.get_executor());
  auto body = large_body();
  std::weak_ptr<const std::string> watch = body;
  Body first;
  asio::co_spawn(io, compress_into(store, body, first), asio::detached);
  io.run();
  io.restart();
  body.reset();
  CHECK(watch.expired());
  const auto other = std::make_shared<const std::string>(metrics_text(GzipStore::kKeptFrom));
  Body second;
  asio::co_spawn(io, compress_into(store, other, second), asio::detached);
  io.run();
  CHECK(gunzip(*second) == *other);
}

}  // namespace
}  // namespace mta_sts::web
