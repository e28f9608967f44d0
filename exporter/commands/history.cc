#include "exporter/commands/history.h"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "exporter/base/printable.h"

namespace mta_sts::commands {
namespace {

namespace json = boost::json;

constexpr int kOk = 0;
constexpr int kNotReadable = 1;
constexpr int kNotKnown = 2;
constexpr std::size_t kMaxShownText = 2000;  ///< octets of an entry for people

struct Row {
  std::string from, until, kind, text;
};

/// "" for what is null.
std::string text_in(const json::value& event, std::string_view key) {
  const json::value* text = event.is_object() ? event.get_object().if_contains(key) : nullptr;
  return text != nullptr && text->is_string() ? printable(text->get_string(), kMaxShownText) : "";
}

std::vector<Row> rows_of(const json::array& timeline) {
  std::vector<Row> rows{{"FROM", "LAST SEEN", "KIND", "WHAT"}};
  for (const json::value& event : timeline)
    rows.push_back(
        {text_in(event, "time"), text_in(event, "last_seen"), text_in(event, "kind"), text_in(event, "text")});
  return rows;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text + "  ";
}

void write_text(const formats::DomainName& domain, const json::array& timeline, std::ostream& out) {
  const auto rows = rows_of(timeline);
  const auto width = [&](std::string Row::* column) {
    std::size_t widest = 0;
    for (const Row& row : rows) widest = std::max(widest, (row.*column).size());
    return widest;
  };
  const auto from = width(&Row::from);
  const auto until = width(&Row::until);
  const auto kind = width(&Row::kind);
  out << domain.text() << ", all times in UTC\n";
  for (const Row& row : rows) {
    out << padded(row.from, from) << padded(row.until, until) << padded(row.kind, kind) << row.text << '\n';
  }
}

void write_json(const formats::DomainName& domain, const json::array& timeline, std::ostream& out) {
  out << json::serialize(json::object{{"domain", domain.text()}, {"timeline", timeline}}) << '\n';
}

}  // namespace

int history(const formats::DomainName& domain, const Result<std::optional<json::array>>& timeline, OutputFormat format,
            std::ostream& out, std::ostream& err) {
  if (!timeline) {
    err << "history: " << printable(timeline.error().message) << '\n';
    return kNotReadable;
  }
  if (!*timeline) {
    err << "history: " << domain.text() << " is not known there\n";
    return kNotKnown;
  }
  switch (format) {
    case OutputFormat::Text:
      write_text(domain, **timeline, out);
      break;
    case OutputFormat::Json:
      write_json(domain, **timeline, out);
      break;
  }
  out.flush();
  return kOk;
}

}  // namespace mta_sts::commands
