#include "exporter/judge/order_advice.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include "exporter/base/time_text.h"

namespace mta_sts::judge {
namespace {

using std::chrono::days;

/// Changes of id and policy that belong to one another.
constexpr days kOneChange{1};
/// The day of the id is one of the operator's time zone, and the file may be written on that day.
constexpr days kDayOfId{2};
constexpr std::size_t kDateDigits = 8;

/// Absent where the text is no such time; whatever follows it is ignored.
std::optional<WallTime> read_time(const std::string& text, const char* format) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  std::tm parts{};
  in >> std::get_time(&parts, format);
  if (in.fail()) return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::optional<WallTime> day_of(const std::string& id) {
  const auto digits = std::find_if(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c) == 0; });
  if (static_cast<std::size_t>(digits - id.begin()) < kDateDigits || !id.starts_with("20")) return std::nullopt;
  return read_time(id.substr(0, kDateDigits), "%Y%m%d");
}

}  // namespace

std::optional<std::string> policy_after_id(const Past& past, WallTime now) {
  if (!past.id_changed || !past.policy_changed || past.ids.empty() || !past.live) return std::nullopt;
  const auto after = *past.policy_changed - *past.id_changed;
  if (after <= after.zero() || after > kOneChange) return std::nullopt;
  const auto held_with_it = [&](const PastPolicy& entry) {
    return entry.held_with(past.ids.back().id, now) && !same_meaning(entry.policy, *past.live);
  };
  if (std::none_of(past.policies.begin(), past.policies.end(), held_with_it)) return std::nullopt;
  return "the id changed at " + utc_text(*past.id_changed) + " and the policy only at " +
         utc_text(*past.policy_changed) + ": who came between holds the earlier policy with the new id";
}

std::optional<std::string> policy_newer_than_id(const Past& past, const std::string& last_modified) {
  if (past.id_changed || past.policy_changed || past.ids.empty()) return std::nullopt;
  const std::string& id = past.ids.back().id;
  const auto day = day_of(id);
  const auto modified = read_time(last_modified, "%a, %d %b %Y %H:%M:%S");
  if (!day || !modified || *modified < *day + kDayOfId) return std::nullopt;
  return "the policy file was changed at " + utc_text(*modified) + ", after the day of the id \"" + id + "\"";
}

}  // namespace mta_sts::judge
