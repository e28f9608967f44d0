#include "exporter/metrics/mx_families.h"

#include <array>

namespace mta_sts::metrics {
namespace {

using judge::EndpointState;
using Out = SampleWriter;

void write_tls_info(const EndpointState& s, Out& out) {
  if (!s.tls || !s.tls->handshake_done()) return;
  out.info({{"version", s.tls->version}, {"cipher", s.tls->cipher}, {"group", s.tls->group}});
}

void write_cert_info(const EndpointState& s, Out& out) {
  if (!s.cert) return;
  out.info(
      {{"issuer", s.cert->issuer}, {"serial", s.cert->serial}, {"fingerprint_sha256", s.cert->fingerprint_sha256}});
}

void write_problem(const EndpointState& s, Out& out) {
  for (const judge::Problem& problem : s.problems) {
    out.info({{"outcome", to_text(problem.outcome)}, {"reason", to_text(problem.reason)}});
  }
}

void write_host_problem(const MxHostView& host, Out& out) {
  for (const auto& problem : {host.problems.fail, host.problems.inconclusive}) {
    if (!problem) continue;
    out.info({{"address", ""}, {"outcome", to_text(problem->outcome)}, {"reason", to_text(problem->reason)}});
  }
}

template <auto Member>
void write_flag(const EndpointState& s, Out& out) {
  out.flag({}, s.*Member);
}

template <auto Member>
void write_time(const EndpointState& s, Out& out) {
  out.time({}, s.*Member);
}

void write_not_before(const EndpointState& s, Out& out) {
  if (s.cert) out.time({}, s.cert->not_before);
}

void write_not_after(const EndpointState& s, Out& out) {
  if (s.cert) out.time({}, s.cert->not_after);
}

void write_duration(const EndpointState& s, Out& out) { out.seconds({}, s.duration); }

constexpr auto kGauge = FamilyType::Gauge;
constexpr auto kInfo = FamilyType::Info;
constexpr auto kCore = FamilySet::Core;
constexpr auto kDetail = FamilySet::Detail;

const std::array kFamilies = {
    MxFamily{{"mta_sts_mx_reachable", kGauge, kCore, "mx, address", "1: the last probe received a 220 greeting."},
             write_flag<&EndpointState::reachable>,
             nullptr},
    MxFamily{{"mta_sts_mx_starttls", kGauge, kDetail, "mx, address", "1: STARTTLS was offered and accepted."},
             write_flag<&EndpointState::starttls>,
             nullptr},
    MxFamily{{"mta_sts_mx_tls_info", kInfo, kDetail, "mx, address, version, cipher, group",
              "What the TLS handshake agreed on."},
             write_tls_info,
             nullptr},
    MxFamily{{"mta_sts_mx_cert_valid", kGauge, kCore, "mx, address",
              "1: chain, dates, purpose and name of the certificate pass."},
             write_flag<&EndpointState::cert_valid>,
             nullptr},
    MxFamily{{"mta_sts_mx_cert_not_before_timestamp_seconds", kGauge, kCore, "mx, address",
              "Begin of the certificate, shown also when invalid."},
             write_not_before,
             nullptr},
    MxFamily{{"mta_sts_mx_cert_not_after_timestamp_seconds", kGauge, kCore, "mx, address",
              "End of the certificate, shown also when invalid."},
             write_not_after,
             nullptr},
    MxFamily{{"mta_sts_mx_cert_chain_not_after_timestamp_seconds", kGauge, kCore, "mx, address",
              "Earliest end in the chain to a trusted root, built without regard to dates."},
             write_time<&EndpointState::chain_not_after>,
             nullptr},
    MxFamily{{"mta_sts_mx_cert_info", kInfo, kDetail, "mx, address, issuer, serial, fingerprint_sha256",
              "The certificate of the MX endpoint."},
             write_cert_info,
             nullptr},
    MxFamily{
        {"mta_sts_mx_problem", kGauge, kCore, "mx, address, outcome, reason",
         "1 while the MX endpoint does not pass, with outcome and reason; address is empty where the name has none."},
        write_problem,
        write_host_problem},
    MxFamily{{"mta_sts_mx_last_probe_timestamp_seconds", kGauge, kDetail, "mx, address",
              "End of the last finished probe of the MX endpoint. Probes run on the exporter's own schedule, not on "
              "scrapes."},
             write_time<&EndpointState::last_probe>,
             nullptr},
    MxFamily{{"mta_sts_mx_last_conclusive_timestamp_seconds", kGauge, kCore, "mx, address",
              "End of the last conclusive probe of the MX endpoint."},
             write_time<&EndpointState::last_conclusive>,
             nullptr},
    MxFamily{
        {"mta_sts_mx_probe_duration_seconds", kGauge, kDetail, "mx, address", "Duration of the last SMTP dialogue."},
        write_duration,
        nullptr},
    MxFamily{{"mta_sts_mx_info", kInfo, kCore, "mx, provider", "An MX host, with its registrable domain."},
             nullptr,
             [](const MxHostView& host, Out& out) { out.info({{"provider", host.provider}}); }},
    MxFamily{{"mta_sts_mx_domains", kGauge, kCore, "mx", "How many configured domains use the MX host."},
             nullptr,
             [](const MxHostView& host, Out& out) {
               if (host.domains > 0) out.count({}, host.domains);
             }},
    MxFamily{{"mta_sts_mx_enforced_domains", kGauge, kCore, "mx",
              "How many of these domains have an enforce policy that names the MX host and that a sender may hold."},
             nullptr,
             [](const MxHostView& host, Out& out) {
               if (host.domains > 0) out.count({}, host.enforced);
             }},
};

template <typename State>
ObjectLines render_with(const State& state, Labels labels, void (*MxFamily::*write)(const State&, SampleWriter&),
                        const ShownFamilies& shown) {
  ObjectLines::Writer lines(labels_text(labels));
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    SampleWriter out(lines, i);
    if (kFamilies[i].*write != nullptr && shows(shown.of_mx, i)) (kFamilies[i].*write)(state, out);
  }
  return lines.lines();
}

}  // namespace

std::span<const MxFamily> mx_families() { return kFamilies; }

ObjectLines render(const EndpointState& state, const ShownFamilies& shown) {
  const std::string address = to_text(state.address);
  return render_with(state, {{"mx", state.mx, Cut::No}, {"address", address}}, &MxFamily::write_endpoint, shown);
}

ObjectLines render(const MxHostView& host, const ShownFamilies& shown) {
  return render_with(host, {{"mx", host.mx, Cut::No}}, &MxFamily::write_host, shown);
}

}  // namespace mta_sts::metrics
