#include <algorithm>

#include "exporter/history/documents.h"
#include "exporter/history/json_facts.h"

namespace mta_sts::history {

/// Left out, as what moves with every look: ttl, duration, finished, at, transcript.

template <typename Fields>
void fields(Fields& f, Either<judge::TxtLookup> auto& lookup) {
  f.may("rrs", lookup.rrs);
  f.may("fault", lookup.fault);
  f.may("cname_chain", lookup.cname_chain);
}

template <typename Fields>
void fields(Fields& f, Either<judge::AddressLookup> auto& lookup) {
  f.may("addresses", lookup.addresses);
  f.may("fault", lookup.fault);
  f.may("cname_chain", lookup.cname_chain);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PolicyFetch> auto& fetch) {
  f.need("address", fetch.address);
  f.may("fault", fetch.fault);
  f.may("tls", fetch.tls);
  f.may("status", fetch.status);
  f.may("content_type", fetch.content_type);
  f.may("content_encoding", fetch.content_encoding);
  f.may("last_modified", fetch.last_modified);
  f.may("body", fetch.body);
}

template <typename Fields>
void fields(Fields& f, Either<judge::PolicyHost> auto& host) {
  f.need("target", host.target);
  f.need("provider", host.provider);
  f.need("lookup", host.lookup);
  f.may("routable", host.routable);
  f.may("fetches", host.fetches);
  f.may("egress_worked", host.egress_worked);
}

template <typename Fields>
void fields(Fields& f, Either<judge::MxHost> auto& host) {
  f.need("name", host.name);
  f.need("preference", host.preference);
  f.need("provider", host.provider);
  f.need("lookup", host.lookup);
  f.may("endpoints", host.endpoints);
  f.need("is_host_name", host.is_host_name);
}

template <typename Fields>
void fields(Fields& f, Either<judge::MxLookup> auto& mx) {
  f.may("fault", mx.fault);
  f.may("hosts", mx.hosts);
  f.may("implicit", mx.implicit);
  f.may("null_mx", mx.null_mx);
  f.may("too_many", mx.too_many);
}

template <typename Fields>
void fields(Fields& f, Either<judge::DomainObservation> auto& look) {
  f.need("record", look.record);
  f.may("policy_host", look.policy_host);
  f.need("mx", look.mx);
  f.need("tlsrpt", look.tlsrpt);
}

template <typename Fields>
void fields(Fields& f, Either<judge::EndpointObservation> auto& look) {
  f.may("fault", look.fault);
  f.may("greeted", look.greeted);
  f.may("starttls", look.starttls);
  f.may("tls", look.tls);
}

namespace {

using boost::json::value;

/// Most certificates that are kept are those of the looks, and chains are the largest part of a document: they are
/// written once.
struct KeptChain {
  IpAddress address;
  Shared<formats::ChainFacts> chain;  ///< absent: the looks have it
};

template <typename Fields>
void fields(Fields& f, Either<KeptChain> auto& kept) {
  f.need("address", kept.address);
  f.may("chain", kept.chain);
}

Shared<formats::ChainFacts> chain_of(const judge::DomainObservation& look, const IpAddress& address) {
  if (!look.policy_host) return std::nullopt;
  const auto& fetches = look.policy_host->fetches;
  const auto fetch = std::find_if(fetches.begin(), fetches.end(), [&](const auto& f) { return f.address == address; });
  return fetch == fetches.end() ? Shared<formats::ChainFacts>() : fetch->tls.chain;
}

/// The last one that the looks saw.
Shared<formats::ChainFacts> chain_of(const DomainLooksKept& looks, const IpAddress& address) {
  auto chain = chain_of(looks.latest, address);
  return chain || !looks.conclusive ? chain : chain_of(*looks.conclusive, address);
}

std::vector<KeptChain> kept_chains(const DomainLooksKept& looks) {
  std::vector<KeptChain> kept;
  for (const auto& [address, chain] : looks.certificates) {
    const bool same = chain_of(looks, address) == chain;
    kept.push_back({address, same ? Shared<formats::ChainFacts>() : chain});
  }
  return kept;
}

void take_chains(DomainLooksKept& looks, std::vector<KeptChain> kept) {
  for (auto& [address, chain] : kept) {
    if (!chain) chain = chain_of(looks, address);
    // It is nowhere if the look that had it was left out for an UnknownName.
    if (chain) looks.certificates.insert_or_assign(address, std::move(chain));
  }
}

void set_time(judge::DomainObservation& look, WallTime at) {
  look.finished = at;
  if (look.policy_host) look.policy_host->at = at;
}
void set_time(judge::EndpointObservation& look, WallTime at) { look.finished = at; }

template <typename Looks>
void write_both(FieldWriter& f, const Looks& looks) {
  f.may("conclusive", looks.conclusive);
  f.need("latest", looks.latest);
  f.may("latest_is_conclusive", looks.latest_is_conclusive);
}

template <typename Looks>
void read_both(FieldReader& f, Looks& looks, const Beat& beat) {
  f.known("conclusive", looks.conclusive);
  f.need("latest", looks.latest);
  f.may("latest_is_conclusive", looks.latest_is_conclusive);
  set_time(looks.latest, beat.probed);
  if (looks.conclusive) set_time(*looks.conclusive, beat.conclusive.value_or(beat.probed));
}

}  // namespace

std::string write_looks(const DomainLooksKept& looks) {
  FieldWriter f;
  write_both(f, looks);
  f.may("certificates", kept_chains(looks));
  return serialize(value(f.take()));
}

Result<DomainLooksKept> read_domain_looks(std::string_view document, const Beat& beat) {
  return read_document(document, [&](const value& json) {
    DomainLooksKept looks;
    std::vector<KeptChain> kept;
    FieldReader f(json.as_object());
    read_both(f, looks, beat);
    f.may("certificates", kept);
    take_chains(looks, std::move(kept));
    return looks;
  });
}

std::string write_looks(const EndpointLooksKept& looks) {
  FieldWriter f;
  write_both(f, looks);
  const bool same = looks.certificate && looks.certificate == looks.latest.tls.chain;
  f.may("certificate_is_latest", same);
  if (!same) f.may("certificate", looks.certificate);
  return serialize(value(f.take()));
}

Result<EndpointLooksKept> read_endpoint_looks(std::string_view document, const Beat& beat) {
  return read_document(document, [&](const value& json) {
    EndpointLooksKept looks;
    bool same = false;
    FieldReader f(json.as_object());
    read_both(f, looks, beat);
    f.may("certificate_is_latest", same);
    f.may("certificate", looks.certificate);
    if (same) looks.certificate = looks.latest.tls.chain;
    return looks;
  });
}

}  // namespace mta_sts::history
