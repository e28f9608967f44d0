#pragma once

#include <memory>
#include <vector>

#include "exporter/web/pieces.h"

namespace mta_sts::web {

/// Pieces for several readers, each at its own pace: one is made when the foremost reader needs it, and kept for the
/// others. One thread.
class SharedPieces {
 public:
  explicit SharedPieces(std::unique_ptr<Pieces> source) : source_(std::move(source)) {}

  /// From the first piece on.
  static std::unique_ptr<Pieces> reader(std::shared_ptr<SharedPieces> shared);

 private:
  class Reader;
  void make_one();

  std::unique_ptr<Pieces> source_;  ///< null after its end, and after it failed
  std::vector<Body> made_;
  bool ended_ = false;
};

}  // namespace mta_sts::web
