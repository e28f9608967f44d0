#pragma once

#include <map>
#include <optional>
#include <string>

#include "exporter/formats/sts_record.h"
#include "exporter/formats/tlsrpt_record.h"
#include "exporter/judge/observation.h"
#include "exporter/judge/policy_fetch.h"

namespace mta_sts::judge {

/// What was seen in one part of a look, with what was read in it.
template <typename Seen, typename Read>
struct Part {
  Seen seen;
  Read read;
};
using RecordPart = Part<TxtLookup, formats::StsRecordSet>;
using TlsRptPart = Part<TxtLookup, formats::TlsRptRecordSet>;
using FetchPart = Part<PolicyFetch, FetchVerdict>;

/// A part as judging uses it: the last conclusive one while it is held (contract/metrics.md, rule 7), and beside it why
/// the latest look says nothing.
template <typename T>
struct Look {
  const T* used = nullptr;            ///< nullptr: never conclusive, or held too long
  std::optional<Fault> inconclusive;  ///< of the latest look
};

/// Where the policy host's name leads.
struct PolicyHostName {
  std::string target;
  std::string provider;
};

/// The addresses of the policy host that are judged together; without any, why.
struct PolicyServers {
  std::vector<IpAddress> routable;
  std::optional<Fault> no_address;  ///< the name conclusively has none
};

/// A fault and the address that it was met at, if it was met at one.
struct Silence {
  Fault fault;
  std::optional<IpAddress> address;
};

/// What is known of a domain from all looks so far: the latest one, and of each part the last conclusive one. A value;
/// remember() changes it, judging only reads it. `hold` is how long a part outlives the look that it came from.
class DomainMemory {
 public:
  explicit DomainMemory(std::chrono::milliseconds hold) : hold_(hold) {}

  void remember(DomainObservation observation);

  bool empty() const { return !latest_; }
  const DomainObservation& latest() const { return *latest_; }

  Look<RecordPart> record() const;
  Look<TlsRptPart> tlsrpt() const;
  /// The last one known, however old: infos outlive the hold.
  const PolicyHostName* policy_host_name() const { return policy_host_name_ ? &*policy_host_name_ : nullptr; }
  /// Of the last look that decided policy_fetch; before there is one, of the first look.
  const PolicyServers* policy_servers() const { return if_held(policy_servers_); }
  /// Why policy_fetch cannot be judged by the latest look alone.
  std::optional<Silence> policy_silence() const { return latest_->policy_host ? policy_silence_ : std::nullopt; }
  Look<FetchPart> fetch(const IpAddress& address) const;
  /// The MX set. One of which only the first hosts are looked at (mx_too_many) does not take the place of a whole one.
  Look<MxLookup> mx() const;
  /// The last set known, however old.
  const MxLookup* last_mx() const { return mx_ ? &mx_->value : nullptr; }
  /// The id of the last valid record, while no conclusive look found another thing, however old.
  std::optional<std::string> last_id() const;
  Look<MxHost> mx_host(const std::string& name) const;

  /// The valid policy that most addresses serve; on a tie the one that was live before, else that of the lowest address
  /// (contract/metrics.md, "Policy"). nullptr: none is served.
  const formats::StsPolicy* served_policy() const { return served_ ? &*served_ : nullptr; }
  /// The last chain seen at each address that the policy host has, or had when a certificate was last seen.
  const std::map<IpAddress, formats::ChainFacts>& certificates() const { return certificates_; }
  std::optional<WallTime> last_success() const { return last_success_; }
  /// A valid record or a valid policy was ever seen.
  bool sts_seen() const { return sts_seen_; }

  /// End of the last look in which nothing but mx_tls and tlsrpt was inconclusive; told by judging.
  std::optional<WallTime> last_conclusive;

 private:
  template <typename T>
  struct Held {
    T value;
    WallTime at;
  };
  template <typename T>
  const T* if_held(const std::optional<Held<T>>& part) const {
    return part && held(part->at) ? &part->value : nullptr;
  }
  template <typename Key, typename T>
  const T* if_held(const std::map<Key, Held<T>>& parts, const Key& key) const {
    const auto found = parts.find(key);
    return found != parts.end() && held(found->second.at) ? &found->second.value : nullptr;
  }
  bool held(WallTime at) const { return latest_->finished - at <= hold_; }
  void remember_policy_host(const PolicyHost& host);
  void remember_fetch(const PolicyFetch& fetch, WallTime at);
  void remember_certificates(const PolicyHost& host);
  void remember_mx(const MxLookup& mx);
  void choose_served();

  std::chrono::milliseconds hold_;
  std::optional<DomainObservation> latest_;
  std::optional<Held<RecordPart>> record_;
  std::optional<Held<TlsRptPart>> tlsrpt_;
  std::optional<PolicyHostName> policy_host_name_;
  std::optional<Held<PolicyServers>> policy_servers_;
  std::optional<Silence> policy_silence_;
  std::map<IpAddress, Held<FetchPart>> fetches_;
  std::map<IpAddress, Held<FetchPart>> before_blame_;  // of addresses that failed to connect since
  std::optional<Held<MxLookup>> mx_;
  std::map<std::string, Held<MxHost>> mx_hosts_;
  std::optional<formats::StsPolicy> served_;
  std::map<IpAddress, formats::ChainFacts> certificates_;
  std::optional<WallTime> last_success_;
  bool sts_seen_ = false;
};

/// The same for an MX endpoint.
class EndpointMemory {
 public:
  explicit EndpointMemory(std::chrono::milliseconds hold) : hold_(hold) {}

  void remember(EndpointObservation observation);

  bool empty() const { return !latest_; }
  const EndpointObservation& latest() const { return *latest_; }
  /// The last conclusive look while it is held; nullptr without one.
  const EndpointObservation* conclusive() const;
  std::optional<WallTime> last_conclusive() const;
  /// The last chain seen, however old.
  const formats::ChainFacts* certificate() const { return certificate_ ? &*certificate_ : nullptr; }
  /// What the handshake of the last conclusive look agreed on, however old.
  const formats::TlsFacts* tls() const { return conclusive_ ? &conclusive_->tls : nullptr; }

 private:
  std::chrono::milliseconds hold_;
  std::optional<EndpointObservation> latest_;
  std::optional<EndpointObservation> conclusive_;
  std::optional<formats::ChainFacts> certificate_;
};

}  // namespace mta_sts::judge
