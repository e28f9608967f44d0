#pragma once

#include <chrono>

#include "exporter/net/trust.h"
#include "exporter/probe/domain_prober.h"
#include "exporter/schedule/address_gate.h"
#include "exporter/schedule/fleet.h"
#include "exporter/settings/settings.h"

namespace mta_sts::schedule {

/// The real clients as the settings in use (in_use.h) want them, for any number of executors, which share the limits of
/// policy-host addresses. `trust`, `telemetry` and `clock` outlive what the factory makes.
ClientFactory client_factory(const settings::Settings& settings, std::shared_ptr<AddressGate> policy_hosts,
                             const net::TrustSlot& trust, telemetry::Telemetry& telemetry, const Clock& clock);

/// How old an answer of the DNS may be that a worker gives again: a look at a domain never sees what an earlier look at
/// it saw, whatever the TTL. 0 where looks follow each other too quickly for that: each asks anew.
std::chrono::milliseconds oldest_dns_answer(const settings::Settings& settings);

/// The limits of a look at a domain, as the settings want them.
probe::DomainProbeOptions domain_probe_options(const settings::Settings& settings);

}  // namespace mta_sts::schedule
