#include "exporter/history/store.h"

#include <algorithm>
#include <exception>
#include <type_traits>
#include <utility>

#include <soci/soci.h>

#include "exporter/history/connect.h"
#include "exporter/history/keys.h"
#include "exporter/history/milliseconds.h"
#include "exporter/history/schema.h"

namespace mta_sts::history {
namespace {

/// What SOCI throws becomes the Error. Its message alone: what() repeats the statement with whole documents.
template <typename Use>
auto guarded(Use&& use, const std::string& before = {}) -> std::invoke_result_t<Use> {
  try {
    return std::forward<Use>(use)();
  } catch (const soci::soci_error& problem) {
    return fail(before + problem.get_error_message());
  } catch (const std::exception& problem) {
    return fail(before + problem.what());
  }
}

/// A time that may be absent, as SOCI wants it.
struct TimeCell {
  long long value = 0;
  soci::indicator is = soci::i_null;

  void set(const std::optional<WallTime>& time) {
    is = time ? soci::i_ok : soci::i_null;
    value = time ? to_milliseconds(*time) : 0;
  }
  std::optional<WallTime> get() const {
    return is == soci::i_ok ? std::optional(from_milliseconds(value)) : std::nullopt;
  }
};

struct BeatCells {
  TimeCell probed, conclusive, served;

  void set(const Beat& beat) {
    probed.set(beat.probed);
    conclusive.set(beat.conclusive);
    served.set(beat.served);
  }
  Beat get() const { return {probed.get().value_or(WallTime()), conclusive.get(), served.get()}; }
};

constexpr const char* kSelectDomains =
    "select d.name, d.past, d.looks, b.probed, b.conclusive, b.served "
    "from domain d join domain_beat b on b.id = d.id";
constexpr const char* kSelectEndpoints =
    "select e.mx, e.address, e.looks, b.probed, b.conclusive, b.served "
    "from endpoint e join endpoint_beat b on b.id = e.id order by e.id";

/// Empty documents are unchanged. The conflict is on the name: a key that another process took meanwhile is an error
/// rather than the end of that row.
constexpr const char* kUpsertDomain =
    "insert into domain (id, name, past, looks) values (:id, :name, :past, :looks) on conflict (name) do update set "
    "past = case when excluded.past = '' then domain.past else excluded.past end, "
    "looks = case when excluded.looks = '' then domain.looks else excluded.looks end";
constexpr const char* kUpsertEndpoint =
    "insert into endpoint (id, mx, address, looks) values (:id, :mx, :address, :looks) "
    "on conflict (mx, address) do update set looks = excluded.looks";

std::string upsert_beat(const std::string& table) {
  return "insert into " + table +
         "_beat (id, probed, conclusive, served) values (:id, :probed, :conclusive, :served) on conflict (id) do "
         "update set "
         "probed = excluded.probed, conclusive = excluded.conclusive, served = excluded.served";
}

template <typename Row>
using Keyed = std::vector<std::pair<long long, const Row*>>;

/// In the order of keys, so that each page is touched once. A row without documents of something that is not stored is
/// left out: there is nothing to move.
template <typename Row>
Keyed<Row> keyed(const std::vector<Row>& rows, Keys<Row>& keys) {
  Keyed<Row> found;
  found.reserve(rows.size());
  for (const Row& row : rows) {
    const bool is_new = is_change(row) && !is_gone(row);
    if (const auto key = is_new ? keys.find_or_add(row) : keys.find(row)) found.emplace_back(*key, &row);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return found;
}

void write_documents(soci::session& sql, const Keyed<StoredDomain>& rows) {
  long long id = 0;
  std::string name, past, looks;
  soci::statement upsert = (sql.prepare << kUpsertDomain, soci::use(id, "id"), soci::use(name, "name"),
                            soci::use(past, "past"), soci::use(looks, "looks"));
  for (const auto& [key, row] : rows) {
    if (!is_change(*row)) continue;
    id = key;
    name = row->name;
    past = row->past;
    looks = row->looks;
    upsert.execute(true);
  }
}

void write_documents(soci::session& sql, const Keyed<StoredEndpoint>& rows) {
  long long id = 0;
  std::string mx, address, looks;
  soci::statement upsert = (sql.prepare << kUpsertEndpoint, soci::use(id, "id"), soci::use(mx, "mx"),
                            soci::use(address, "address"), soci::use(looks, "looks"));
  for (const auto& [key, row] : rows) {
    if (!is_change(*row)) continue;
    id = key;
    mx = row->mx;
    address = to_text(row->address);
    looks = row->looks;
    upsert.execute(true);
  }
}

template <typename Row>
void write_beats(soci::session& sql, const std::string& table, const Keyed<Row>& rows) {
  long long id = 0;
  BeatCells beat;
  soci::statement upsert =
      (sql.prepare << upsert_beat(table), soci::use(id, "id"), soci::use(beat.probed.value, "probed"),
       soci::use(beat.conclusive.value, beat.conclusive.is, "conclusive"),
       soci::use(beat.served.value, beat.served.is, "served"));
  for (const auto& [key, row] : rows) {
    id = key;
    beat.set(row->beat);
    upsert.execute(true);
  }
}

/// Deletes what is gone and takes it off the list.
template <typename Row>
void erase_gone(soci::session& sql, const std::string& table, Keyed<Row>& rows, Keys<Row>& keys) {
  for (const auto& [key, row] : rows) {
    if (!is_gone(*row)) continue;
    sql << "delete from " + table + " where id = :id", soci::use(key, "id");
    sql << "delete from " + table + "_beat where id = :id", soci::use(key, "id");
    keys.remove(*row);
  }
  std::erase_if(rows, [](const auto& keyed) { return is_gone(*keyed.second); });
}

template <typename Row>
void write_rows(soci::session& sql, const std::string& table, const std::vector<Row>& rows, Keys<Row>& keys) {
  if (rows.empty()) return;
  auto found = keyed(rows, keys);
  erase_gone(sql, table, found, keys);
  write_documents(sql, found);
  write_beats(sql, table, found);
}

}  // namespace

struct Store::Session {
  Connection connection;
  /// What is stored already; loaded when the first batch is written.
  std::optional<Keys<StoredDomain>> domain_keys;
  std::optional<Keys<StoredEndpoint>> endpoint_keys;

