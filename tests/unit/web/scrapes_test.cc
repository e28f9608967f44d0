#include "exporter/web/scrapes.h"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/router.h"
#include "raw_client.h"
#include "tests/unit/board/states.h"

namespace mta_sts::web {
namespace {

using metrics::Exposition;
using namespace std::chrono_literals;

/// What is looked at: so many domains, and the number of the look in the text.
struct Sight {
  explicit Sight(std::size_t domains) {
    for (std::size_t i = 0; i < domains; ++i) {
      board.publish(testing::domain_state("d" + std::to_string(i) + ".example"));
    }
  }

  board::Moment look() {
    prometheus::ClientMetric metric;
    metric.gauge.value = ++looks;
    return {board.snapshot(), {{"test_look", "The number of the look.", prometheus::MetricType::Gauge, {metric}}}};
  }

  board::Board board;
  int looks = 0;
};

struct World {
  explicit World(std::size_t domains) : sight(domains) {}

  std::shared_ptr<const LongText> text() { return scrapes.text(io.get_executor()); }

  Sight sight;
  boost::asio::io_context io;
  Scrapes scrapes{[this] { return sight.look(); },
                  [](const metrics::Family&) { return true; },
                  Exposition::Text004,
                  {.linger = 5ms, .oldest = 20ms}};
};

std::string read_all(std::unique_ptr<Pieces> pieces) {
  std::string text;
  while (const Body piece = pieces->next()) text += *piece;
  return text;
}

std::string look_of(const std::string& text) {
  const std::string name = "\ntest_look ";
  const auto at = text.find(name);
  return at == text.npos ? "none" : text.substr(at + name.size(), text.find('\n', at + 1) - at - name.size());
}

TEST_CASE("scrapes: who asks while a text is read is given the same one, plain and compressed", "[web][scrapes]") {
  World world(Scrapes::kSharedFrom);
  const auto first = world.text();
  auto slow = first->plain();
  CHECK_FALSE(slow->next()->empty());
  const auto second = world.text();
  CHECK(second == first);
  const auto plain = read_all(second->plain());
  CHECK(look_of(plain) == "1");
  CHECK(gunzip(read_all(first->gzipped())) == plain);
  CHECK(gunzip(read_all(second->gzipped())) == plain);
  CHECK(world.sight.looks == 1);
}

TEST_CASE("scrapes: a text stays for a while after its readers, then the board is looked at anew", "[web][scrapes]") {
  World world(Scrapes::kSharedFrom);
  const std::weak_ptr<const LongText> watch = world.text();
  CHECK_FALSE(watch.expired());
  CHECK(world.text() == watch.lock());
  world.io.run();
  CHECK(watch.expired());
  CHECK(look_of(read_all(world.text()->plain())) == "2");
}

TEST_CASE("scrapes: an old text is given to newcomers only while too many are held", "[web][scrapes]") {
  World world(Scrapes::kSharedFrom);
  std::vector<std::shared_ptr<const LongText>> held;
  for (std::size_t i = 0; i < Scrapes::kTexts; ++i) {
    held.push_back(world.text());
    world.io.restart();
    world.io.run();  // until it is too old to be shared
  }
  CHECK(world.sight.looks == static_cast<int>(Scrapes::kTexts));
  CHECK(world.text() == held.back());
  held.erase(held.begin());
  CHECK(world.text() != held.back());
}

TEST_CASE("scrapes: a short text is always of now", "[web][scrapes]") {
  World world(3);
  const auto first = world.text();
  CHECK(look_of(read_all(world.text()->plain())) == "2");
  CHECK(look_of(read_all(first->plain())) == "1");
}

}  // namespace
}  // namespace mta_sts::web
