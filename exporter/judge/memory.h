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

/// Where and when the policy host's name led.
struct PolicyHostName {
  std::string target;
  std::string provider;
  AddressLookup lookup;
  std::vector<IpAddress> routable;
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
  Look<PolicyHostName> policy_host() const;
  Look<FetchPart> fetch(const IpAddress& address) const;
  Look<MxLookup> mx() const;
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
  void remember_certificates(const PolicyHost& host);
  void remember_mx(const MxLookup& mx);
  void choose_served();

  std::chrono::milliseconds hold_;
  std::optional<DomainObservation> latest_;
  std::optional<Held<RecordPart>> record_;
  std::optional<Held<TlsRptPart>> tlsrpt_;
  std::optional<Held<PolicyHostName>> policy_host_;
  std::map<IpAddress, Held<FetchPart>> fetches_;
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

 private:
  std::chrono::milliseconds hold_;
  std::optional<EndpointObservation> latest_;
  std::optional<EndpointObservation> conclusive_;
  std::optional<formats::ChainFacts> certificate_;
};

}  // namespace mta_sts::judge
