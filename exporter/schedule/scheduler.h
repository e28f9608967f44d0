#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/base/guarded.h"
#include "exporter/schedule/worker.h"
#include "exporter/settings/settings.h"

namespace mta_sts::schedule {

/// Everything that is looked at, spread over workers: a domain lives on worker hash(domain), an MX endpoint on worker
/// hash(address), so that limits by address need no lock. Owns the workers' threads.
class Scheduler final : public Fleet {
 public:
  struct Parts {
    const Clock& clock;
    telemetry::Telemetry& telemetry;
    telemetry::Log& log;
    board::Board& board;
    std::shared_ptr<const net::EgressGuard> guard;
    const formats::PublicSuffixes& suffixes;
    history::Recorder& recorder;
    Guests guests = Guests::Refused;
  };

  /// The settings in use (in_use.h); their domains are watched unless start_with() says otherwise.
  Scheduler(Parts parts, const settings::Settings& settings, const ClientFactory& make_clients);
  ~Scheduler() override;

  /// Before anything else: the domains to watch.
  void start_with(const std::vector<Shared<settings::DomainSetting>>& domains);
  /// Before start(): fills the board with what an earlier process stored (contract/metrics.md, rule 8). Only what is
  /// configured is recalled.
  void recall(std::vector<history::StoredDomain> domains, std::vector<history::StoredEndpoint> endpoints);
  /// Before start(), instead: what was stored cannot be read yet. Nothing of a domain is recorded before join_past().
  void await_past();
  /// From any thread: what was stored could be read only now.
  void join_past(std::vector<history::StoredDomain> domains);

  /// Once, before anybody asks: takes in the domains that were not recalled. The first pass goes on while the caller
  /// keeps what it is given, and takes in domains that come until then.
  FirstPass prepare();
  /// Once. First looks at what was not recalled are spread: settings.probe.start_rate a second.
  void start();
  void stop();

  /// From one thread at a time, after start(): other domains. Those that stay keep their state and their place; new
  /// ones begin where `remembered` says, else they are spread as at the start, and an error leaves one out; those that
  /// go lose their series.
  using Remembered = std::function<Result<std::optional<history::StoredDomain>>(const std::string& domain)>;
  struct Watched {
    std::size_t domains = 0, added = 0, gone = 0, changed = 0;
    std::size_t left_out = 0;  ///< new, and what is remembered of them cannot be read: to be told again
  };
  Watched watch(const std::vector<Shared<settings::DomainSetting>>& domains, const Remembered& remembered);
  /// From any thread, after start(): all settings but the domains, the number of workers and smtp.enabled.
  void apply(const settings::Settings& settings, std::shared_ptr<const net::EgressGuard> guard,
             const ClientFactory& make_clients);

  /// Every domain was looked at, and every MX endpoint that they named then (contract/interface.md, /-/ready).
  bool first_pass_done() const { return first_pass_.expired(); }
  Span lag(telemetry::ProbeKind kind) const;
  /// probe.mx_interval, or longer where one address carries more names than per_address_interval lets through.
  Span longest_mx_interval() const;
  /// Addresses of MX hosts that said that they are too busy and are left alone for a while.
  std::size_t paused_mx_addresses() const;
  /// Domains whose look does nothing but wait for the address of their policy host.
  std::size_t waiting_domains() const;
  /// Whether this machine gets out; absent where too few hosts tell.
  Egress& egress() { return egress_; }
  /// What was found, also for guests. From any thread.
  const board::Boards& boards() const { return boards_; }
  /// How the last looks at domains ended. From any thread.
  const board::RecentLooks& recent_looks() const { return recent_looks_; }

  /// From any thread. A domain is looked at out of turn; `answer` is told on its worker's thread when a look has ended,
  /// or at once that the domain is not one of these. A guest, where they are welcome, is one.
  void look_now(std::string domain, std::function<void(bool looked)> answer);
  /// From any thread. What is known is handed to `answer` on the thread of the worker that owns the object: nullopt
  /// where it is not looked at, or was not yet. Dropped when the scheduler stops.
  void ask_domain(std::string name, std::function<void(std::optional<judge::KnownDomain>)> answer);
  void ask_endpoint(std::string mx, IpAddress address,
                    std::function<void(std::optional<judge::EndpointObservation>)> answer);

  void endpoint_seen(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) override;
  void rejudge(std::vector<std::string> domains, FirstPass pass) override;
  void forget_mx_hosts(std::vector<std::string> names) override;

 private:
  using Changes = std::vector<DomainChange>;  // by worker
  std::size_t worker_of(std::string_view key) const;
  MonoTime::duration gap_between(std::size_t domains) const;
  MonoTime next_first(MonoTime::duration gap);
  void hand_out(Changes changes);
  /// Runs `task` for each worker on a thread of its own; they have none yet.
  void on_each_worker(const std::function<void(std::size_t)>& task);

  Egress egress_;
  board::RecentLooks recent_looks_;
  board::Board guest_board_;
  board::Boards boards_;
  Surroundings around_;
  /// How fast first looks begin.
  struct Pace {
    unsigned start_rate = 0;
    Span domain_interval{};
  };
  Guarded<Pace> pace_;
  std::atomic<Span::rep> mx_interval_;
  const bool smtp_enabled_;
  const Guests guests_;
  /// By the name in the setting; of who calls watch().
  std::map<std::string_view, std::shared_ptr<const settings::DomainSetting>> watched_;
  MonoTime next_first_{};  ///< a place for a first look, behind all that were given; of who calls watch()
  std::weak_ptr<const void> first_pass_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::set<std::string, std::less<>> recalled_;  // until prepare()
  bool prepared_ = false;
};

}  // namespace mta_sts::schedule
