#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "exporter/judge/check.h"
#include "exporter/judge/memory.h"
#include "exporter/settings/settings.h"

namespace mta_sts::judge {

using settings::Expectation;

/// The TXT record at _mta-sts.<domain> (RFC 8461 3.1).
struct RecordState {
  CheckState check;
  std::optional<bool> present;
  std::optional<bool> valid;
  std::optional<std::string> id;  ///< of the last record, if that was valid, however old
};

RecordState judge_record(const DomainMemory& memory, std::optional<Expectation> expected);

/// The policy host and what it serves (RFC 8461 3.2, 3.3).
struct PolicyState {
  CheckState fetch;
  CheckState syntax;
  CheckState servers;
  bool asked = false;           ///< the policy host was looked at
  bool known = false;           ///< whether policy_fetch passes can be told, whatever the record says
  std::optional<bool> present;  ///< a sender finds a policy; absent while that cannot be told
  std::optional<bool> gone;     ///< by the latest look: no address, or 404 or 410; absent: it could not tell
  std::optional<bool> served;   ///< a valid policy is served, whatever the record says
  std::optional<bool> consistent;
  std::optional<bool> cert_valid;
  std::optional<int> http_status;  ///< of the answer that decides, last look only
  std::optional<std::uint32_t> addresses;
  std::optional<std::uint32_t> addresses_ok;
  Shared<formats::StsPolicy> live;  ///< while present
  std::optional<std::chrono::nanoseconds> fetch_duration;
  std::optional<std::string> target;
  std::optional<std::string> provider;
  std::optional<WallTime> last_success;
  Shared<formats::CertificateFacts> cert;  ///< of the address whose leaf ends first, the last one seen
  std::optional<WallTime> chain_not_after;

  bool in_force() const { return live && live->mode != formats::Mode::None; }  ///< enforce or testing
};

PolicyState judge_policy(const DomainMemory& memory, const RecordState& record);

}  // namespace mta_sts::judge
