#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exporter/judge/domain.h"
#include "exporter/probe/domain_prober.h"
#include "exporter/schedule/cadence.h"
#include "exporter/schedule/due_queue.h"
#include "exporter/schedule/fleet.h"

namespace mta_sts::schedule {

struct DomainLookOptions {
  Cadence cadence;
  Span policy_retry;               ///< a failed policy fetch is not repeated sooner (RFC 8461 3.3)
  std::chrono::milliseconds hold;  ///< how long the last conclusive look is held
  judge::SmtpLooks smtp = judge::SmtpLooks::Enabled;
  bool rotate = false;  ///< another address of the policy host each time (https.addresses: one)
};

/// The domains of one worker: when each is due, and the way from a look to its new state on the board. On the worker's
/// thread.
class DomainLooks {
 public:
  DomainLooks(const Surroundings& around, probe::DomainProber& prober, DomainLookOptions options)
      : around_(around), prober_(prober), options_(options) {}

  struct Domain;
  void add(std::shared_ptr<const judge::DomainSetting> setting, MonoTime due, FirstPass pass);

  DueQueue<Domain*>& due() { return due_; }
  /// Looks, judges, publishes. Ends by an exception only if a bug ended the look, or cancellation.
  boost::asio::awaitable<void> look(Domain* domain);
  /// After every look, also one that a bug ended: says when the next is due.
  void ended(Domain* domain);
  /// Judges anew what is known, after an endpoint's standing changed.
  void rejudge(const std::string& name);

 private:
  probe::DomainProbeRequest request_for(const Domain& domain) const;
  void judge_and_publish(Domain& domain);
  void count(const Domain& domain, Span duration);
  Span next_gap(const Domain& domain) const;

  const Surroundings& around_;
  probe::DomainProber& prober_;
  DomainLookOptions options_;
  std::map<std::string, std::unique_ptr<Domain>> domains_;
  DueQueue<Domain*> due_;
};

struct DomainLooks::Domain {
  std::shared_ptr<const judge::DomainSetting> setting;
  judge::DomainMemory memory;
  double spread = 0;
  MonoTime begun{};        ///< of the latest look
  FirstPass first_pass{};  ///< until the first look has ended
  Look look = Look::First;
  std::size_t looks = 0;  ///< begun so far
  unsigned failures = 0;  ///< looks in a row that DNS let down, or a bug
  bool looked = false;    ///< the latest look ended well
};

}  // namespace mta_sts::schedule
