#include "exporter/web/shared_pieces.h"

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace mta_sts::web {

class SharedPieces::Reader final : public Pieces {
 public:
  explicit Reader(std::shared_ptr<SharedPieces> shared) : shared_(std::move(shared)) {}

  Body next() override {
    const auto& made = shared_->made_;
    if (at_ == made.size() && !shared_->ended_) shared_->make_one();
    if (at_ < made.size()) return made[at_++];
    return shared_->ended_ ? nullptr : std::make_shared<const std::string>();
  }

 private:
  std::shared_ptr<SharedPieces> shared_;
  std::size_t at_ = 0;
};

std::unique_ptr<Pieces> SharedPieces::reader(std::shared_ptr<SharedPieces> shared) {
  return std::make_unique<Reader>(std::move(shared));
}

void SharedPieces::make_one() {
  // Where it failed once, a piece may be lost: nobody gets what comes after that.
  auto source = std::move(source_);
  if (!source) throw std::runtime_error("the source of a shared text failed before");
  auto piece = source->next();
  ended_ = !piece;
  if (ended_) return;
  if (!piece->empty()) made_.push_back(std::move(piece));
  source_ = std::move(source);
}

}  // namespace mta_sts::web
