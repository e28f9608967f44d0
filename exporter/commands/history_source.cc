#include "exporter/commands/history_source.h"

#include "exporter/history/documents.h"
#include "exporter/history/store.h"

namespace mta_sts::commands {

Result<std::optional<judge::Past>> past_of(const settings::Settings& settings, const std::string& domain) {
  if (settings.history.url == "memory:") {
    return fail("history.url is memory: such a history ends with its process and cannot be read from here");
  }
  const auto store = history::Store::open(settings.history.url, history::Access::ReadOnly);
  if (!store) return tl::unexpected(store.error());
  const auto stored = (*store)->domain(domain);
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return std::optional<judge::Past>();
  auto past = history::read_past((*stored)->past, (*stored)->beat);
  if (!past) return tl::unexpected(past.error());
  return std::optional<judge::Past>(std::move(*past));
}

}  // namespace mta_sts::commands
