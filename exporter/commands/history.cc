#include "exporter/commands/history.h"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/base/time_text.h"
#include "exporter/judge/timeline.h"
#include "exporter/web/domain_json.h"

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

std::vector<Row> rows_of(const std::vector<judge::Event>& events) {
  std::vector<Row> rows{{"FROM", "LAST SEEN", "KIND", "WHAT"}};
  for (const judge::Event& event : events) {
    rows.push_back({rfc3339(event.at), event.until ? rfc3339(*event.until) : "", std::string(to_text(event.kind)),
                    printable(event.text, kMaxShownText)});
  }
  return rows;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text + "  ";
}

void write_text(const formats::DomainName& domain, const std::vector<judge::Event>& events, std::ostream& out) {
  const auto rows = rows_of(events);
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

void write_json(const formats::DomainName& domain, const judge::Past& past, std::ostream& out) {
  out << json::serialize(json::object{{"domain", domain.text()}, {"timeline", web::timeline_json(past)}}) << '\n';
}

}  // namespace

int history(const formats::DomainName& domain, const Result<std::optional<judge::Past>>& past, OutputFormat format,
            std::ostream& out, std::ostream& err) {
  if (!past) {
    err << "history: " << printable(past.error().message) << '\n';
    return kNotReadable;
  }
  if (!*past) {
    err << "history: " << domain.text() << " is not known there\n";
    return kNotKnown;
  }
  switch (format) {
    case OutputFormat::Text:
      write_text(domain, judge::timeline(**past), out);
      break;
    case OutputFormat::Json:
      write_json(domain, **past, out);
      break;
  }
  out.flush();
  return kOk;
}

}  // namespace mta_sts::commands
