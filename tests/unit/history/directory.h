#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

namespace mta_sts::testing {

/// A directory that ends with the test, and the URL of a history in it.
class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "history-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::filesystem::path path() const { return path_; }
  std::string file(const std::string& name = "history.db") const { return (path_ / name).string(); }
  std::string url(const std::string& name = "history.db") const { return "sqlite://" + file(name); }

 private:
  std::filesystem::path path_;
};

/// Runs SQL past our code.
inline void run_sql(const std::string& file, const std::string& sql) {
  sqlite3* database = nullptr;
  bool ok = sqlite3_open(file.c_str(), &database) == SQLITE_OK;
  ok = ok && sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  const std::string problem = sqlite3_errmsg(database);
  sqlite3_close(database);
  if (!ok) throw std::runtime_error(problem);
}

}  // namespace mta_sts::testing
