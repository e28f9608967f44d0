#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "exporter/board/board.h"
#include "exporter/metrics/exposition.h"

namespace mta_sts::board {

using metrics::ShowFamily;

/// All that a scrape shows, as it was at one moment.
struct Moment {
  Snapshot snapshot;
  std::vector<prometheus::MetricFamily> exporter;
};

/// The answer to a scrape, piece by piece: concatenates what was rendered when states changed, and touches no network.
/// It never holds more of the text than the piece in work: with 100,000 domains the whole has 160 MB.
class ScrapeText {
 public:
  static constexpr std::size_t kPiece = 64 * 1024;  ///< octets; a piece ends after the object that passes it
  static constexpr std::size_t kLooks = 4096;       ///< objects looked at for a piece, also if they have no line

  ScrapeText(std::shared_ptr<const Moment> moment, const ShowFamily& show, metrics::Exposition exposition);

  /// Domains, MX endpoints and MX hosts.
  std::size_t objects() const;
  bool ended() const { return ended_; }
  /// May be empty before the end: so many objects had nothing to say.
  std::string next();

 private:
  enum class Of { Domains, Endpoints, Hosts };
  /// The lines of one family of one kind of object. A family may have two, one after the other.
  struct Section {
    const metrics::Family* family;
    std::size_t index;  ///< of the family in its table
    Of of;
  };
  /// Objects of a kind, and how far each was read.
  using Places = std::vector<metrics::ObjectLines::Place>;
  template <typename Entry>
  void add_lines(std::string& piece, std::size_t& looks, const std::vector<std::shared_ptr<const Entry>>& objects,
                 Places& places);
  void end_section();

  std::shared_ptr<const Moment> moment_;
  metrics::Exposition exposition_;
  std::vector<Section> sections_;
  Places domains_, endpoints_, hosts_;
  std::size_t section_ = 0;
  std::size_t object_ = 0;  ///< the next of the section
  bool has_header_ = false;
  bool ended_ = false;
};

/// The whole text at once, for a moment of few objects.
std::string scrape(Moment moment, const ShowFamily& show, metrics::Exposition exposition);

}  // namespace mta_sts::board
