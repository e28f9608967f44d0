#pragma once

#include <array>
#include <memory>
#include <optional>

#include "exporter/judge/cached.h"
#include "exporter/judge/check.h"
#include "exporter/judge/memory.h"
#include "exporter/judge/mx.h"
#include "exporter/judge/policy.h"

namespace mta_sts::judge {

using settings::DomainSetting;

/// The TLS-RPT record (RFC 8460 3).
struct TlsRptState {
  CheckState check;
  std::optional<bool> present;
  std::optional<bool> valid;
};

/// All that is shown of a domain: immutable once it is on the board.
struct DomainState {
  std::shared_ptr<const DomainSetting> setting;
  WallTime last_probe;
  std::optional<WallTime> last_conclusive;
  std::optional<std::chrono::nanoseconds> duration;  ///< absent: a look of an earlier process
  RecordState record;
  PolicyState policy;
  MxState mx;
  TlsRptState tlsrpt;
  CachedState cached;
  CheckState expectation;
  bool sts_seen = false;  ///< a valid record or a valid policy was ever seen

  const CheckState& check(Check check) const;
  /// Whether the latest look was inconclusive in a check that counts for it: all but mx_tls and tlsrpt.
  bool look_inconclusive() const;
};

/// The overall result: what `check` exits with and the status page shows.
enum class Verdict { Ok, Fail, Inconclusive };
std::string_view to_text(Verdict verdict);
/// Whether a problem of the check has a part in the verdict; the others are worth knowing. tlsrpt never has; that the
/// record is missing only where `expect` says so or MTA-STS was seen (contract/metrics.md, "Checks").
bool counts(const DomainState& state, Check check, Outcome outcome);
/// What nothing is known of is not ok: an MX endpoint before its first look, a look of an earlier process that is held
/// no longer.
Verdict verdict_of(const DomainState& state);
/// How a look at the domain ended: MX endpoints have looks of their own.
Verdict verdict_of_look(const DomainState& state);
/// Whether the domain shows no sign of MTA-STS and none is expected: nothing to judge, and no fault either.
bool without_mta_sts(const DomainState& state);

/// For lists: 0 is mail being lost, then fail, inconclusive, ok, and domains without MTA-STS last.
int severity_rank(const DomainState& state);

/// Notes in the memory what follows from the judgement: its past, and whether the latest look was conclusive.
DomainState judge_domain(std::shared_ptr<const DomainSetting> setting, DomainMemory& memory, const FindEndpoint& find,
                         SmtpLooks smtp);

}  // namespace mta_sts::judge
