#pragma once

#include "exporter/net/trust.h"
#include "exporter/probe/domain_prober.h"
#include "exporter/schedule/fleet.h"
#include "exporter/settings/settings.h"

namespace mta_sts::schedule {

/// The real clients as the settings in use (in_use.h) want them, for any number of executors, which share the limits of
/// policy-host addresses. `trust`, `telemetry` and `clock` outlive what the factory makes.
ClientFactory client_factory(const settings::Settings& settings, std::shared_ptr<AddressGate> policy_hosts,
                             const net::TrustSlot& trust, telemetry::Telemetry& telemetry, const Clock& clock);

/// The limits of a look at a domain, as the settings want them.
probe::DomainProbeOptions domain_probe_options(const settings::Settings& settings);

}  // namespace mta_sts::schedule
