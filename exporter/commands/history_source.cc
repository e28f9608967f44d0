#include "exporter/commands/history_source.h"

#include <ostream>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/history/documents.h"
#include "exporter/history/store.h"
#include "exporter/web/domain_json.h"

namespace mta_sts::commands {
namespace {

constexpr std::string_view kInMemory = "memory:";

Result<std::optional<judge::Past>> past_in(history::Store& store, const std::string& domain) {
  const auto stored = store.domain(domain);
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored || (*stored)->past.empty()) return std::optional<judge::Past>();
  auto past = history::read_past((*stored)->past, (*stored)->beat);
  if (!past) return tl::unexpected(past.error());
  return std::optional<judge::Past>(std::move(*past));
}

}  // namespace

Result<std::optional<judge::Past>> past_of(const settings::Settings& settings, const std::string& domain) {
  if (settings.history.url == kInMemory) {
    return fail("history.url is memory: such a history ends with its process and cannot be read from here");
  }
  const auto store = history::Store::open(settings.history.url, history::Access::ReadOnly);
  if (!store) return tl::unexpected(store.error());
  return past_in(**store, domain);
}

std::vector<judge::Past> pasts_of(const settings::Settings& settings,
                                  const std::vector<settings::DomainSetting>& domains, std::ostream& err) {
  std::vector<judge::Past> pasts(domains.size());
  if (settings.history.url == kInMemory) return pasts;
  const auto tell = [&](const Error& error) {
    err << "what was seen before does not count: " << printable(error.message) << '\n';
  };
  const auto store = history::Store::open(settings.history.url, history::Access::ReadOnly);
  if (!store) {
    tell(store.error());
    return pasts;
  }
  for (std::size_t i = 0; i < domains.size(); ++i) {
    auto past = past_in(**store, domains[i].name.text());
    if (!past) tell(past.error());
    if (past && *past) pasts[i] = **std::move(past);
  }
  return pasts;
}

Result<std::optional<boost::json::array>> timeline_of(const settings::Settings& settings, const std::string& domain) {
  const auto past = past_of(settings, domain);
  if (!past) return tl::unexpected(past.error());
  if (!*past) return std::optional<boost::json::array>();
  return std::optional(web::timeline_json(**past));
}

Result<std::optional<boost::json::array>> timeline_of(ExporterClient& exporter, const std::string& domain) {
  auto answer = exporter.get("domains/" + domain);
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::optional<boost::json::array>();
  const auto timeline = (*answer)->find("timeline");
  if (timeline == (*answer)->end() || !timeline->value().is_array()) return fail("the answer has no timeline");
  return std::optional(std::move(timeline->value().get_array()));
}

}  // namespace mta_sts::commands
