#include "exporter/web/scrapes.h"

#include <utility>

#include "exporter/base/clock.h"
#include "exporter/web/shared_pieces.h"

namespace mta_sts::web {
namespace {

MonoTime now() { return std::chrono::steady_clock::now(); }

class PlainPieces final : public Pieces {
 public:
  explicit PlainPieces(board::ScrapeText text) : text_(std::move(text)) {}

  Body next() override { return text_.ended() ? nullptr : std::make_shared<const std::string>(text_.next()); }

 private:
  board::ScrapeText text_;
};

}  // namespace

class Scrapes::Text final : public LongText {
 public:
  Text(board::Moment moment, const board::ShowFamily& show, metrics::Exposition exposition)
      : first_(std::make_shared<const board::Moment>(std::move(moment)), show, exposition) {}

  std::unique_ptr<Pieces> plain() const override { return std::make_unique<PlainPieces>(first_); }
  std::unique_ptr<Pieces> gzipped() const override {
    if (!compressed_) compressed_ = std::make_shared<SharedPieces>(web::gzipped(plain()));
    return SharedPieces::reader(compressed_);
  }

  bool is_long() const { return first_.objects() >= kSharedFrom; }
  MonoTime taken() const { return taken_; }

 private:
  board::ScrapeText first_;  ///< stands at the beginning; each reader goes on from a copy
  mutable std::shared_ptr<SharedPieces> compressed_;
  MonoTime taken_ = now();
};

std::shared_ptr<const LongText> Scrapes::text(const boost::asio::any_io_executor& executor) {
  if (auto known = shared()) return known;
  auto taken = std::make_shared<const Text>(look_(), show_, exposition_);
  if (!taken->is_long()) return taken;
  texts_.push_back(taken);
  lingering_ = taken;
  if (!timer_) timer_.emplace(executor);
  linger();
  return taken;
}

std::shared_ptr<const Scrapes::Text> Scrapes::shared() {
  if (lingering_) return lingering_;
  std::erase_if(texts_, [](const auto& text) { return text.expired(); });
  return texts_.size() < kTexts ? nullptr : texts_.back().lock();
}

void Scrapes::linger() {
  timer_->expires_after(times_.linger);
  timer_->async_wait([this](boost::system::error_code error) {
    if (error) return;
    const bool is_read = lingering_.use_count() > 1;
    if (is_read && now() - lingering_->taken() < times_.oldest) return linger();
    lingering_.reset();
  });
}

}  // namespace mta_sts::web
