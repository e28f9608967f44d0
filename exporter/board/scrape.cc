#include "exporter/board/scrape.h"

namespace mta_sts::board {
namespace {

template <typename Entry>
std::size_t size_of(const std::vector<std::shared_ptr<const Entry>>& entries) {
  std::size_t size = 0;
  for (const auto& entry : entries) size += entry->text.text.size();
  return size;
}

template <typename Entry>
void append_lines(std::string& text, const std::vector<std::shared_ptr<const Entry>>& entries, std::size_t family) {
  for (const auto& entry : entries) text += entry->text.family(family);
}

/// A family without a line is not shown: an empty HELP and TYPE tell nothing. `header_end` is where its lines would
/// begin.
void drop_if_empty(std::string& text, std::size_t begin, std::size_t header_end) {
  if (text.size() == header_end) text.resize(begin);
}

}  // namespace

std::string scrape(const Snapshot& snapshot, const std::vector<prometheus::MetricFamily>& exporter_families,
                   const ShowFamily& show, metrics::Exposition exposition) {
  constexpr std::size_t kHeadersAndExporter = 64 * 1024;
  std::string text;
  text.reserve(size_of(snapshot.domains) + size_of(snapshot.endpoints) + size_of(snapshot.mx_hosts) +
               kHeadersAndExporter);
  const auto section = [&](const metrics::Family& family, auto append) {
    if (!show(family)) return;
    const std::size_t begin = text.size();
    metrics::append_header(text, family, exposition);
    const std::size_t header_end = text.size();
    append();
    drop_if_empty(text, begin, header_end);
  };
  const auto domain_families = metrics::domain_families();
  for (std::size_t i = 0; i < domain_families.size(); ++i) {
    section(domain_families[i].family, [&] { append_lines(text, snapshot.domains, i); });
  }
  const auto mx_families = metrics::mx_families();
  for (std::size_t i = 0; i < mx_families.size(); ++i) {
    section(mx_families[i].family, [&] {
      append_lines(text, snapshot.endpoints, i);
      append_lines(text, snapshot.mx_hosts, i);
    });
  }
  metrics::append_families(text, exporter_families, exposition);
  text += metrics::trailer(exposition);
  return text;
}

}  // namespace mta_sts::board
