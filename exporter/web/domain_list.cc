#include "exporter/web/domain_list.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include <boost/json.hpp>

#include "exporter/base/ascii.h"
#include "exporter/base/time_text.h"
#include "exporter/web/domain_json.h"
#include "exporter/web/json_text.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;
using judge::Check;
using judge::DomainState;

std::string_view verdict_text(const DomainState& state) {
  return judge::without_mta_sts(state) ? "absent" : to_text(judge::verdict_of(state));
}

std::string_view mode_text(const DomainState& state) {
  return state.policy.live ? to_text(state.policy.live->mode) : std::string_view();
}

template <typename Visit>
void each_problem(const DomainState& state, Visit visit) {
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<Check>(i);
    for (const judge::Problem& problem : state.check(check).problems) visit(check, problem);
  }
}

/// What the parameters ask for. Empty sets ask for nothing.
struct Filter {
  std::set<std::string, std::less<>> verdicts, reasons, modes, mx_hosts;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string part;  // of the name

  bool fits(const DomainState& state) const {
    if (state.setting->name.text().find(part) == std::string::npos) return false;
    if (!verdicts.empty() && !verdicts.contains(verdict_text(state))) return false;
    if (!modes.empty() && !modes.contains(mode_text(state))) return false;
    const auto& own = state.setting->labels;
    const auto has = [&](const auto& label) {
      const auto found = own.find(label.first);
      return found != own.end() && found->second == label.second;
    };
    if (!std::all_of(labels.begin(), labels.end(), has)) return false;
    return (reasons.empty() || has_reason(state)) && (mx_hosts.empty() || uses_mx_host(state));
  }

 private:
  bool has_reason(const DomainState& state) const {
    const auto own = reasons_of(state);
    return std::any_of(own.begin(), own.end(), [&](Reason reason) { return reasons.contains(to_text(reason)); });
  }
  bool uses_mx_host(const DomainState& state) const {
    const auto wanted = [&](const auto& host) { return mx_hosts.contains(host.name); };
    const auto& mx = state.mx;
    return std::any_of(mx.hosts.begin(), mx.hosts.end(), wanted) ||
           std::any_of(mx.last_hosts.begin(), mx.last_hosts.end(), wanted);
  }
};

enum class Order { Severity, Name, LastProbe };

struct Page {
  std::size_t number = 1;
  std::size_t size = kPageSize;
};

tl::unexpected<Error> refuse(const std::string& name, const std::string& value, std::string_view expected) {
  return fail("the parameter " + printable(name) + "=" + printable(value) + " is not valid; expected " +
              std::string(expected));
}

Result<std::size_t> number(const std::string& name, const std::string& value, std::size_t largest) {
  std::size_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() || parsed == 0 || parsed > largest)
    return refuse(name, value, "a number from 1 to " + std::to_string(largest));
  return parsed;
}

/// Takes page and page_size; false: the parameter is another one.
Result<bool> read_page(Page& page, const std::string& name, const std::string& value) {
  if (name != "page" && name != "page_size") return false;
  const auto parsed = number(name, value, name == "page" ? 1'000'000'000 : kMaxPageSize);
  if (!parsed) return tl::unexpected(parsed.error());
  (name == "page" ? page.number : page.size) = *parsed;
  return true;
}

Result<Order> read_order(const std::string& name, const std::string& value) {
  if (value == "severity") return Order::Severity;
  if (value == "name") return Order::Name;
  if (value == "last_probe") return Order::LastProbe;
  return refuse(name, value, "severity, name or last_probe");
}

Result<void> read_filter(Filter& filter, const std::string& name, const std::string& value) {
  if (name == "q") {
    filter.part = ascii::to_lower(value);
  } else if (name == "reason") {
    filter.reasons.insert(value);
  } else if (name == "mx") {
    filter.mx_hosts.insert(value);
  } else if (name == "verdict") {
    if (value != "ok" && value != "fail" && value != "inconclusive" && value != "absent")
      return refuse(name, value, "ok, fail, inconclusive or absent");
    filter.verdicts.insert(value);
  } else if (name == "mode") {
    if (value != "enforce" && value != "testing" && value != "none")
      return refuse(name, value, "enforce, testing or none");
    filter.modes.insert(value);
  } else if (name == "label") {
    const auto colon = value.find(':');
    if (colon == std::string::npos) return refuse(name, value, "NAME:VALUE");
    filter.labels.emplace_back(value.substr(0, colon), value.substr(colon + 1));
  } else {
    return fail("the parameter " + printable(name) + " is not known");
  }
  return {};
}

struct Row {
  const DomainState* state;
  int rank;  // by severity, judged once
};

bool before(const Row& a, const Row& b, Order order) {
  if (order == Order::Severity && a.rank != b.rank) return a.rank < b.rank;
  if (order == Order::LastProbe && a.state->last_probe != b.state->last_probe)
    return a.state->last_probe < b.state->last_probe;
  return a.state->setting->name < b.state->setting->name;
}

/// Sorts as far as the page reaches.
void sort(std::vector<Row>& rows, Order order, Page page) {
  const std::size_t end = std::min(rows.size(), page.number * page.size);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(end), rows.end(),
                    [order](const Row& a, const Row& b) { return before(a, b, order); });
}

