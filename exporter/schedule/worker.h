#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/schedule/domain_looks.h"
#include "exporter/schedule/endpoint_looks.h"

namespace mta_sts::schedule {

struct WorkerOptions {
  DomainLookOptions domains;
  EndpointLookOptions endpoints;
  probe::DomainProbeOptions domain_probe;
  std::chrono::milliseconds smtp_timeout{60000};
  std::size_t concurrency = 128;  ///< looks in flight of this worker, both kinds
};

/// One thread with one io_context and its own clients: starts what is due while it may, in the order of due times.
/// Hosts that are silent, of either kind, shall not keep the other kind waiting: a quarter of the places (from four on)
/// is never theirs.
class Worker {
 public:
  Worker(const Surroundings& around, const ClientFactory& make_clients, std::shared_ptr<const net::EgressGuard> guard,
         const formats::PublicSuffixes& suffixes, WorkerOptions options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// Cancels the looks in flight and joins the thread: at the latest after kStopGrace.
  void stop();

  /// Before start(): what an earlier process stored. Gives back the names of domains that keep their place.
  void recall(const std::vector<history::StoredEndpoint>& endpoints);
  struct Recalled {
    std::shared_ptr<const judge::DomainSetting> setting;
    history::StoredDomain stored;
  };
  std::vector<std::string> recall(const std::vector<Recalled>& domains, Span overdue_gap);
  void await_past() { domains_.await_past(); }

  // From any thread:
  void join_past(std::vector<history::StoredDomain> domains);
  void add_domain(std::shared_ptr<const judge::DomainSetting> setting, MonoTime due, FirstPass pass);
  void change(DomainChange change);
  void forget_mx_hosts(std::vector<std::string> names);
  /// Other settings: looks in flight end as they began.
  void apply(ClientFactory make_clients, std::shared_ptr<const net::EgressGuard> guard, WorkerOptions options);
  void see_endpoint(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing);
  void rejudge(std::vector<std::string> domains, FirstPass pass);
  void look_now(std::string domain, std::function<void(bool looked)> answer);
  void ask_domain(std::string name, std::function<void(std::optional<judge::KnownDomain>)> answer);
  void ask_endpoint(std::string mx, IpAddress address,
                    std::function<void(std::optional<judge::EndpointObservation>)> answer);
  /// How late the oldest due look is.
  Span lag(telemetry::ProbeKind kind, MonoTime now) const;
  std::size_t paused_addresses() const { return paused_addresses_.load(std::memory_order_relaxed); }
  std::size_t waiting_domains() const { return waiting_domains_.load(std::memory_order_relaxed); }
  Span longest_mx_interval() const { return Span(longest_endpoint_interval_.load(std::memory_order_relaxed)); }

 private:
  static constexpr std::chrono::seconds kStopGrace{3};
  /// Looks that wait for the address of a policy host, on top of those that are at work: memory, not network.
  static constexpr std::size_t kMaxWaits = 4096;
  static constexpr std::size_t kRejudgedAtOnce = 256;  ///< domains
  using Cancellations = std::list<boost::asio::cancellation_signal>;

  /// What looks are made with. Held by each that is in flight, so that another may take its place.
  struct Probing {
    Clients clients;
    std::shared_ptr<const net::EgressGuard> guard;
    probe::DomainProber domains;
    probe::EndpointProber endpoints;
  };
  std::shared_ptr<Probing> make_probing(const ClientFactory& make_clients,
                                        std::shared_ptr<const net::EgressGuard> guard, const WorkerOptions& options);
  void take(const std::shared_ptr<Probing>& probing, const WorkerOptions& options);
  void rejudge_next(std::shared_ptr<const std::vector<std::string>> domains, std::size_t begin, FirstPass pass);
  bool is_full() const;
  bool has_room(std::size_t at_work) const;
  std::size_t domains_at_work() const;
  void pump();
  bool start_next(MonoTime now);
  MonoTime::rep next_domain() const;
  MonoTime::rep next_endpoint() const;
  template <typename Looks>
  bool begin_next(Looks& looks, std::size_t& in_flight, MonoTime now);
  template <typename Looks, typename Item>
  void begin(Looks& looks, Item* item, std::size_t& in_flight);
  void log_bug(const std::exception_ptr& failure);
  void finish_stop();
  void note_due();

  const Surroundings& around_;
  std::size_t concurrency_;
  std::size_t reserved_ = 0;  ///< of these places, for the kind that has fewer
  boost::asio::io_context io_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  boost::asio::steady_timer wake_;
  boost::asio::steady_timer stop_timer_;
  const formats::PublicSuffixes& suffixes_;
  DomainLooks domains_;
  EndpointLooks endpoints_;
  Cancellations in_flight_;
  std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
  std::size_t domains_in_flight_ = 0, endpoints_in_flight_ = 0;
  bool stopping_ = false;
  std::atomic<MonoTime::rep> oldest_due_domain_;
  std::atomic<MonoTime::rep> oldest_due_endpoint_;
  std::atomic<Span::rep> longest_endpoint_interval_;
  std::atomic<std::size_t> paused_addresses_ = 0;
  std::atomic<std::size_t> waiting_domains_ = 0;
  std::thread thread_;
};

}  // namespace mta_sts::schedule
