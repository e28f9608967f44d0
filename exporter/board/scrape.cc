#include "exporter/board/scrape.h"

#include <utility>

namespace mta_sts::board {

ScrapeText::ScrapeText(std::shared_ptr<const Moment> moment, const ShowFamily& show, metrics::Exposition exposition)
    : moment_(std::move(moment)), exposition_(exposition) {
  const auto add = [&](const auto& table, bool of_domains) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (show(table[i].family)) sections_.push_back({&table[i].family, i, of_domains});
    }
  };
  add(metrics::domain_families(), true);
  add(metrics::mx_families(), false);
}

std::string ScrapeText::next() {
  std::string piece;
  piece.reserve(kPiece);
  for (std::size_t looks = 0; piece.size() < kPiece && looks < kLooks; ++looks) {
    if (section_ == sections_.size()) {
      metrics::append_families(piece, moment_->exporter, exposition_);
      piece += metrics::trailer(exposition_);
      ended_ = true;
      break;
    }
    add_lines(piece);
  }
  return piece;
}

/// Of one object; after the last one the next section begins.
void ScrapeText::add_lines(std::string& piece) {
  const Section& section = sections_[section_];
  if (object_ == (section.of_domains ? domains() : endpoints_and_hosts())) return end_section();
  const auto lines = lines_of(section, object_++);
  if (lines.empty()) return;
  // Not before there is a line: an empty HELP and TYPE tell nothing.
  if (!has_header_) metrics::append_header(piece, *section.family, exposition_);
  has_header_ = true;
  piece += lines;
}

void ScrapeText::end_section() {
  ++section_;
  object_ = 0;
  has_header_ = false;
}

std::string_view ScrapeText::lines_of(const Section& section, std::size_t object) const {
  const Snapshot& all = moment_->snapshot;
  if (section.of_domains) return all.domains[object]->text.family(section.index);
  if (object < all.endpoints.size()) return all.endpoints[object]->text.family(section.index);
  return all.mx_hosts[object - all.endpoints.size()]->text.family(section.index);
}

std::string scrape(Moment moment, const ShowFamily& show, metrics::Exposition exposition) {
  ScrapeText pieces(std::make_shared<const Moment>(std::move(moment)), show, exposition);
  std::string text;
  while (!pieces.ended()) text += pieces.next();
  return text;
}

}  // namespace mta_sts::board
