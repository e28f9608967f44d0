#pragma once

#include "exporter/base/result.h"
#include "exporter/history/connect.h"

namespace mta_sts::history {

/// Number of the present schema. SQLite keeps it as user_version, PostgreSQL in the table schema_version; 0: empty.
int schema_version();

/// Brings the database to the present version, each step in a transaction of its own. Refuses one that a newer program
/// wrote. May throw what SOCI throws.
Result<void> migrate(Connection& connection);
/// Refuses every other version: a reader changes nothing.
Result<void> check_version(Connection& connection);

}  // namespace mta_sts::history
