#include "exporter/schedule/egress.h"

#include "exporter/judge/outcome.h"

namespace mta_sts::schedule {
namespace {

using judge::failed_to_connect;

constexpr const char* kSmtp = "port 25";
constexpr const char* kHttps = "HTTPS";

bool never_tried(const std::optional<Fault>& fault) {
  return fault && (fault->reason == Reason::AddressNotPublic || fault->reason == Reason::AddressDenied ||
                   fault->reason == Reason::NoRoute || fault->reason == Reason::EgressBlocked);
}

void take_blame_off(std::optional<Fault>& fault) {
  fault = {Reason::EgressBlocked, "nothing can be reached from here at present: " + fault->detail};
}

}  // namespace

// The numbers are those of contract/metrics.md.
Egress::Egress(const Clock& clock, telemetry::Log& log, const formats::PublicSuffixes& suffixes,
               std::chrono::nanoseconds mx_interval, std::chrono::nanoseconds domain_interval)
    : clock_(clock),
      log_(log),
      suffixes_(suffixes),
      smtp_(Way{EgressWatch({3, 3, false, mx_interval}), false, {}}),
      https_(Way{EgressWatch({5, 3, true, domain_interval}), false, {}}) {}

void Egress::set_intervals(std::chrono::nanoseconds mx_interval, std::chrono::nanoseconds domain_interval) {
  smtp_.with([&](Way& way) { way.watch.set_interval(mx_interval); });
  https_.with([&](Way& way) { way.watch.set_interval(domain_interval); });
}

void Egress::pass(const std::string& mx, const IpAddress& address, board::Standing standing,
                  judge::EndpointObservation& observation) {
  if (never_tried(observation.fault)) return;
  const bool failed = failed_to_connect(observation.fault);
  const ConnectionAttempt attempt{mx + " " + to_text(address), mx, suffixes_.registrable_domain(mx), !failed};
  const bool noted = standing == board::Standing::Configured;
  if (blocked(smtp_, noted ? &attempt : nullptr, kSmtp) && failed) take_blame_off(observation.fault);
}

void Egress::pass(board::Standing standing, judge::PolicyHost& host) {
  for (const judge::PolicyFetch& fetch : host.fetches) {
    if (never_tried(fetch.fault) || standing == board::Standing::Guest) continue;
    const std::string address = to_text(fetch.address);
    const ConnectionAttempt attempt{address, address, host.provider, !failed_to_connect(fetch.fault)};
    blocked(https_, &attempt, kHttps);
  }
  if (!blocked(https_, nullptr, kHttps)) return;
  host.egress_worked = https_.with([](const Way& way) { return way.worked; });
  for (judge::PolicyFetch& fetch : host.fetches) {
    if (failed_to_connect(fetch.fault)) take_blame_off(fetch.fault);
  }
}

/// One line where it begins and one where it ends.
bool Egress::blocked(Guarded<Way>& guarded, const ConnectionAttempt* attempt, const char* what) {
  return guarded.with([&](Way& way) {
    if (attempt != nullptr) way.watch.note(*attempt, clock_.mono_now());
    if (attempt != nullptr && attempt->connected) way.worked = clock_.wall_now();
    const bool now = way.watch.ok(clock_.mono_now()) == false;
    if (now && !way.blocked) {
      log_.error(
          "egress blocked: nothing answers any more; most likely outgoing connections are blocked here, no domain "
          "is blamed",
          {{"egress", what}});
    } else if (!now && way.blocked) {
      log_.info("egress works again", {{"egress", what}});
    }
    way.blocked = now;
    return now;
  });
}

std::optional<bool> Egress::ok(Guarded<Way>& guarded) {
  return guarded.with([&](Way& way) { return way.watch.ok(clock_.mono_now()); });
}

std::optional<bool> Egress::smtp_ok() { return ok(smtp_); }
std::optional<bool> Egress::https_ok() { return ok(https_); }

}  // namespace mta_sts::schedule
