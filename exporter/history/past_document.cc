#include <algorithm>

#include "exporter/history/documents.h"
#include "exporter/history/json_facts.h"

namespace mta_sts::history {
namespace {

std::optional<judge::Check> parse_check(std::string_view text) {
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<judge::Check>(i);
    if (to_text(check) == text) return check;
  }
  return std::nullopt;
}

}  // namespace

template <>
struct Json<judge::Check> : JsonName<judge::Check, parse_check> {};

/// The end of an open sight is left out: reach() puts it back.
template <>
struct Json<judge::Sight> {
  static boost::json::value write(const judge::Sight& sight) {
    FieldWriter f;
    f.need("first", sight.first);
    if (!sight.open) f.need("last", sight.last);
    return f.take();
  }
  static judge::Sight read(const boost::json::value& json) {
    judge::Sight sight;
    std::optional<WallTime> last;
    FieldReader f(json.as_object());
    f.need("first", sight.first);
    f.may("last", last);
    sight.open = !last;
    sight.last = last.value_or(sight.first);
    return sight;
  }
};

/// A map would not do as a JSON object: an id need not be UTF-8.
template <>
struct Json<std::map<std::string, judge::Sight>> {
  using Map = std::map<std::string, judge::Sight>;
  static boost::json::value write(const Map& map) {
    boost::json::array array;
    for (const auto& [id, seen] : map) {
      array.push_back(boost::json::array{Json<std::string>::write(id), Json<judge::Sight>::write(seen)});
    }
    return array;
  }
  static Map read(const boost::json::value& json) {
    Map map;
    for (const auto& entry : json.as_array()) {
      const auto& pair = entry.as_array();
      map[Json<std::string>::read(pair.at(0))] = Json<judge::Sight>::read(pair.at(1));
    }
    return map;
  }
};

template <typename Fields>
void fields(Fields& f, Either<judge::PastPolicy> auto& policy) {
  f.need("policy", policy.policy);
  f.may("text", policy.text);
  f.need("served", policy.served);
  f.may("ids", policy.ids);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PastId> auto& id) {
  f.need("id", id.id);
  f.need("seen", id.seen);
  f.may("ttl", id.ttl);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PastMx::Host> auto& host) {
  f.need("preference", host.preference);
  f.need("name", host.name);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PastMx> auto& mx) {
  f.may("hosts", mx.hosts);
  f.need("seen", mx.seen);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PastMode> auto& mode) {
  f.need("mode", mode.mode);
  f.need("seen", mode.seen);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PastChange> auto& change) {
  f.need("at", change.at);
  f.need("check", change.check);
  f.may("reason", change.reason);
}

/// last_success moves with every look: it is the beat's `served`.
template <typename Fields>
void fields(Fields& f, Either<judge::Past> auto& past) {
  f.need("policies", past.policies);
  f.need("ids", past.ids);
  f.need("mx_sets", past.mx_sets);
  f.need("modes", past.modes);
  f.known("changes", past.changes);
  f.may("live", past.live);
  f.may("policy_changed", past.policy_changed);
  f.may("id_changed", past.id_changed);
  f.may("enforce_ready_since", past.enforce_ready_since);
  f.may("gone", past.gone);
  f.may("sts_seen", past.sts_seen);
}

namespace {

/// Nothing ends before it begins: the beat may be of a look before the sight's first.
void reach(judge::Sight& sight, std::optional<WallTime> at) {
  if (sight.open) sight.last = std::max(sight.first, at.value_or(sight.first));
}

void reach_beat(judge::Past& past, const Beat& beat) {
  const auto told = beat.conclusive.value_or(beat.probed);
  past.last_success = beat.served;
  for (auto& policy : past.policies) {
    reach(policy.served, beat.served);
    for (auto& [id, seen] : policy.ids) reach(seen, beat.served);
  }
  for (auto& id : past.ids) reach(id.seen, told);
  for (auto& mx : past.mx_sets) reach(mx.seen, told);
  for (auto& mode : past.modes) reach(mode.seen, told);
  if (past.gone) reach(*past.gone, told);
}

}  // namespace

std::string write_past(const judge::Past& past) { return boost::json::serialize(Json<judge::Past>::write(past)); }

Result<judge::Past> read_past(std::string_view document, const Beat& beat) {
  auto past = read_document(document, Json<judge::Past>::read);
  if (past) reach_beat(*past, beat);
  return past;
}

}  // namespace mta_sts::history