json::object row_of(const DomainState& state) {
  json::array problems;
  each_problem(state, [&](Check check, const judge::Problem& problem) {
    problems.push_back(
        {{"check", to_text(check)}, {"outcome", to_text(problem.outcome)}, {"reason", to_text(problem.reason)}});
  });
  const auto mode = mode_text(state);
  return {{"domain", state.setting->name.text()},
          {"verdict", verdict_text(state)},
          {"mode", mode.empty() ? json::value(nullptr) : json::value(mode)},
          {"delivery_ok", or_null(state.mx.delivery_ok)},
          {"enforce_ready", or_null(state.mx.enforce_ready)},
          {"problems", std::move(problems)},
          {"labels", labels_json(*state.setting)},
          {"last_probe", rfc3339(state.last_probe)}};
}

/// The part of `all` that the page shows, each entry made by `make`.
template <typename T, typename Make>
json::object page_of(const std::vector<T>& all, Page page, std::string_view name, Make make) {
  json::array rows;
  const std::size_t skipped = (page.number - 1) * page.size;
  for (std::size_t i = skipped; i < all.size() && i < skipped + page.size; ++i) rows.push_back(make(all[i]));
  return {{"total", all.size()}, {"page", page.number}, {"page_size", page.size}, {name, std::move(rows)}};
}

json::object mx_row(const board::MxHostEntry& entry) {
  const auto& view = entry.view;
  return {{"mx", text_of(view.mx)},
          {"provider", text_of(view.provider)},
          {"domains", view.domains},
          {"enforced_domains", view.enforced}};
}

}  // namespace

std::set<Reason> reasons_of(const DomainState& state) {
  std::set<Reason> reasons;
  each_problem(state, [&](Check, const auto& problem) { reasons.insert(problem.reason); });
  return reasons;
}

Result<json::object> domain_list(const board::Snapshot& snapshot, const Fields& query) {
  Filter filter;
  Page page;
  Order order = Order::Severity;
  for (const auto& [name, value] : query) {
    const auto paged = read_page(page, name, value);
    if (!paged) return tl::unexpected(paged.error());
    if (*paged) continue;
    if (name == "sort") {
      const auto given = read_order(name, value);
      if (!given) return tl::unexpected(given.error());
      order = *given;
    } else if (const auto read = read_filter(filter, name, value); !read) {
      return tl::unexpected(read.error());
    }
  }
  std::vector<Row> rows;
  for (const auto& entry : snapshot.domains) {
    if (filter.fits(entry->state)) rows.push_back({&entry->state, judge::severity_rank(entry->state)});
  }
  sort(rows, order, page);
  return page_of(rows, page, "domains", [](const Row& row) { return row_of(*row.state); });
}

Result<json::object> mx_list(const board::Snapshot& snapshot, const Fields& query) {
  Page page;
  std::string part;
  for (const auto& [name, value] : query) {
    const auto paged = read_page(page, name, value);
    if (!paged) return tl::unexpected(paged.error());
    if (*paged) continue;
    if (name != "q") return fail("the parameter " + printable(name) + " is not known");
    part = ascii::to_lower(value);
  }
  std::vector<const board::MxHostEntry*> hosts;
  for (const auto& entry : snapshot.mx_hosts) {
    if (entry->view.mx.find(part) != std::string::npos) hosts.push_back(entry.get());
  }
  std::sort(hosts.begin(), hosts.end(), [](const auto* a, const auto* b) {
    return a->view.domains != b->view.domains ? a->view.domains > b->view.domains : a->view.mx < b->view.mx;
  });
  return page_of(hosts, page, "mx_hosts", [](const board::MxHostEntry* entry) { return mx_row(*entry); });
}

}  // namespace mta_sts::web
