#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"
#include "exporter/board/boards.h"
#include "exporter/board/recent_looks.h"
#include "exporter/history/writer.h"
#include "exporter/net/https.h"
#include "exporter/net/resolver.h"
#include "exporter/net/smtp.h"
#include "exporter/schedule/egress.h"
#include "exporter/schedule/waits.h"
#include "exporter/telemetry/log.h"
#include "exporter/telemetry/telemetry.h"

namespace mta_sts::schedule {

using board::Standing;

/// Held by everything that belongs to the first pass: a first look at a domain, the first look at an endpoint that it
/// named, the judgement that follows. The pass is done when the last copy is gone. Null afterwards. Each guest has one
/// of its own (awaited.h).
using FirstPass = std::shared_ptr<const void>;

/// What a worker tells the others. Callable from every worker's thread.
class Fleet {
 public:
  virtual ~Fleet() = default;
  /// At `named` an address was in the answer for an MX host of a domain with this standing.
  virtual void endpoint_seen(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) = 0;
  /// The standing of an endpoint changed: the domains are judged anew.
  virtual void rejudge(std::vector<std::string> domains, FirstPass pass) = 0;
  /// No configured domain uses these MX hosts any more: what was known of them goes at once.
  virtual void forget_mx_hosts(std::vector<std::string> names) = 0;
};

/// What all parts of a worker share; all outlive it.
struct Surroundings {
  const Clock& clock;
  telemetry::Telemetry& telemetry;
  telemetry::Log& log;
  const board::Boards& boards;
  board::RecentLooks& recent_looks;
  Fleet& fleet;
  Egress& egress;
  history::Recorder& recorder;
};

/// The clients of one worker, all on its executor.
struct Clients {
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::HttpsFetcher> fetcher;
  std::unique_ptr<net::SmtpProber> smtp;
};
/// `waits` is told of fetches that wait for their address.
using ClientFactory = std::function<Clients(boost::asio::any_io_executor, std::shared_ptr<Waits> waits)>;

}  // namespace mta_sts::schedule
