#include "exporter/history/connect.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <unistd.h>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "exporter/base/ascii.h"

namespace mta_sts::history {
namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kPostgresql = "postgresql://";
constexpr mode_t kFileMode = 0640;
/// Most rows with documents have about 2 KiB, of which a page of the usual 4 KiB would hold one.
constexpr int kNewPageSize = 8192;
/// What the write-ahead log may keep on disk after a burst.
constexpr long long kMaxIdleLog = 64 * 1024 * 1024;

/// The path as a URI of SQLite: SOCI's connect string is split at spaces and knows no escape for a quote.
std::string file_uri(const std::string& path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "/-._~";
  std::string uri = "file:";
  for (const char c : path) {
    if (ascii::is_alnum(c) || kPlain.find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    uri += {'%', kDigits[octet >> 4], kDigits[octet & 15]};
  }
  return uri;
}

/// SQLite would make it readable to everyone; its -wal and -shm take the mode of the database.
Result<void> create(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (file < 0) return fail("the history " + path + " cannot be opened for writing: " + std::strerror(errno));
  ::close(file);
  return {};
}

Result<void> prepare_path(const std::string& path, Access access) {
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  if (access == Access::ReadOnly) {
    if (error) return fail("the history " + path + " cannot be reached: " + error.message());
    return there ? Result<void>() : fail("no such history: " + path);
  }
  const auto directory = std::filesystem::path(path).parent_path();
  if (!std::filesystem::is_directory(directory, error)) {
    return fail("the directory " + directory.string() + " of the history " + path + " does not exist");
  }
  return create(path);
}

/// synchronous=FULL: what is committed survives kill -9 with NORMAL too, since the system has it, but a loss of power
/// only with FULL. It costs one fsync a transaction, of which there are few.
Result<void> set_up_writing(soci::session& sql, const std::string& path) {
  sql << "pragma synchronous = full";  // not as a parameter of SOCI's: when that fails it loses its connection
  sql << "pragma page_size = " << kNewPageSize;  // of a file that has no page yet
  std::string mode;
  sql << "pragma journal_mode = wal", soci::into(mode);
  if (mode != "wal") return fail("the history " + path + " is on a file system without shared memory (WAL)");
  sql << "pragma journal_size_limit = " << kMaxIdleLog;
  return {};
}

Result<Connection> connect_sqlite(const std::string& path, Access access) {
  if (const auto ready = prepare_path(path, access); !ready) return tl::unexpected(ready.error());
  std::string parameters = "dbname=" + file_uri(path) + " timeout=" + std::to_string(kBusySeconds);
  if (access == Access::ReadOnly) parameters += " readonly=true";
  Connection connection{Database::Sqlite, path, std::make_unique<soci::session>(soci::sqlite3, parameters)};
  if (access == Access::ReadOnly) return connection;
  if (const auto ready = set_up_writing(*connection.sql, path); !ready) return tl::unexpected(ready.error());
  return connection;
}

Result<Connection> connect_postgresql(const std::string& url, Access access) {
  Connection connection{Database::Postgresql, place_of(url), std::make_unique<soci::session>(soci::postgresql, url)};
  *connection.sql << "set client_min_messages = warning";
  if (access == Access::ReadOnly) *connection.sql << "set session characteristics as transaction read only";
  return connection;
}

}  // namespace

std::string place_of(const std::string& url) {
  return url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : "in PostgreSQL";
}

Result<Connection> connect(const std::string& url, Access access) {
  const std::string_view text = url;
  if (text.starts_with(kSqlite)) return connect_sqlite(place_of(url), access);
  if (text.starts_with(kPostgresql)) return connect_postgresql(url, access);
  return fail("history.url is neither sqlite:///PATH nor postgresql://...");
}

}  // namespace mta_sts::history
