#include "exporter/judge/packed_memory.h"

#include <cstdint>
#include <sstream>
#include <utility>

#include "exporter/base/small_text.h"

// The largest part is a policy body, of 1 MiB at most by configuration.
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
void serialize(Archive& archive, EndpointObservation& look) {
  archive(look.finished, look.duration, look.fault, look.greeted, look.starttls, look.busy, look.tls, look.transcript);
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

namespace {

template <typename... Facts>
std::string written(const Facts&... facts) {
  std::ostringstream stream;
  cereal::BinaryOutputArchive archive(stream);
  archive(facts...);
  return std::move(stream).str();
}

template <typename... Facts>
void read(const std::string& text, Facts&... facts) {
  std::istringstream stream(text);
  cereal::BinaryInputArchive archive(stream);
  archive(facts...);
}

std::string text_of(const DomainMemory& memory) {
  return written(memory.latest(), memory.past(), memory.now(), memory.past_changed());
}
std::string text_of(const EndpointMemory& memory) { return written(memory.latest(), memory.now()); }

// A domain and an MX endpoint as most are: what others have in common with them takes no room.

formats::TlsFacts example_handshake() { return {"TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", {}}; }

const WallTime kExampleTime(std::chrono::hours(24 * 365 * 57));
constexpr std::chrono::milliseconds kExampleDuration(200);

DomainMemory example_domain() {
  const auto address = parse_ip("192.0.2.1").value();
  DomainObservation look;
  look.finished = kExampleTime;
  look.duration = kExampleDuration;
  look.record.rrs = {"v=STSv1; id=20260101000000"};
  look.record.ttl = std::chrono::seconds(3600);
  look.tlsrpt.rrs = {"v=TLSRPTv1; rua=mailto:tls-reports@example.com"};
  look.tlsrpt.ttl = look.record.ttl;
  PolicyHost& host = look.policy_host.emplace();
  host.target = "mta-sts.example.com";
  host.provider = "example.com";
  host.lookup.addresses = host.routable = {address};
  host.at = kExampleTime;
  PolicyFetch& fetch = host.fetches.emplace_back();
  fetch.address = address;
  fetch.tls = example_handshake();
  fetch.status = 200;
  fetch.content_type = "text/plain";
  fetch.last_modified = "Thu, 01 Jan 2026 00:00:00 GMT";
  fetch.body = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.com\r\nmax_age: 604800\r\n";
  fetch.duration = kExampleDuration;
  MxHost& mx = look.mx.hosts.emplace_back();
  mx.name = "mx.example.com";
  mx.preference = 10;
  mx.provider = "example.com";
  mx.lookup.addresses = mx.endpoints = {address};
  DomainMemory memory(std::chrono::hours(1));
  memory.remember(std::move(look));
  return memory;
}

EndpointMemory example_endpoint() {
  EndpointObservation look;
  look.finished = kExampleTime;
  look.duration = kExampleDuration;
  look.greeted = look.starttls = true;
  look.tls = example_handshake();
  look.transcript =
      "S: 220 mx.example.com ESMTP Postfix\nC: EHLO monitor.example.com\nS: 250-mx.example.com\nS: 250-PIPELINING\n"
      "S: 250-SIZE 10240000\nS: 250-VRFY\nS: 250-ETRN\nS: 250-STARTTLS\nS: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\n"
      "S: 250-DSN\nS: 250-SMTPUTF8\nS: 250 CHUNKING\nC: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n"
      "*: TLS handshake done\nC: QUIT\nS: 221 2.0.0 Bye\n";
  EndpointMemory memory(std::chrono::hours(1));
  memory.remember(std::move(look));
  return memory;
}

const SmallText& small_domain() {
  static const SmallText small(text_of(example_domain()));
  return small;
}

const SmallText& small_endpoint() {
  static const SmallText small(text_of(example_endpoint()));
  return small;
}

}  // namespace

PackedMemory pack(const DomainMemory& memory) {
  PackedMemory packed;
  if (const auto& host = memory.latest().policy_host) {
    packed.chains.reserve(host->fetches.size());
    for (const PolicyFetch& fetch : host->fetches) packed.chains.push_back(fetch.tls.chain);
  }
  packed.text = small_domain().pack(text_of(memory));
  packed.text.shrink_to_fit();
  return packed;
}

void unpack(const PackedMemory& packed, DomainMemory& memory) {
  DomainObservation latest;
  Past past;
  WallTime now;
  bool past_changed = false;
  read(small_domain().unpack(packed.text), latest, past, now, past_changed);
  for (std::size_t i = 0; i < packed.chains.size(); ++i) latest.policy_host->fetches[i].tls.chain = packed.chains[i];
  memory.restore_alone(std::move(latest), std::move(past), now, past_changed);
}

PackedMemory pack(const EndpointMemory& memory) {
  PackedMemory packed;
  if (const auto& chain = memory.latest().tls.chain) packed.chains = {chain};
  packed.text = small_endpoint().pack(text_of(memory));
  packed.text.shrink_to_fit();
  return packed;
}

void unpack(const PackedMemory& packed, EndpointMemory& memory) {
  EndpointObservation latest;
  WallTime now;
  read(small_endpoint().unpack(packed.text), latest, now);
  if (!packed.chains.empty()) latest.tls.chain = packed.chains.front();
  memory.restore_alone(std::move(latest), now);
}

}  // namespace judge
}  // namespace mta_sts
