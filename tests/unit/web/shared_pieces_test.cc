#include "exporter/web/shared_pieces.h"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "raw_client.h"

namespace mta_sts::web {
namespace {

/// "0 ", "1 ", ... with a pause after each; what it was asked for is counted.
class Numbers final : public Pieces {
 public:
  Numbers(int count, int& asked) : count_(count), asked_(asked) {}

  Body next() override {
    ++asked_;
    if (pause_ && at_ > 0) {
      pause_ = false;
      return std::make_shared<const std::string>();
    }
    pause_ = true;
    if (at_ == count_) return nullptr;
    return std::make_shared<const std::string>(std::to_string(at_++) + " ");
  }

 private:
  int count_;
  int& asked_;
  int at_ = 0;
  bool pause_ = true;
};

class Broken final : public Pieces {
 public:
  Body next() override { throw std::runtime_error("no memory"); }
};

std::string read_all(Pieces& pieces) {
  std::string text;
  while (const Body piece = pieces.next()) text += *piece;
  return text;
}

TEST_CASE("shared pieces: each reader gets all of them, and each is made once", "[web][pieces]") {
  int asked = 0;
  const auto shared = std::make_shared<SharedPieces>(std::make_unique<Numbers>(3, asked));
  const auto early = SharedPieces::reader(shared);
  const auto slow = SharedPieces::reader(shared);
  CHECK(*early->next() == "0 ");
  CHECK(*slow->next() == "0 ");
  CHECK(read_all(*early) == "1 2 ");
  const int made = asked;
  const auto late = SharedPieces::reader(shared);
  CHECK(read_all(*late) == "0 1 2 ");
  CHECK(read_all(*slow) == "1 2 ");
  CHECK(asked == made);
}

TEST_CASE("shared pieces: nothing is made ahead of the foremost reader", "[web][pieces]") {
  int asked = 0;
  const auto shared = std::make_shared<SharedPieces>(std::make_unique<Numbers>(1000, asked));
  const auto reader = SharedPieces::reader(shared);
  CHECK(asked == 0);
  reader->next();
  CHECK(asked == 1);
}

TEST_CASE("shared pieces: where the source failed no reader comes to an end", "[web][pieces]") {
  const auto shared = std::make_shared<SharedPieces>(std::make_unique<Broken>());
  const auto first = SharedPieces::reader(shared);
  const auto second = SharedPieces::reader(shared);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS(first->next());
    CHECK_THROWS(second->next());
  }
}

TEST_CASE("pieces: a body cut in pieces is compressed to one gzip member", "[web][pieces][gzip]") {
  for (const std::size_t size : {1UL, 64UL * 1024, 64UL * 1024 + 1, 1'000'000UL}) {
    CAPTURE(size);
    const auto body = std::make_shared<const std::string>(size, 'x');
    CHECK(read_all(*cut(body)) == *body);
    CHECK(gunzip(read_all(*gzipped(cut(body)))) == *body);
  }
}

}  // namespace
}  // namespace mta_sts::web
