#include "exporter/judge/resting_memory.h"

#include <cstdint>
#include <sstream>
#include <utility>

// A body has 64 KiB at most, and nothing else as much.
#define CEREAL_SIZE_TYPE std::uint32_t
#include <cereal/archives/binary.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

// How cereal writes and reads a look and a past. It finds these functions in the namespaces of their types.

namespace boost::asio::ip {

template <typename Archive>
void save(Archive& archive, const address& address) {
  archive(address.is_v4());
  address.is_v4() ? archive(address.to_v4().to_bytes()) : archive(address.to_v6().to_bytes());
}

template <typename Archive>
void load(Archive& archive, address& address) {
  bool is_v4 = false;
  archive(is_v4);
  const auto read = [&](auto bytes) {
    archive(bytes);
    return bytes;
  };
  if (is_v4) {
    address = address_v4(read(address_v4::bytes_type()));
  } else {
    address = address_v6(read(address_v6::bytes_type()));
  }
}

}  // namespace boost::asio::ip

namespace mta_sts {

template <typename Archive>
void serialize(Archive& archive, Fault& fault) {
  archive(fault.reason, fault.detail);
}

template <typename Archive, typename T>
void save(Archive& archive, const Shared<T>& shared) {
  archive(shared.has_value());
  if (shared) archive(*shared);
}

template <typename Archive, typename T>
void load(Archive& archive, Shared<T>& shared) {
  bool is_there = false;
  archive(is_there);
  if (!is_there) return;
  T value;
  archive(value);
  shared = std::move(value);
}

namespace formats {

/// Without the chain, which lies beside the text.
template <typename Archive>
void serialize(Archive& archive, TlsFacts& tls) {
  archive(tls.version, tls.cipher, tls.group);
}

template <typename Archive>
void save(Archive& archive, const StsPolicy& policy) {
  std::vector<std::string> patterns;
  for (const MxPattern& pattern : policy.mx) patterns.push_back(pattern.spelling());
  archive(policy.mode, policy.max_age, patterns);
}

template <typename Archive>
void load(Archive& archive, StsPolicy& policy) {
  std::vector<std::string> patterns;
  archive(policy.mode, policy.max_age, patterns);
  for (const std::string& pattern : patterns) policy.mx.push_back(MxPattern::parse(pattern).value());
}

}  // namespace formats

namespace judge {

template <typename Archive>
void serialize(Archive& archive, TxtLookup& lookup) {
  archive(lookup.rrs, lookup.fault, lookup.cname_chain, lookup.ttl);
}

template <typename Archive>
void serialize(Archive& archive, AddressLookup& lookup) {
  archive(lookup.addresses, lookup.fault, lookup.cname_chain);
}

template <typename Archive>
void serialize(Archive& archive, PolicyFetch& fetch) {
  archive(fetch.address, fetch.fault, fetch.tls, fetch.status, fetch.content_type, fetch.content_encoding,
          fetch.last_modified, fetch.body, fetch.duration);
}

template <typename Archive>
void serialize(Archive& archive, PolicyHost& host) {
  archive(host.target, host.provider, host.lookup, host.routable, host.fetches, host.egress_worked, host.at);
}

template <typename Archive>
void serialize(Archive& archive, MxHost& host) {
  archive(host.name, host.preference, host.provider, host.lookup, host.endpoints, host.is_host_name);
}

template <typename Archive>
void serialize(Archive& archive, MxLookup& mx) {
  archive(mx.fault, mx.hosts, mx.implicit, mx.null_mx, mx.too_many);
}

template <typename Archive>
void serialize(Archive& archive, DomainObservation& look) {
  archive(look.finished, look.duration, look.record, look.policy_host, look.mx, look.tlsrpt);
}

template <typename Archive>
void serialize(Archive& archive, Sight& sight) {
  archive(sight.first, sight.last, sight.open);
}

template <typename Archive>
void serialize(Archive& archive, PastPolicy& policy) {
  archive(policy.policy, policy.text, policy.served, policy.ids);
}

template <typename Archive>
void serialize(Archive& archive, PastId& id) {
  archive(id.id, id.seen, id.ttl);
}

template <typename Archive>
void serialize(Archive& archive, PastMx::Host& host) {
  archive(host.preference, host.name);
}

template <typename Archive>
void serialize(Archive& archive, PastMx& mx) {
  archive(mx.hosts, mx.seen);
}

template <typename Archive>
void serialize(Archive& archive, PastMode& mode) {
  archive(mode.mode, mode.seen);
}

template <typename Archive>
void serialize(Archive& archive, PastChange& change) {
  archive(change.at, change.check, change.reason);
}

template <typename Archive>
void serialize(Archive& archive, Past& past) {
  archive(past.policies, past.ids, past.mx_sets, past.modes, past.changes, past.live, past.policy_changed,
          past.id_changed, past.last_success, past.enforce_ready_since, past.gone, past.sts_seen);
}

void RestingMemory::set_limits(std::chrono::milliseconds hold, std::chrono::seconds retention) {
  hold_ = hold;
  retention_ = retention;
  if (awake_) awake_->set_limits(hold, retention);
}

DomainMemory& RestingMemory::operator*() {
  if (awake_) return *awake_;
  awake_ = woken();
  packed_.clear();
  packed_.shrink_to_fit();
  chains_ = {};
  return *awake_;
}

std::unique_ptr<DomainMemory> RestingMemory::woken() const {
  auto memory = std::make_unique<DomainMemory>(hold_, retention_);
  if (packed_.empty()) return memory;
  std::istringstream stream(packed_);
  DomainObservation latest;
  Past past;
  WallTime now;
  bool past_changed = false;
  cereal::BinaryInputArchive archive(stream);
  archive(latest, past, now, past_changed);
  for (std::size_t i = 0; i < chains_.size(); ++i) latest.policy_host->fetches[i].tls.chain = chains_[i];
  memory->restore_alone(std::move(latest), std::move(past), now, past_changed);
  return memory;
}

void RestingMemory::rest() {
  if (!awake_ || !awake_->is_latest_alone()) return;
  const DomainObservation& latest = awake_->latest();
  std::ostringstream stream;
  cereal::BinaryOutputArchive archive(stream);
  archive(latest, awake_->past(), awake_->now(), awake_->past_changed());
  std::vector<Shared<formats::ChainFacts>> chains;
  if (latest.policy_host) {
    chains.reserve(latest.policy_host->fetches.size());
    for (const PolicyFetch& fetch : latest.policy_host->fetches) chains.push_back(fetch.tls.chain);
  }
  packed_ = stream.view();  // not of more capacity than it has octets
  chains_ = std::move(chains);
  awake_.reset();
}

}  // namespace judge
}  // namespace mta_sts
