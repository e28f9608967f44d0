#include "exporter/judge/resting_memory.h"

#include <cstdint>
#include <sstream>
#include <utility>

#include "exporter/base/small_text.h"

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

namespace {

/// Of a memory that is the latest look alone, without its chains.
std::string written(const DomainMemory& memory) {
  std::ostringstream stream;
  cereal::BinaryOutputArchive archive(stream);
  archive(memory.latest(), memory.past(), memory.now(), memory.past_changed());
  return std::move(stream).str();
}

/// A domain as most are.
DomainMemory example() {
  const WallTime now(std::chrono::hours(24 * 365 * 57));
  const auto address = parse_ip("192.0.2.1").value();
  DomainObservation look;
  look.finished = now;
  look.record.rrs = {"v=STSv1; id=20260101000000"};
  look.record.ttl = std::chrono::seconds(3600);
  look.tlsrpt.rrs = {"v=TLSRPTv1; rua=mailto:tls-reports@example.com"};
  look.tlsrpt.ttl = look.record.ttl;
  PolicyHost& host = look.policy_host.emplace();
  host.target = "mta-sts.example.com";
  host.provider = "example.com";
  host.lookup.addresses = host.routable = {address};
  host.at = now;
  PolicyFetch& fetch = host.fetches.emplace_back();
  fetch.address = address;
  fetch.tls.version = "TLSv1.3";
  fetch.tls.cipher = "TLS_AES_256_GCM_SHA384";
  fetch.tls.group = "x25519";
  fetch.status = 200;
  fetch.content_type = "text/plain";
  fetch.last_modified = "Thu, 01 Jan 2026 00:00:00 GMT";
  fetch.body = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.com\r\nmax_age: 604800\r\n";
  MxHost& mx = look.mx.hosts.emplace_back();
  mx.name = "mx.example.com";
  mx.preference = 10;
  mx.provider = "example.com";
  mx.lookup.addresses = mx.endpoints = {address};
  DomainMemory memory{std::chrono::hours(1)};
  memory.remember(std::move(look));
  return memory;
}

const SmallText& small_text() {
  static const SmallText small(written(example()));
  return small;
}

}  // namespace

std::unique_ptr<DomainMemory> RestingMemory::woken() const {
  auto memory = std::make_unique<DomainMemory>(hold_, retention_);
  if (packed_.empty()) return memory;
  std::istringstream stream(small_text().unpack(packed_));
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
  std::string packed = small_text().pack(written(*awake_));
  std::vector<Shared<formats::ChainFacts>> chains;
  if (latest.policy_host) {
    chains.reserve(latest.policy_host->fetches.size());
    for (const PolicyFetch& fetch : latest.policy_host->fetches) chains.push_back(fetch.tls.chain);
  }
  packed.shrink_to_fit();
  packed_ = std::move(packed);
  chains_ = std::move(chains);
  awake_.reset();
}

}  // namespace judge
}  // namespace mta_sts
