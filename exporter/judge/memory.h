#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exporter/formats/sts_record.h"
#include "exporter/formats/tlsrpt_record.h"
#include "exporter/judge/observation.h"
#include "exporter/judge/part.h"
#include "exporter/judge/past.h"
#include "exporter/judge/policy_servers.h"

namespace mta_sts::judge {

using RecordPart = Part<TxtLookup, formats::StsRecordSet>;
using TlsRptPart = Part<TxtLookup, formats::TlsRptRecordSet>;

/// Where the policy host's name leads.
struct PolicyHostName {
  std::string target;
  std::string provider;
};

/// What is known of a domain from all looks so far: the latest one, and of each part the last conclusive one. A value;
/// remember() changes it, judging reads it and notes what follows. `hold` is how long a part outlives the look that it
/// came from, `retention` how long the past is kept.
class DomainMemory {
 public:
  static constexpr std::chrono::hours kRetention{400 * 24};
  struct Limits {
    std::chrono::milliseconds hold;
    std::chrono::seconds retention = kRetention;
  };
  explicit DomainMemory(Limits limits) : limits_(limits) {}
  explicit DomainMemory(std::chrono::milliseconds hold) : limits_{hold} {}

  /// They count from the next judgement on.
  void set_limits(Limits limits) { limits_ = limits; }
  void remember(DomainObservation observation);
  /// What is known beside the latest look, as if the last conclusive one had found it: the parts that were conclusive
  /// since then, and of every address of the policy host the last answer (https.addresses: one). nullopt: nothing is.
  std::optional<DomainObservation> known_before_latest() const;
  /// After the looks of an earlier process were remembered: its past, its certificates, and how late it is now.
  void restore(Past past, std::map<IpAddress, Shared<formats::ChainFacts>> certificates, WallTime now);
  /// All that is known beside the past is what the latest look found, which was conclusive in every part: remembered
  /// anew, it gives the same memory.
  bool is_latest_alone() const;
  /// An empty memory becomes one that was so.
  void restore_alone(DomainObservation latest, Past past, WallTime now, bool past_changed);
  /// What was stored comes to light only now.
  void join_past(Past older);
  /// Forgets what ended longer than the retention before the latest look, and takes what lies ahead of it back to it.
  /// For callers that believe its time.
  void expire() {
    note_found([&](Past& past, WallTime now) { return judge::expire(past, limits_.retention, now); });
  }
  /// What is known is judged anew without a look, at a later time: what is held is held no longer for it.
  void judge_at(WallTime now) { now_ = now; }

  bool empty() const { return !latest_; }
  const DomainObservation& latest() const { return *latest_; }
  /// The same, for who reads it on another thread.
  std::shared_ptr<const DomainObservation> share_latest() const { return latest_; }

  Look<RecordPart> record() const;
  Look<TlsRptPart> tlsrpt() const;
  /// The last one known, however old: infos outlive the hold.
  const PolicyHostName* policy_host_name() const { return policy_host_name_ ? &*policy_host_name_ : nullptr; }
  /// Of the last look that decided policy_fetch, while it is held; without one, of the latest look. nullptr: neither
  /// knows where the name leads.
  const PolicyServers* policy_servers() const { return policy_decided() ? decided_->value.get() : latest_servers(); }
  bool policy_decided() const { return if_held(decided_) != nullptr; }
  /// Of the latest look alone; nullptr where it could not tell where the name leads.
  const PolicyServers* latest_servers() const;
  /// Some address served a valid policy in the latest look.
  bool policy_served() const { return latest_->policy_host && !served_now(*latest_->policy_host).empty(); }
  /// Why policy_fetch cannot be judged by the latest look alone.
  std::optional<Silence> policy_silence() const { return latest_->policy_host ? policy_silence_ : std::nullopt; }
  /// What an address said last, and why it says nothing now.
  Look<FetchPart> answer(const PolicyServer& server) const {
    return {held(server.said_at) ? server.said.get() : nullptr, server.silent};
  }
  /// The addresses of both families are known, or were and are held.
  bool whole(const PolicyServers& servers) const { return servers.whole_at && held(*servers.whole_at); }
  /// The MX set. One of which only the first hosts are looked at (mx_too_many) does not take the place of a whole one.
  Look<MxLookup> mx() const;
  /// The last set known, however old.
  const MxLookup* last_mx() const { return mx_ ? mx_->value.get() : nullptr; }
  /// The id of the last valid record, while no conclusive look found another thing, however old.
  std::optional<std::string> last_id() const;
  Look<MxHost> mx_host(const std::string& name) const;
  /// Its addresses as last known, however old.
  const MxHost* last_mx_host(const std::string& name) const;

  /// The valid policy that most addresses serve; on a tie the one that was live before, else that of the lowest address
  /// (contract/metrics.md, "Policy"), if one is served.
  const Shared<formats::StsPolicy>& served_policy() const { return served_; }
  /// The last chain seen at each address that the policy host has, or had when a certificate was last seen.
  const std::map<IpAddress, Shared<formats::ChainFacts>>& certificates() const { return certificates_; }

