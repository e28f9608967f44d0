#include "exporter/metrics/domain_families.h"

#include <array>

namespace mta_sts::metrics {
namespace {

using judge::DomainState;
using Out = SampleWriter;

void write_info(const DomainState& s, Out& out) { out.info({}, s.setting->labels); }

void write_expected_mode(const DomainState& s, Out& out) {
  if (s.setting->expect) out.info({{"mode", to_text(*s.setting->expect)}});
}

void write_check_ok(const DomainState& s, Out& out) {
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<judge::Check>(i);
    out.flag({{"check", to_text(check)}}, s.check(check).ok);
  }
}

void write_check_problem(const DomainState& s, Out& out) {
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<judge::Check>(i);
    for (const judge::Problem& problem : s.check(check).problems) {
      out.info({{"check", to_text(check)}, {"outcome", to_text(problem.outcome)}, {"reason", to_text(problem.reason)}});
    }
  }
}

void write_record_info(const DomainState& s, Out& out) {
  if (s.record.id) out.info({{"id", *s.record.id}});
}

void write_mode(const DomainState& s, Out& out) {
  if (!s.policy.live) return;
  using formats::Mode;
  for (const Mode mode : {Mode::Enforce, Mode::Testing, Mode::None}) {
    out.flag({{"mode", to_text(mode)}}, s.policy.live->mode == mode);
  }
}

void write_max_age(const DomainState& s, Out& out) {
  if (s.policy.live) out.value({}, static_cast<double>(s.policy.live->max_age.count()));
}

void write_patterns(const DomainState& s, Out& out) {
  if (s.policy.live) out.count({}, s.policy.live->mx.size());
}

void write_http_status(const DomainState& s, Out& out) {
  if (s.policy.http_status) out.value({}, static_cast<double>(*s.policy.http_status));
}

void write_policy_host(const DomainState& s, Out& out) {
  if (!s.policy.target) return;
  out.info({{"target", *s.policy.target}, {"provider", s.policy.provider.value_or("")}});
}

void write_cert_info(const DomainState& s, Out& out) {
  if (!s.policy.cert) return;
  out.info({{"issuer", s.policy.cert->issuer},
            {"serial", s.policy.cert->serial},
            {"fingerprint_sha256", s.policy.cert->fingerprint_sha256}});
}

void write_mx_preference(const DomainState& s, Out& out) {
  for (const judge::MxHostState& host : s.mx.hosts) {
    out.value({{"mx", host.name, Cut::No}}, static_cast<double>(host.preference));
  }
}

void write_mx_match(const DomainState& s, Out& out) {
  for (const judge::MxHostState& host : s.mx.hosts) {
    out.flag({{"mx", host.name, Cut::No}}, host.policy_match);
  }
}

void write_mx_deliverable(const DomainState& s, Out& out) {
  for (const judge::MxHostState& host : s.mx.hosts) {
    out.flag({{"mx", host.name, Cut::No}}, host.deliverable);
  }
}

std::optional<WallTime> not_before(const DomainState& s) {
  return s.policy.cert ? std::optional(s.policy.cert->not_before) : std::nullopt;
}
std::optional<WallTime> not_after(const DomainState& s) {
  return s.policy.cert ? std::optional(s.policy.cert->not_after) : std::nullopt;
}

constexpr auto kGauge = FamilyType::Gauge;
constexpr auto kInfo = FamilyType::Info;
constexpr auto kCore = FamilySet::Core;
constexpr auto kDetail = FamilySet::Detail;

