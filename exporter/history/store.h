#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"
#include "exporter/base/result.h"

namespace mta_sts::history {

/// The times that move with every look. They are kept apart from the documents, which are written on change only.
struct Beat {
  WallTime probed;
  std::optional<WallTime> conclusive;
  std::optional<WallTime> served;  ///< last time a domain served a valid policy, an answer named an endpoint
  friend bool operator==(const Beat&, const Beat&) = default;
};

/// A domain or an MX endpoint as it is stored. The documents are JSON (history/documents.h).
struct StoredDomain {
  std::string name;
  std::string past;
  std::string looks;
  Beat beat;
};
struct StoredEndpoint {
  std::string mx;
  IpAddress address;
  std::string looks;
  Beat beat;
  bool gone = false;  ///< to be deleted
};
inline StoredEndpoint forgotten(std::string mx, IpAddress address) {
  return {std::move(mx), std::move(address), {}, {}, true};
}

/// Lists of domains as they were fetched last, by the name of their source.
using StoredLists = std::map<std::string, std::string>;

/// Written together or not at all. A row without documents moves its beat only.
struct Batch {
  std::vector<StoredDomain> domains;
  std::vector<StoredEndpoint> endpoints;
  StoredLists lists{};
  bool empty() const { return domains.empty() && endpoints.empty() && lists.empty(); }
};

enum class Access { ReadWrite, ReadOnly };

/// One session with the database of history.url (sqlite:///path or postgresql://...) through SOCI; its exceptions end
/// here. Read-write brings the schema to the present version and is for one process at a time; read-only never creates
/// or changes anything. Not thread-safe.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& url, Access access);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Result<std::vector<StoredDomain>> domains();
  Result<std::optional<StoredDomain>> domain(const std::string& name);
  Result<std::vector<StoredEndpoint>> endpoints();
  Result<StoredLists> lists();

  /// One transaction.
  Result<void> write(const Batch& batch);
  /// Deletes what was last looked at before these times.
  struct Limits {
    WallTime domains;
    WallTime endpoints;
  };
  Result<void> forget_before(Limits limits);

 private:
  struct Session;
  explicit Store(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace mta_sts::history
