#include "exporter/board/scrape.h"

#include <algorithm>
#include <utility>

namespace mta_sts::board {
namespace {

/// For the object that passes the end of a piece: it is not moved for its sake.
constexpr std::size_t kRoom = 8 * 1024;

/// What the next objects have to say is asked for ahead: it lies all over the memory of a large fleet, and the walk of
/// a family over all objects would else wait for each in turn, twice: for the entry, and for its lines.
template <typename Entry>
void fetch_ahead(const std::vector<std::shared_ptr<const Entry>>& objects,
                 const std::vector<metrics::ObjectLines::Place>& places, std::size_t at, std::size_t family) {
  constexpr std::size_t kStep = 6, kCacheLine = 64;
  const std::size_t near = at + kStep, far = near + kStep;
  if (far < objects.size() && places[far].may_have(family)) __builtin_prefetch(&objects[far]->lines);
  if (near >= objects.size() || !places[near].may_have(family)) return;
  const metrics::ObjectLines& lines = objects[near]->lines;
  __builtin_prefetch(lines.labels_address());
  __builtin_prefetch(lines.address(places[near]));
  __builtin_prefetch(lines.address(places[near]) + kCacheLine);
}

}  // namespace

ScrapeText::ScrapeText(std::shared_ptr<const Moment> moment, const ShowFamily& show, metrics::Exposition exposition)
    : moment_(std::move(moment)), exposition_(exposition) {
  const Snapshot& all = moment_->snapshot;
  domains_.resize(all.domains.size());
  endpoints_.resize(all.endpoints.size());
  hosts_.resize(all.mx_hosts.size());
  const auto domain_families = metrics::domain_families();
  for (std::size_t i = 0; i < domain_families.size(); ++i) {
    const metrics::Family& family = domain_families[i].family;
    if (show(family)) sections_.push_back({&family, i, Of::Domains});
  }
  const auto mx_families = metrics::mx_families();
  for (std::size_t i = 0; i < mx_families.size(); ++i) {
    const metrics::MxFamily& family = mx_families[i];
    if (!show(family.family)) continue;
    if (family.write_endpoint != nullptr) sections_.push_back({&family.family, i, Of::Endpoints});
    if (family.write_host != nullptr) sections_.push_back({&family.family, i, Of::Hosts});
  }
}

std::size_t ScrapeText::objects() const {
  const Snapshot& all = moment_->snapshot;
  return all.domains.size() + all.endpoints.size() + all.mx_hosts.size();
}

std::string ScrapeText::next() {
  std::string piece;
  piece.reserve(kPiece + kRoom);
  const Snapshot& all = moment_->snapshot;
  for (std::size_t looks = 0; piece.size() < kPiece && looks < kLooks;) {
    if (section_ == sections_.size()) {
      metrics::append_families(piece, moment_->exporter, exposition_);
      piece += metrics::trailer(exposition_);
      ended_ = true;
      break;
    }
    switch (sections_[section_].of) {
      case Of::Domains:
        add_lines(piece, looks, all.domains, domains_);
        break;
      case Of::Endpoints:
        add_lines(piece, looks, all.endpoints, endpoints_);
        break;
      case Of::Hosts:
        add_lines(piece, looks, all.mx_hosts, hosts_);
        break;
    }
  }
  return piece;
}

/// Of the objects that are left of the section, as far as the piece goes; after the last one the next section begins.
template <typename Entry>
void ScrapeText::add_lines(std::string& piece, std::size_t& looks,
                           const std::vector<std::shared_ptr<const Entry>>& objects, Places& places) {
  const Section& section = sections_[section_];
  const metrics::Family& family = *section.family;
  // Not before there is a line: an empty HELP and TYPE tell nothing.
  std::string header;
  if (!has_header_) metrics::append_header(header, family, exposition_);
  for (; object_ < objects.size(); ++object_, ++looks) {
    if (piece.size() >= kPiece || looks >= kLooks) return;
    fetch_ahead(objects, places, object_, section.index);
    if (!places[object_].may_have(section.index)) continue;
    if (!objects[object_]->lines.append(piece, header, section.index, family.name, places[object_])) continue;
    has_header_ = true;
    header.clear();
  }
  end_section();
}

void ScrapeText::end_section() {
  const metrics::Family* family = sections_[section_].family;
  ++section_;
  object_ = 0;
  has_header_ = has_header_ && section_ < sections_.size() && sections_[section_].family == family;
}

std::string scrape(Moment moment, const ShowFamily& show, metrics::Exposition exposition) {
  ScrapeText pieces(std::make_shared<const Moment>(std::move(moment)), show, exposition);
  std::string text;
  while (!pieces.ended()) text += pieces.next();
  return text;
}

}  // namespace mta_sts::board
