#include "exporter/base/reason.h"

namespace mta_sts {

std::string_view to_text(Reason reason) {
  switch (reason) {
    case Reason::DnsNxdomain:
      return "dns_nxdomain";
    case Reason::DnsNodata:
      return "dns_nodata";
    case Reason::DnsBogus:
      return "dns_bogus";
    case Reason::DnsServfail:
      return "dns_servfail";
    case Reason::DnsTimeout:
      return "dns_timeout";
    case Reason::DnsRefused:
      return "dns_refused";
    case Reason::DnsMalformed:
      return "dns_malformed";
    case Reason::RecordMissing:
      return "record_missing";
    case Reason::RecordMultiple:
      return "record_multiple";
    case Reason::RecordSyntax:
      return "record_syntax";
    case Reason::RecordIdMissing:
      return "record_id_missing";
    case Reason::RecordIdInvalid:
      return "record_id_invalid";
    case Reason::RecordUnexpected:
      return "record_unexpected";
    case Reason::AddressNotPublic:
      return "address_not_public";
    case Reason::AddressDenied:
      return "address_denied";
    case Reason::NoRoute:
      return "no_route";
    case Reason::EgressBlocked:
      return "egress_blocked";
    case Reason::ConnectRefused:
      return "connect_refused";
    case Reason::ConnectTimeout:
      return "connect_timeout";
    case Reason::ConnectError:
      return "connect_error";
    case Reason::TlsVersion:
      return "tls_version";
    case Reason::TlsHandshake:
      return "tls_handshake";
    case Reason::TlsTimeout:
      return "tls_timeout";
    case Reason::CertExpired:
      return "cert_expired";
    case Reason::CertNotYetValid:
      return "cert_not_yet_valid";
    case Reason::CertSelfSigned:
      return "cert_self_signed";
    case Reason::CertUntrusted:
      return "cert_untrusted";
    case Reason::CertChainExpired:
      return "cert_chain_expired";
    case Reason::CertWeak:
      return "cert_weak";
    case Reason::CertPurpose:
      return "cert_purpose";
    case Reason::CertNameMismatch:
      return "cert_name_mismatch";
    case Reason::CertInvalid:
      return "cert_invalid";
    case Reason::HttpRedirect:
      return "http_redirect";
    case Reason::HttpStatus:
      return "http_status";
    case Reason::HttpContentType:
      return "http_content_type";
    case Reason::HttpEncoding:
      return "http_encoding";
    case Reason::HttpTooLarge:
      return "http_too_large";
    case Reason::HttpTimeout:
      return "http_timeout";
    case Reason::HttpProtocol:
      return "http_protocol";
    case Reason::PolicyEmpty:
      return "policy_empty";
    case Reason::PolicyVersion:
      return "policy_version";
    case Reason::PolicyModeMissing:
      return "policy_mode_missing";
    case Reason::PolicyModeInvalid:
      return "policy_mode_invalid";
    case Reason::PolicyMaxAgeMissing:
      return "policy_max_age_missing";
    case Reason::PolicyMaxAgeInvalid:
      return "policy_max_age_invalid";
    case Reason::PolicyMxMissing:
      return "policy_mx_missing";
    case Reason::PolicyMxInvalid:
      return "policy_mx_invalid";
    case Reason::PolicySyntax:
      return "policy_syntax";
    case Reason::PolicyInconsistent:
      return "policy_inconsistent";
    case Reason::MxNone:
      return "mx_none";
    case Reason::MxNullMixed:
      return "mx_null_mixed";
    case Reason::MxUnresolvable:
      return "mx_unresolvable";
    case Reason::MxNoAddress:
      return "mx_no_address";
    case Reason::MxNotAHost:
      return "mx_not_a_host";
    case Reason::MxTooMany:
      return "mx_too_many";
    case Reason::MxNotInPolicy:
      return "mx_not_in_policy";
    case Reason::NoMxInPolicy:
      return "no_mx_in_policy";
    case Reason::SmtpTimeout:
      return "smtp_timeout";
    case Reason::SmtpClosed:
      return "smtp_closed";
    case Reason::SmtpRejected:
      return "smtp_rejected";
    case Reason::SmtpBusy:
      return "smtp_busy";
    case Reason::SmtpProtocol:
      return "smtp_protocol";
    case Reason::StarttlsMissing:
      return "starttls_missing";
    case Reason::StarttlsRefused:
      return "starttls_refused";
    case Reason::StarttlsInjection:
      return "starttls_injection";
    case Reason::IdStale:
      return "id_stale";
    case Reason::RemovedWithoutNone:
      return "removed_without_none";
    case Reason::ModeUnexpected:
      return "mode_unexpected";
    case Reason::PolicyUnexpected:
      return "policy_unexpected";
    case Reason::TlsrptMissing:
      return "tlsrpt_missing";
    case Reason::TlsrptMultiple:
      return "tlsrpt_multiple";
    case Reason::TlsrptSyntax:
      return "tlsrpt_syntax";
    case Reason::TlsrptRuaInvalid:
      return "tlsrpt_rua_invalid";
  }
  return "";
}

std::optional<Reason> parse_reason(std::string_view text) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (to_text(reason) == text) return reason;
  }
  return std::nullopt;
}

}  // namespace mta_sts