  const Past& past() const { return past_; }
  /// `add` is one of the functions of judge/past.h. What the latest look found counts at its end, however late it is
  /// judged: a second judgement is no second look.
  template <typename Add>
  void note_found(Add add) {
    past_changed_ |= add(past_, latest_->finished);
  }
  /// What follows from judging counts now: an endpoint may have changed it since the latest look.
  template <typename Add>
  void note_judged(Add add) {
    past_changed_ |= add(past_, now_);
  }
  bool past_changed() const { return past_changed_; }
  /// Whether the past changed by more than time since it was last taken.
  bool take_past_changed() { return std::exchange(past_changed_, false); }

  /// Nothing but mx_tls and tlsrpt is inconclusive in the latest look; told by judging, or by what was stored.
  void conclude() { conclusive_ = latest_; }
  /// The last such look; nullptr without one.
  const DomainObservation* last_conclusive_look() const { return conclusive_.get(); }
  std::optional<WallTime> last_conclusive() const {
    return conclusive_ ? std::optional(conclusive_->finished) : std::nullopt;
  }
  /// What judging takes as the present: the end of the latest look, the start of this process, or judge_at().
  WallTime now() const { return now_; }

 private:
  template <typename T>
  struct Held {
    T value;
    WallTime at;
  };
  using Decided = Held<std::shared_ptr<const PolicyServers>>;
  /// Since when every address fails to connect, and what was known before.
  struct Blame {
    std::optional<Decided> before;
    WallTime since;
  };
  struct KnownMxHost {
    std::shared_ptr<const MxHost> host;
    std::optional<WallTime> whole_at;  // when both address families were last known
  };
  template <typename T>
  const T* if_held(const std::optional<Held<T>>& part) const {
    return part && held(part->at) ? &part->value : nullptr;
  }
  bool held(WallTime at) const { return is_held(at, now_, limits_.hold); }
  void take(DomainObservation observation);
  void remember_past();
  bool mx_is_of_latest() const;
  bool policy_is_of_latest() const;
  std::vector<ServedPolicy> served_now(const PolicyHost& host) const;
  void remember_policy_host(const std::shared_ptr<const PolicyHost>& look);
  void take_back_blame(const PolicyHost& host);
  void decide(const PolicyHost& host);
  void remember_certificates(const PolicyHost& host);
  MxLookup known_mx(WallTime since) const;
  std::optional<PolicyHost> known_policy_host(WallTime since) const;
  void remember_mx(const MxLookup& mx);
  /// A part of the latest look, which lasts as long as the part is held.
  template <typename T>
  std::shared_ptr<const T> part(const T& of_latest) const {
    return {latest_, &of_latest};
  }
  void remember_mx_host(std::shared_ptr<const MxHost> host);
  void choose_served();

  Limits limits_;
  WallTime now_{};
  std::shared_ptr<const DomainObservation> latest_;
  std::shared_ptr<const DomainObservation> conclusive_;
  std::optional<Held<RecordPart>> record_;
  std::optional<Held<TlsRptPart>> tlsrpt_;
  std::optional<PolicyHostName> policy_host_name_;
  std::shared_ptr<const PolicyServers> servers_;
  std::optional<Silence> policy_silence_;
  std::optional<Decided> decided_;
  std::optional<Blame> blame_;
  std::optional<Held<std::shared_ptr<const MxLookup>>> mx_;
  std::map<std::string, Held<KnownMxHost>> mx_hosts_;
  Shared<formats::StsPolicy> served_;
  std::map<IpAddress, Shared<formats::ChainFacts>> certificates_;
  Past past_;
  bool past_changed_ = false;
};

/// The same for an MX endpoint.
class EndpointMemory {
 public:
  struct Limits {
    std::chrono::milliseconds hold;
  };
  explicit EndpointMemory(Limits limits) : limits_(limits) {}
  explicit EndpointMemory(std::chrono::milliseconds hold) : limits_{hold} {}

  /// The interval was stretched, or is so no longer.
  void set_limits(Limits limits) { limits_ = limits; }
  void remember(EndpointObservation observation);
  /// As of a DomainMemory, but that the look need not be conclusive.
  bool is_latest_alone() const;
  void restore_alone(EndpointObservation latest, WallTime now);

  bool empty() const { return !latest_; }
  const EndpointObservation& latest() const { return *latest_; }
  /// The last conclusive look while it is held; nullptr without one.
  const EndpointObservation* conclusive() const;
  std::optional<WallTime> last_conclusive() const;
  /// After the looks of an earlier process were remembered.
  void restore(Shared<formats::ChainFacts> certificate, WallTime now);
  /// The last conclusive look, however old; nullptr without one.
  const EndpointObservation* last_conclusive_look() const { return conclusive_.get(); }
  /// The last chain seen, however old, if one was.
  const Shared<formats::ChainFacts>& certificate() const { return certificate_; }
  WallTime now() const { return now_; }

 private:
  Limits limits_;
  WallTime now_{};
  std::shared_ptr<const EndpointObservation> latest_;
  std::shared_ptr<const EndpointObservation> conclusive_;
  Shared<formats::ChainFacts> certificate_;
};

}  // namespace mta_sts::judge