const std::array kFamilies = {
    DomainFamily{{"mta_sts_domain_info", kInfo, kCore, "domain, configured labels",
                  "A configured domain, with its configured labels."},
                 write_info},
    DomainFamily{{"mta_sts_domain_expected_mode", kGauge, kDetail, "domain, mode",
                  "The mode that the configuration declares for the domain (expect)."},
                 write_expected_mode},
    DomainFamily{
        {"mta_sts_domain_last_probe_timestamp_seconds", kGauge, kCore, "domain",
         "End of the last finished probe of the domain. Probes run on the exporter's own schedule, not on scrapes."},
        [](const DomainState& s, Out& out) { out.time({}, s.last_probe); }},
    DomainFamily{{"mta_sts_domain_last_conclusive_timestamp_seconds", kGauge, kCore, "domain",
                  "End of the last probe in which no check but mx_tls and tlsrpt was inconclusive."},
                 [](const DomainState& s, Out& out) { out.time({}, s.last_conclusive); }},
    DomainFamily{{"mta_sts_domain_probe_duration_seconds", kGauge, kDetail, "domain",
                  "Wall time of the last probe of the domain."},
                 [](const DomainState& s, Out& out) { out.seconds({}, s.duration); }},
    DomainFamily{{"mta_sts_check_ok", kGauge, kCore, "domain, check",
                  "1: the check passes, 0: it fails. Absent: never conclusive, held too long, or it does not apply."},
                 write_check_ok},
    DomainFamily{{"mta_sts_check_problem", kGauge, kCore, "domain, check, outcome, reason",
                  "1 while the check does not pass, with the outcome (fail, inconclusive) and the reason."},
                 write_check_problem},
    DomainFamily{{"mta_sts_record_present", kGauge, kCore, "domain",
                  "1: at least one TXT record at _mta-sts begins with v=STSv1;."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.record.present); }},
    DomainFamily{{"mta_sts_record_valid", kGauge, kDetail, "domain",
                  "1: there is exactly one MTA-STS record and it follows RFC 8461 3.1."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.record.valid); }},
    DomainFamily{
        {"mta_sts_record_info", kInfo, kDetail, "domain, id", "The id of the MTA-STS record, while it is valid."},
        write_record_info},
    DomainFamily{
        {"mta_sts_policy_present", kGauge, kCore, "domain",
         "1: a sender finds a policy (valid record, fetched as RFC 8461 3.3 demands, valid), 0: it finds none."},
        [](const DomainState& s, Out& out) { out.flag({}, s.policy.present); }},
    DomainFamily{
        {"mta_sts_policy_mode", kGauge, kCore, "domain, mode", "1 for the mode of the live policy, 0 for the others."},
        write_mode},
    DomainFamily{{"mta_sts_policy_max_age_seconds", kGauge, kCore, "domain", "max_age of the live policy."},
                 write_max_age},
    DomainFamily{{"mta_sts_policy_mx_patterns", kGauge, kDetail, "domain", "Number of mx patterns in the live policy."},
                 write_patterns},
    DomainFamily{{"mta_sts_policy_mx_patterns_unused", kGauge, kDetail, "domain",
                  "Number of mx patterns in the live policy that match no MX host."},
                 [](const DomainState& s, Out& out) { out.count({}, s.mx.patterns_unused); }},
    DomainFamily{{"mta_sts_policy_fetch_http_status_code", kGauge, kDetail, "domain",
                  "HTTP status of the answer of the policy host that decides; absent if there was none."},
                 write_http_status},
    DomainFamily{{"mta_sts_policy_fetch_duration_seconds", kGauge, kDetail, "domain",
                  "Duration of the policy fetch that decides."},
                 [](const DomainState& s, Out& out) { out.seconds({}, s.policy.fetch_duration); }},
    DomainFamily{{"mta_sts_policy_addresses", kGauge, kDetail, "domain",
                  "A and AAAA addresses of the policy host that this machine can route."},
                 [](const DomainState& s, Out& out) { out.count({}, s.policy.addresses); }},
    DomainFamily{
        {"mta_sts_policy_addresses_ok", kGauge, kDetail, "domain", "How many of these addresses serve a valid policy."},
        [](const DomainState& s, Out& out) { out.count({}, s.policy.addresses_ok); }},
    DomainFamily{{"mta_sts_policy_consistent", kGauge, kDetail, "domain",
                  "1: all addresses that serve a valid policy serve the same. Absent with fewer than two."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.policy.consistent); }},
    DomainFamily{{"mta_sts_policy_host_info", kInfo, kCore, "domain, target, provider",
                  "Where the name of the policy host leads: last name of its CNAME chain, and its registrable domain."},
                 write_policy_host},
    DomainFamily{{"mta_sts_policy_last_success_timestamp_seconds", kGauge, kCore, "domain",
                  "Last time a valid policy was served."},
                 [](const DomainState& s, Out& out) { out.time({}, s.policy.last_success); }},
    DomainFamily{{"mta_sts_policy_changed_timestamp_seconds", kGauge, kDetail, "domain",
                  "Last change of the policy's meaning (mode, mx set, max_age) that was seen; absent until one was."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.policy_changed); }},
    DomainFamily{{"mta_sts_policy_mode_since_timestamp_seconds", kGauge, kCore, "domain",
                  "Since when the present mode has been seen."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.mode_since); }},
    DomainFamily{{"mta_sts_policy_cert_valid", kGauge, kCore, "domain",
                  "1: chain, dates, purpose and name of the policy host's certificate pass at every address."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.policy.cert_valid); }},
    DomainFamily{{"mta_sts_policy_cert_not_before_timestamp_seconds", kGauge, kCore, "domain",
                  "Begin of the policy host's certificate, shown also when invalid."},
                 [](const DomainState& s, Out& out) { out.time({}, not_before(s)); }},
    DomainFamily{{"mta_sts_policy_cert_not_after_timestamp_seconds", kGauge, kCore, "domain",
                  "End of the policy host's certificate, shown also when invalid."},
                 [](const DomainState& s, Out& out) { out.time({}, not_after(s)); }},
    DomainFamily{{"mta_sts_policy_cert_chain_not_after_timestamp_seconds", kGauge, kCore, "domain",
                  "Earliest end in the chain to a trusted root, built without regard to dates."},
                 [](const DomainState& s, Out& out) { out.time({}, s.policy.chain_not_after); }},
    DomainFamily{{"mta_sts_policy_cert_info", kInfo, kDetail, "domain, issuer, serial, fingerprint_sha256",
                  "The policy host's certificate."},
                 write_cert_info},
    DomainFamily{{"mta_sts_domain_mx_preference", kGauge, kCore, "domain, mx",
                  "The MX preference; also the join from domain to mx. Implicit MX: the domain itself with 0."},
                 write_mx_preference},
    DomainFamily{{"mta_sts_domain_mx_policy_match", kGauge, kDetail, "domain, mx",
                  "1: a pattern of the live policy matches the MX host (mode enforce or testing)."},
                 write_mx_match},
    DomainFamily{
        {"mta_sts_domain_mx_deliverable", kGauge, kCore, "domain, mx",
         "1: a sender that enforces the policy delivers to this MX host, 0: it does not (mode enforce or testing)."},
        write_mx_deliverable},
    DomainFamily{{"mta_sts_delivery_ok", kGauge, kCore, "domain",
                  "0: mode enforce and no MX host is deliverable: senders that honour the policy hold or bounce mail."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.mx.delivery_ok); }},
    DomainFamily{{"mta_sts_enforce_ready", kGauge, kCore, "domain",
                  "1: every MX host matches the policy, none has a failing address and at least one passes."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.mx.enforce_ready); }},
    DomainFamily{{"mta_sts_enforce_ready_since_timestamp_seconds", kGauge, kCore, "domain",
                  "Since when enforce_ready has been 1 without a 0 between."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.enforce_ready_since); }},
    DomainFamily{{"mta_sts_enforce_held_until_timestamp_seconds", kGauge, kCore, "domain",
                  "The last moment at which a sender can hold a policy with mode enforce: last served + its max_age."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.enforce_held_until); }},
    DomainFamily{{"mta_sts_id_stale", kGauge, kCore, "domain",
                  "1: another policy was served under the present id and may still be held: who holds it does not ask "
                  "again. Judged from what the history knows, with history.url memory: since start only."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.cached.id_stale); }},
    DomainFamily{{"mta_sts_id_changed_timestamp_seconds", kGauge, kDetail, "domain",
                  "Last change of the record's id that was seen; absent until one was."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.id_changed); }},
    DomainFamily{{"mta_sts_cached_policy_conflict", kGauge, kCore, "domain",
                  "1: an earlier enforce policy that may still be held makes every present MX host undeliverable, and "
                  "its holder cannot learn better."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.cached.conflict); }},
    DomainFamily{{"mta_sts_cached_policy_exposed", kGauge, kCore, "domain",
                  "1: the same, for senders that do not look at the id before max_age has passed."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.cached.exposed); }},
    DomainFamily{{"mta_sts_cached_policy_expiry_timestamp_seconds", kGauge, kDetail, "domain",
                  "The last moment at which a sender can hold a policy that means something else than the live one."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.expiry); }},
    DomainFamily{{"mta_sts_removal_safe_timestamp_seconds", kGauge, kDetail, "domain",
                  "Mode none: from when record and policy can be deleted (RFC 8461 8.3)."},
                 [](const DomainState& s, Out& out) { out.time({}, s.cached.removal_safe); }},
    DomainFamily{{"mta_sts_tlsrpt_record_present", kGauge, kDetail, "domain",
                  "1: a TXT record at _smtp._tls begins with v=TLSRPTv1;."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.tlsrpt.present); }},
    DomainFamily{{"mta_sts_tlsrpt_record_valid", kGauge, kDetail, "domain",
                  "1: there is exactly one TLS-RPT record and it is valid (RFC 8460 3)."},
                 [](const DomainState& s, Out& out) { out.flag({}, s.tlsrpt.valid); }},
};

}  // namespace

std::span<const DomainFamily> domain_families() { return kFamilies; }

ObjectLines render(const judge::DomainState& state, const ShownFamilies& shown) {
  ObjectLines::Writer lines(labels_text({{"domain", state.setting->name.text(), Cut::No}}));
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    SampleWriter out(lines, i);
    if (shows(shown.of_domains, i)) kFamilies[i].write(state, out);
  }
  return lines.lines();
}

}  // namespace mta_sts::metrics
