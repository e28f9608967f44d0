#include "exporter/web/pieces.h"

#include <cstddef>
#include <utility>

#include "exporter/web/gzip.h"

namespace mta_sts::web {
namespace {

constexpr std::size_t kCut = 64 * 1024;  ///< octets that are compressed in one turn

class Whole final : public Pieces {
 public:
  explicit Whole(Body body) : body_(std::move(body)) {}
  Body next() override { return std::exchange(body_, nullptr); }

 private:
  Body body_;
};

class Cut final : public Pieces {
 public:
  explicit Cut(Body body) : body_(std::move(body)) {}

  Body next() override {
    if (at_ >= body_->size()) return nullptr;
    auto piece = std::make_shared<const std::string>(*body_, at_, kCut);
    at_ += kCut;
    return piece;
  }

 private:
  Body body_;
  std::size_t at_ = 0;
};

class Gzipped final : public Pieces {
 public:
  explicit Gzipped(std::unique_ptr<Pieces> plain) : plain_(std::move(plain)) {}

  Body next() override {
    if (!plain_) return nullptr;
    if (const Body piece = plain_->next()) {
      stream_.add(*piece);
      return std::make_shared<const std::string>(stream_.take());
    }
    plain_.reset();
    return std::make_shared<const std::string>(stream_.finish());
  }

 private:
  std::unique_ptr<Pieces> plain_;
  GzipStream stream_;
};

}  // namespace

std::unique_ptr<Pieces> whole(Body body) { return std::make_unique<Whole>(std::move(body)); }

std::unique_ptr<Pieces> cut(Body body) { return std::make_unique<Cut>(std::move(body)); }

std::unique_ptr<Pieces> gzipped(std::unique_ptr<Pieces> plain) { return std::make_unique<Gzipped>(std::move(plain)); }

}  // namespace mta_sts::web
