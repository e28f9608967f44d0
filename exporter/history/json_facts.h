#pragma once

#include <string>

#include "exporter/base/reason.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/formats/tls_facts.h"
#include "exporter/history/json_fields.h"

namespace mta_sts::history {

/// Facts that both documents hold (history/json_fields.h).

/// An enumeration by its name; `parse` gives an optional.
template <typename T, std::optional<T> (*parse)(std::string_view)>
struct JsonName {
  static boost::json::value write(T value) { return boost::json::string(to_text(value)); }
  static T read(const boost::json::value& json) {
    const auto value = parse(std::string_view(json.as_string()));
    if (!value) throw UnknownName("an unknown name: " + std::string(json.as_string()));
    return *value;
  }
};
template <>
struct Json<Reason> : JsonName<Reason, parse_reason> {};
template <>
struct Json<formats::Mode> : JsonName<formats::Mode, formats::parse_mode> {};

template <>
struct Json<formats::MxPattern> {
  static boost::json::value write(const formats::MxPattern& pattern) { return boost::json::string(pattern.spelling()); }
  static formats::MxPattern read(const boost::json::value& json) {
    auto pattern = formats::MxPattern::parse(std::string_view(json.as_string()));
    if (!pattern) refuse(pattern.error().message);
    return *std::move(pattern);
  }
};

template <typename Fields>
void fields(Fields& f, Either<Fault> auto& fault) {
  f.need("reason", fault.reason);
  f.may("detail", fault.detail);
}

template <typename Fields>
void fields(Fields& f, Either<formats::StsPolicy> auto& policy) {
  f.need("mode", policy.mode);
  f.need("max_age", policy.max_age);
  f.may("mx", policy.mx);
}

template <typename Fields>
void fields(Fields& f, Either<formats::CertificateFacts> auto& certificate) {
  f.may("subject", certificate.subject);
  f.may("issuer", certificate.issuer);
  f.may("serial", certificate.serial);
  f.may("sha256", certificate.fingerprint_sha256);
  f.may("dns_names", certificate.dns_names);
  f.need("not_before", certificate.not_before);
  f.need("not_after", certificate.not_after);
}

template <typename Fields>
void fields(Fields& f, Either<formats::ChainFacts> auto& chain) {
  f.need("sent", chain.sent);
  if (chain.sent.empty()) refuse("a chain without a certificate");
  f.may("chain_not_after", chain.chain_not_after);
  f.may("faults", chain.faults);
}

template <typename Fields>
void fields(Fields& f, Either<formats::TlsFacts> auto& tls) {
  f.may("version", tls.version);
  f.may("cipher", tls.cipher);
  f.may("group", tls.group);
  f.may("chain", tls.chain);
}

}  // namespace mta_sts::history
