#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/clock.h"
#include "exporter/judge/observation.h"
#include "exporter/net/egress_guard.h"
#include "exporter/net/smtp.h"

namespace mta_sts::probe {

/// Looks at one MX endpoint (MX name, address) with one STARTTLS dialogue, however many domains share it. Delivers
/// facts, always. One for each worker, on its thread.
class EndpointProber {
 public:
  EndpointProber(net::SmtpProber& smtp, const net::EgressGuard& guard, const Clock& clock,
                 std::chrono::milliseconds timeout)
      : smtp_(smtp), guard_(guard), clock_(clock), timeout_(timeout) {}

  boost::asio::awaitable<judge::EndpointObservation> probe(std::string mx, IpAddress address);

 private:
  net::SmtpProber& smtp_;
  const net::EgressGuard& guard_;
  const Clock& clock_;
  std::chrono::milliseconds timeout_;  ///< of the whole dialogue
};

}  // namespace mta_sts::probe