  soci::session& sql() { return *connection.sql; }
  void load_keys();
  void forget_keys() {
    domain_keys.reset();
    endpoint_keys.reset();
  }
  void write(const Batch& batch);
  std::vector<StoredDomain> read_domains(const std::string& condition, const std::string& name);
  std::vector<StoredEndpoint> read_endpoints();
  void forget(const std::string& table, long long before);
};

void Store::Session::load_keys() {
  if (domain_keys) return;
  Keys<StoredDomain> domains;
  Keys<StoredEndpoint> endpoints;
  long long id = 0;
  std::string name, address;
  soci::statement select_domains = (sql().prepare << "select id, name from domain", soci::into(id), soci::into(name));
  for (bool more = select_domains.execute(true); more; more = select_domains.fetch()) domains.add(name, id);
  soci::statement select_endpoints =
      (sql().prepare << "select id, mx, address from endpoint", soci::into(id), soci::into(name), soci::into(address));
  for (bool more = select_endpoints.execute(true); more; more = select_endpoints.fetch()) {
    endpoints.add({name, address}, id);
  }
  domain_keys = std::move(domains);
  endpoint_keys = std::move(endpoints);
}

void Store::Session::write(const Batch& batch) {
  soci::transaction transaction(sql());
  load_keys();
  write_rows(sql(), "domain", batch.domains, *domain_keys);
  write_rows(sql(), "endpoint", batch.endpoints, *endpoint_keys);
  for (const auto& [name, body] : batch.lists) {
    sql() << "delete from domain_list where name = :name", soci::use(name);
    sql() << "insert into domain_list (name, body) values (:name, :body)", soci::use(name), soci::use(body);
  }
  transaction.commit();
}

/// `condition` has the parameter :name, or no parameter.
std::vector<StoredDomain> Store::Session::read_domains(const std::string& condition, const std::string& name) {
  std::vector<StoredDomain> found;
  StoredDomain row;
  BeatCells beat;
  soci::statement select(sql());
  if (!name.empty()) select.exchange(soci::use(name, "name"));
  select.exchange(soci::into(row.name));
  select.exchange(soci::into(row.past));
  select.exchange(soci::into(row.looks));
  select.exchange(soci::into(beat.probed.value, beat.probed.is));
  select.exchange(soci::into(beat.conclusive.value, beat.conclusive.is));
  select.exchange(soci::into(beat.served.value, beat.served.is));
  select.alloc();
  select.prepare(kSelectDomains + condition);
  select.define_and_bind();
  for (bool more = select.execute(true); more; more = select.fetch()) {
    row.beat = beat.get();
    found.push_back(row);
  }
  return found;
}

std::vector<StoredEndpoint> Store::Session::read_endpoints() {
  std::vector<StoredEndpoint> found;
  StoredEndpoint row;
  std::string address;
  BeatCells beat;
  soci::statement select =
      (sql().prepare << kSelectEndpoints, soci::into(row.mx), soci::into(address), soci::into(row.looks),
       soci::into(beat.probed.value, beat.probed.is), soci::into(beat.conclusive.value, beat.conclusive.is),
       soci::into(beat.served.value, beat.served.is));
  for (bool more = select.execute(true); more; more = select.fetch()) {
    const auto parsed = parse_ip(address);
    if (!parsed) continue;  // not written by us; the rest is still good
    row.address = *parsed;
    row.beat = beat.get();
    found.push_back(row);
  }
  return found;
}

void Store::Session::forget(const std::string& table, long long before) {
  sql() << "delete from " + table + " where id in (select id from " + table + "_beat where probed < :before)",
      soci::use(before, "before");
  sql() << "delete from " + table + "_beat where probed < :before", soci::use(before, "before");
}

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& url, Access access) {
  const auto open_session = [&]() -> Result<std::unique_ptr<Store>> {
    auto connection = connect(url, access);
    if (!connection) return tl::unexpected(connection.error());
    const auto ready = access == Access::ReadWrite ? migrate(*connection) : check_version(*connection);
    if (!ready) return tl::unexpected(ready.error());
    return std::unique_ptr<Store>(new Store(std::make_unique<Session>(Session{*std::move(connection), {}, {}})));
  };
  return guarded(open_session, "the history " + place_of(url) + " cannot be opened: ");
}

Result<std::vector<StoredDomain>> Store::domains() {
  return guarded([&]() -> Result<std::vector<StoredDomain>> { return session_->read_domains(" order by d.id", ""); });
}

Result<std::optional<StoredDomain>> Store::domain(const std::string& name) {
  return guarded([&]() -> Result<std::optional<StoredDomain>> {
    if (name.empty()) return std::nullopt;
    auto found = session_->read_domains(" where d.name = :name", name);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  });
}

Result<std::vector<StoredEndpoint>> Store::endpoints() {
  return guarded([&]() -> Result<std::vector<StoredEndpoint>> { return session_->read_endpoints(); });
}

Result<StoredLists> Store::lists() {
  return guarded([&]() -> Result<StoredLists> {
    StoredLists lists;
    std::string name, body;
    soci::statement select =
        (session_->sql().prepare << "select name, body from domain_list", soci::into(name), soci::into(body));
    for (bool more = select.execute(true); more; more = select.fetch()) lists.emplace(name, body);
    return lists;
  });
}

Result<void> Store::write(const Batch& batch) {
  if (batch.empty()) return {};
  auto done = guarded([&]() -> Result<void> {
    session_->write(batch);
    return {};
  });
  if (!done) session_->forget_keys();  // what was rolled back has no key
  return done;
}

Result<void> Store::forget_before(Limits limits) {
  session_->forget_keys();
  return guarded([&]() -> Result<void> {
    soci::transaction transaction(session_->sql());
    session_->forget("domain", to_milliseconds(limits.domains));
    session_->forget("endpoint", to_milliseconds(limits.endpoints));
    transaction.commit();
    return {};
  });
}

}  // namespace mta_sts::history
