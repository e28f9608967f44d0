#pragma once

#include <memory>
#include <string>

#include "exporter/base/result.h"
#include "exporter/history/store.h"

namespace soci {
class session;
}

namespace mta_sts::history {

/// The databases differ where a session begins and where the schema's version is kept; all other SQL suits both.
enum class Database { Sqlite, Postgresql };

/// Where a history is, for messages: the path; never a URL with its password.
std::string place_of(const std::string& url);

struct Connection {
  Database database;
  std::string place;
  std::unique_ptr<soci::session> sql;
};

/// How long SQLite waits for a lock that another process holds.
inline constexpr int kBusySeconds = 2;

/// The one place that knows what history.url means to SOCI. May throw what SOCI throws.
Result<Connection> connect(const std::string& url, Access access);

}  // namespace mta_sts::history
