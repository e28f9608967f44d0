#include "exporter/history/schema.h"

#include <array>
#include <vector>

#include <soci/soci.h>

namespace mta_sts::history {
namespace {

using Statements = std::vector<const char*>;

/// Step n brings version n to n + 1. A step that was released is never changed: a new one is added.
///
/// What moves with every look is in small tables of its own (*_beat), so that the beats of all domains touch few pages;
/// hence also keys that are numbers, in the order of first writing.
const std::vector<Statements>& steps() {
  static const std::vector<Statements> kSteps = {
      {"create table domain (id integer primary key, name text not null unique, past text not null)",
       "create table domain_beat (id integer primary key, probed bigint not null, conclusive bigint, served bigint)"},
      {"alter table domain add column looks text not null default ''",
       "create table endpoint (id integer primary key, mx text not null, address text not null, "
       "looks text not null, unique (mx, address))",
       "create table endpoint_beat (id integer primary key, probed bigint not null, conclusive bigint, "
       "served bigint)"},
      {"create table domain_list (name text primary key, body text not null)"}};
  return kSteps;
}

int postgresql_version(soci::session& sql) {
  int tables = 0;
  sql << "select count(*) from information_schema.tables "
         "where table_schema = current_schema() and table_name = 'schema_version'",
      soci::into(tables);
  if (tables == 0) return 0;
  int version = 0;
  sql << "select version from schema_version", soci::into(version);
  return version;
}

int version_of(Connection& connection) {
  if (connection.database == Database::Postgresql) return postgresql_version(*connection.sql);
  int version = 0;
  *connection.sql << "pragma user_version", soci::into(version);
  return version;
}

void set_version(Connection& connection, int version) {
  auto& sql = *connection.sql;
  if (connection.database == Database::Sqlite) {
    sql << "pragma user_version = " << version;
    return;
  }
  sql << "create table if not exists schema_version (version integer not null)";
  sql << "delete from schema_version";
  sql << "insert into schema_version (version) values (:version)", soci::use(version);
}

std::string of_version(const Connection& connection, int version) {
  return "the history " + connection.place + " has schema version " + std::to_string(version) + "; ";
}

tl::unexpected<Error> newer(const Connection& connection, int version) {
  return fail(of_version(connection, version) + "this program knows versions up to " +
              std::to_string(schema_version()) + ": a newer one wrote it");
}

}  // namespace

int schema_version() { return static_cast<int>(steps().size()); }

Result<void> migrate(Connection& connection) {
  const int found = version_of(connection);
  if (found > schema_version() || found < 0) return newer(connection, found);
  for (int version = found; version < schema_version(); ++version) {
    soci::transaction transaction(*connection.sql);
    for (const char* statement : steps()[static_cast<std::size_t>(version)]) *connection.sql << statement;
    set_version(connection, version + 1);
    transaction.commit();
  }
  return {};
}

Result<void> check_version(Connection& connection) {
  const int found = version_of(connection);
  if (found == schema_version()) return {};
  if (found > schema_version() || found < 0) return newer(connection, found);
  if (found == 0) return fail("the history " + connection.place + " is empty: nothing was written yet");
  return fail(of_version(connection, found) + "it is brought to version " + std::to_string(schema_version()) +
              " when the daemon starts");
}

}  // namespace mta_sts::history
