#include "exporter/web/ask.h"

#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

using std::chrono::milliseconds;

/// What `ask` gives for a question that is put this way.
std::optional<int> asked(std::function<void(Answer<int>)> begin, milliseconds limit) {
  boost::asio::io_context io;
  std::optional<int> got;
  boost::asio::co_spawn(io, ask<int>(std::move(begin), limit), [&](std::exception_ptr bug, std::optional<int> value) {
    CHECK(!bug);
    got = value;
  });
  io.run();
  return got;
}

TEST_CASE("ask: an answer of another thread is taken on one's own", "[web][ask]") {
  std::thread other;
  const auto got = asked([&](Answer<int> answer) { other = std::thread([=] { answer(7); }); }, std::chrono::hours(1));
  other.join();
  CHECK(got == 7);
}

TEST_CASE("ask: an answer at once is taken as well", "[web][ask]") {
  CHECK(asked([](const Answer<int>& answer) { answer(7); }, std::chrono::hours(1)) == 7);
}

TEST_CASE("ask: nothing is an answer, too", "[web][ask]") {
  CHECK(asked([](const Answer<int>& answer) { answer(std::nullopt); }, std::chrono::hours(1)) == std::nullopt);
}

TEST_CASE("ask: who is not answered goes on after the limit, and a late answer is dropped", "[web][ask]") {
  Answer<int> late;
  CHECK(asked([&](Answer<int> answer) { late = std::move(answer); }, milliseconds(10)) == std::nullopt);
  late(7);  // the loop that asked has gone
}

}  // namespace
}  // namespace mta_sts::web
