#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/board/scrape.h"
#include "exporter/web/pieces.h"

namespace mta_sts::web {

/// The texts of `/metrics` in one exposition. Who asks while a text is read, or shortly after, is given the same one:
/// of two Prometheus servers that scrape together the second costs little.
///
/// Shared are the moment and the compressed text, which is made once, as its foremost reader takes it. The plain text
/// is put together for each reader from the moment: that is a copy of what is there, while keeping it for a slow reader
/// would hold eight times the memory of the compressed one. Web thread only.
class Scrapes {
 public:
  /// The defaults are meant for use; tests shorten them.
  struct Times {
    std::chrono::milliseconds linger{
        1'000};  ///< how long a text is shared at least; at most so long after its last reader
    std::chrono::milliseconds oldest{5'000};  ///< from this age on it is shared no more, though it is read
  };
  static constexpr std::size_t kSharedFrom = 256;  ///< objects on the board; fewer take 1 ms and are shown as of now
  /// Texts that are held for slow readers at once. While there are so many, the newest one is given to all: late news
  /// (by Limits::write at most) rather than memory without bound or no answer.
  static constexpr std::size_t kTexts = 4;

  using Look = std::function<board::Moment()>;
  Scrapes(Look look, board::ShowFamily show, metrics::Exposition exposition, Times times)
      : look_(std::move(look)), show_(std::move(show)), exposition_(exposition), times_(times) {}
  Scrapes(const Scrapes&) = delete;
  Scrapes& operator=(const Scrapes&) = delete;

  /// It is being read for as long as the caller holds it. `executor` is the caller's loop.
  std::shared_ptr<const LongText> text(const boost::asio::any_io_executor& executor);

 private:
  class Text;
  std::shared_ptr<const Text> shared();
  void linger();

  Look look_;
  board::ShowFamily show_;
  metrics::Exposition exposition_;
  Times times_;
  std::vector<std::weak_ptr<const Text>> texts_;  ///< the oldest first; small ones are not among them
  std::shared_ptr<const Text> lingering_;         ///< the newest, while it is young enough to be shared
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace mta_sts::web
