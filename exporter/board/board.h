#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "exporter/base/guarded.h"
#include "exporter/board/sorted_entries.h"
#include "exporter/judge/domain.h"
#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"

namespace mta_sts::board {

/// The latest state of an object with its rendered lines, which a scrape wants first; immutable.
struct DomainEntry {
  metrics::ObjectLines lines;
  judge::DomainState state;
};
struct EndpointEntry {
  metrics::ObjectLines lines;
  judge::EndpointState state;
};
struct MxHostEntry {
  metrics::ObjectLines lines;
  metrics::MxHostView view;
};

/// What entries are sorted by (sorted_entries.h).
inline const std::string& key_of(const DomainEntry& entry) { return entry.state.setting->name.text(); }
inline auto key_of(const EndpointEntry& entry) { return std::tie(entry.state.mx, entry.state.address); }
inline const std::string& key_of(const MxHostEntry& entry) { return entry.view.mx; }

/// All that is on the board at about one moment; each entry is whole in itself.
struct Snapshot {
  std::vector<std::shared_ptr<const DomainEntry>> domains;  ///< by shard, then name: a stable order
  std::vector<std::shared_ptr<const EndpointEntry>> endpoints;
  std::vector<std::shared_ptr<const MxHostEntry>> mx_hosts;
};

/// The latest immutable state of every domain, MX host and MX endpoint, and which domains use an MX host. Written by
/// the workers, read by scrapes. Thread-safe: split in shards, so that who copies a snapshot holds a lock that a probe
/// may want only for the time that one shard takes.
class Board {
 public:
  using EndpointKey = std::pair<std::string, IpAddress>;  ///< MX name, address

  /// Of which families entries have text: all at first. Every entry is rendered anew if that changed.
  void show(const metrics::ShowFamily& show);

  void publish(judge::DomainState state);
  void publish(judge::EndpointState state);
  void forget_domain(const std::string& name);
  void forget_endpoint(const EndpointKey& key);

  std::shared_ptr<const DomainEntry> domain(const std::string& name) const;
  std::shared_ptr<const judge::EndpointState> endpoint(const std::string& mx, const IpAddress& address) const;
  /// The domains that use an MX host, by its name.
  std::vector<std::string> domains_of(const std::string& mx) const;

  std::size_t endpoint_count() const { return endpoint_count_; }
  Snapshot snapshot() const;
  /// One domain with its MX hosts and their endpoints: costs what these cost, whatever else is on the board.
  Snapshot snapshot_of(const std::string& domain) const;
  /// One MX host with its endpoints.
  Snapshot snapshot_of_mx(const std::string& mx) const;

 private:
  /// How a domain uses an MX host.
  struct Use {
    bool counted = false;   // by a set that is held
    bool enforced = false;  // and some sender may hold an enforce policy that names it
    friend bool operator==(const Use&, const Use&) = default;
  };
  using Uses = std::map<std::string, Use>;  ///< by domain
  struct Shard {
    SortedEntries<DomainEntry> domains;      // by name
    SortedEntries<EndpointEntry> endpoints;  // by MX name, then address
    SortedEntries<MxHostEntry> mx_hosts;     // each with its counts: with 50,000 domains nobody counts anew
    std::map<std::string, Uses> uses;        // of mx_hosts
  };
  using Shown = std::shared_ptr<const metrics::ShownFamilies>;
  static constexpr std::size_t kShards = 64;

  void add_mx(Snapshot& part, const std::string& mx) const;
  const Guarded<Shard>& shard(const std::string& key) const { return shards_[std::hash<std::string>()(key) % kShards]; }
  Guarded<Shard>& shard(const std::string& key) { return shards_[std::hash<std::string>()(key) % kShards]; }
  /// Without `problems` the domain's set is no longer held: the MX host stays, uncounted.
  void join(const std::string& domain, const judge::LastMxHost& host, Use use, const judge::NameProblems* problems);
  static void count_use(metrics::MxHostView& mx, Use before, Use now);
  void leave(const std::string& domain, const std::string& mx);
  void render(Shard& held, metrics::MxHostView mx) const;
  Shown shown() const {
    return shown_.with([](const Shown& shown) { return shown; });
  }
  template <typename Entry>
  struct Put {
    std::shared_ptr<const Entry> now;
    std::shared_ptr<const Entry> before;
  };
  template <typename Entry, typename State>
  Put<Entry> put(Guarded<Shard>& shard, SortedEntries<Entry> Shard::* entries, State state);

  Guarded<Shown> shown_{std::make_shared<const metrics::ShownFamilies>()};
  std::array<Guarded<Shard>, kShards> shards_;
  std::atomic<std::size_t> endpoint_count_ = 0;
};

}  // namespace mta_sts::board
