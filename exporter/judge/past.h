#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/base/reason.h"
#include "exporter/base/shared.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/judge/check.h"

namespace mta_sts::judge {

/// What a domain published before: senders cache, so it counts long after it was replaced. A value. A clock that was
/// wrong may have left times that lie ahead: whoever reads takes them for the present, and what is stored stays until
/// the clock is believed (expire()).

/// When something was seen first and last. Open: also in the latest look that could tell, so that `last` moves on with
/// every look.
struct Sight {
  WallTime first;
  WallTime last;
  bool open = true;
  friend bool operator==(const Sight&, const Sight&) = default;
};

/// What a policy host served, with or without a TXT record. One entry a meaning.
struct PastPolicy {
  formats::StsPolicy policy;
  std::string text;  ///< the exact body that was served last, its first kMaxKeptText octets
  Sight served;
  std::map<std::string, Sight> ids;  ///< of the valid records that were published while it was served

  /// The last moment at which a sender can hold it (RFC 8461 3.2, max_age).
  WallTime held_until() const;
  /// Whether a sender may hold it together with this id, so that it sees no reason to fetch again (RFC 8461 3.3).
  bool held_with(const std::string& id, WallTime now) const;
  friend bool operator==(const PastPolicy&, const PastPolicy&) = default;
};

/// The id of a valid record. One that comes back has a new entry.
struct PastId {
  std::string id;
  Sight seen;
  std::chrono::seconds ttl{0};  ///< the longest that was seen of the record
  friend bool operator==(const PastId&, const PastId&) = default;
};

/// An MX set (RFC 5321 5.1): by preference, then name. Empty: the domain took no mail.
struct PastMx {
  struct Host {
    std::uint16_t preference = 0;
    std::string name;
    friend bool operator==(const Host&, const Host&) = default;
  };
  std::vector<Host> hosts;
  Sight seen;
  friend bool operator==(const PastMx&, const PastMx&) = default;
};

/// A mode of the live policy. One that comes back has a new entry.
struct PastMode {
  formats::Mode mode = formats::Mode::None;
  Sight seen;
  friend bool operator==(const PastMode&, const PastMode&) = default;
};

/// A check that changed: began to pass, or to fail for this reason. Silence is no change.
struct PastChange {
  WallTime at;
  Check check{};
  std::optional<Reason> reason;  ///< absent: it passes
  friend bool operator==(const PastChange&, const PastChange&) = default;
};

struct Past {
  static constexpr std::size_t kMaxPolicies = 32;
  static constexpr std::size_t kMaxKeptText = 16 * 1024;  ///< octets
  static constexpr std::size_t kMaxSights = 64;           ///< ids (also of one policy), MX sets, modes: the latest ones
  static constexpr std::size_t kMaxChanges = 256;

  std::vector<PastPolicy> policies;  ///< in the order of first sight
  std::vector<PastId> ids;           ///< oldest first, as the following
  std::vector<PastMx> mx_sets;
  std::vector<PastMode> modes;
  std::vector<PastChange> changes;

  Shared<formats::StsPolicy> live;         ///< the latest live policy, also when there is none now
  std::optional<WallTime> policy_changed;  ///< last change of meaning that was seen
  std::optional<WallTime> id_changed;      ///< last change of the id that was seen
  std::optional<WallTime> last_success;    ///< last time a valid policy was served
  std::optional<WallTime> enforce_ready_since;
  /// The record or the policy host is gone (mta_sts check lifecycle): first and last look that found it so.
  std::optional<Sight> gone;
  bool sts_seen = false;  ///< a valid record or a valid policy was ever seen

  friend bool operator==(const Past&, const Past&) = default;

  /// The entry of a meaning; nullptr if it was never served.
  const PastPolicy* find(const formats::StsPolicy& meaning) const;
};

/// What one look adds. Each returns whether anything but the end of an open sight, or a time that moves with every
/// look, changed: that is what is worth writing.
struct ServedPolicy {
  const formats::StsPolicy* policy = nullptr;
  const std::string* text = nullptr;
};
/// Valid policies that the policy host served in this look, perhaps several (policy_inconsistent); `id`: of the valid
/// record of the same look, if there was one; that there conclusively is none is told by add_id(). Not to be called for
/// a look that could not tell.
bool add_served(Past& past, const std::vector<ServedPolicy>& served, const std::optional<std::string>& id,
                WallTime now);
/// No id: there is conclusively no valid record, and no policy is served under one.
bool add_id(Past& past, const std::optional<std::string>& id, std::chrono::seconds ttl, WallTime now);
bool add_mx(Past& past, std::vector<PastMx::Host> hosts, WallTime now);
/// The live policy; none: conclusively.
bool add_live(Past& past, const Shared<formats::StsPolicy>& live, WallTime now);
bool add_enforce_ready(Past& past, std::optional<bool> ready, WallTime now);
bool add_gone(Past& past, bool gone, WallTime now);
bool add_check(Past& past, Check check, const CheckState& state, WallTime now);

/// Drops what ended more than `retention` ago, but no policy that a sender may still hold. What lies ahead of a `now`
/// that is believed becomes the present.
bool expire(Past& past, std::chrono::seconds retention, WallTime now);
/// Both together, where what was stored could be read only after `newer` had begun.
Past joined(Past older, const Past& newer);

}  // namespace mta_sts::judge
