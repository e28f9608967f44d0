#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mta_sts {

/// The closed list of reasons: label values of `mta_sts_check_problem` and `mta_sts_mx_problem`, a stable contract with
/// the rules and runbooks of users. A reason says what a sender would meet; whether it counts as fail or as
/// inconclusive depends on where it was met and is judged in judge/outcome.h. The order here is the order in which a
/// sender meets faults (DNS, connection, TLS, certificate, HTTP, syntax) and is used to pick the one to show.
enum class Reason : std::uint8_t {
  DnsNxdomain,          ///< the name does not exist
  DnsNodata,            ///< the name exists without a record of the type
  DnsBogus,             ///< DNSSEC validation failed: EDE 6-12, or SERVFAIL that succeeds with CD set
  DnsServfail,          ///< SERVFAIL without such a sign
  DnsTimeout,           ///< no server answered in time
  DnsRefused,           ///< REFUSED, NOTIMP or another refusal by the resolver
  DnsMalformed,         ///< the question matches, the records cannot be read
  RecordMissing,        ///< no TXT record begins with "v=STSv1;"
  RecordMultiple,       ///< more than one does (RFC 8461 3.1)
  RecordSyntax,         ///< breaks the ABNF of RFC 8461 3.1 otherwise than by its id
  RecordIdMissing,      ///< no id field
  RecordIdInvalid,      ///< id is not 1*32(ALPHA / DIGIT)
  RecordUnexpected,     ///< a record although `expect: absent`
  AddressNotPublic,     ///< an address that no sender on the Internet reaches
  AddressDenied,        ///< only egress.deny forbids the address
  NoRoute,              ///< this machine has no route to any address of the name
  EgressBlocked,        ///< this machine seems cut off from the port
  ConnectRefused,       ///< TCP RST to the SYN
  ConnectTimeout,       ///< TCP did not stand in time
  ConnectError,         ///< another error before TCP stood (unreachable, reset)
  TlsVersion,           ///< alert protocol_version, or a version below 1.2 was chosen
  TlsHandshake,         ///< another alert, garbage, end or reset in the handshake
  TlsTimeout,           ///< the handshake did not end in time
  CertExpired,          ///< the leaf is past its end
  CertNotYetValid,      ///< the leaf is before its begin
  CertSelfSigned,       ///< the leaf itself is self-signed and not trusted
  CertUntrusted,        ///< unknown CA or missing intermediate
  CertChainExpired,     ///< an issuer is out of date while the leaf is in date
  CertWeak,             ///< key or digest below security level 2
  CertPurpose,          ///< not for TLS servers
  CertNameMismatch,     ///< no DNS-ID matches the host
  CertInvalid,          ///< anything else that PKIX refuses
  HttpRedirect,         ///< 3xx: must not be followed (RFC 8461 3.3)
  HttpStatus,           ///< neither 200 nor 3xx
  HttpContentType,      ///< not text/plain, or missing (RFC 8461 3.2)
  HttpEncoding,         ///< a content coding that was not asked for
  HttpTooLarge,         ///< body over the limit (RFC 8461 3.3)
  HttpTimeout,          ///< no whole answer in time
  HttpProtocol,         ///< framing, truncation, header over its limit
  PolicyEmpty,          ///< no octets
  PolicyVersion,        ///< version missing or not STSv1
  PolicyModeMissing,    ///< no mode field
  PolicyModeInvalid,    ///< mode is not testing, enforce or none
  PolicyMaxAgeMissing,  ///< no max_age field
  PolicyMaxAgeInvalid,  ///< not 1*10DIGIT, or above 31557600
  PolicyMxMissing,      ///< no mx field although mode is not none
  PolicyMxInvalid,      ///< an mx value is no ["*."] Domain
  PolicySyntax,         ///< breaks the ABNF of RFC 8461 3.2 otherwise
  PolicyInconsistent,   ///< addresses serve different valid policies
  MxNone,               ///< no MX and no address, or the domain does not exist
  MxNullMixed,          ///< null MX beside others (RFC 7505 3)
  MxUnresolvable,       ///< the MX host is NXDOMAIN
  MxNoAddress,          ///< the MX host has no address
  MxNotAHost,           ///< the MX names an IP literal or no host name
  MxTooMany,            ///< more MX hosts than are looked at
  MxNotInPolicy,        ///< some MX host matches no pattern
  NoMxInPolicy,         ///< no MX host matches a pattern
  SmtpTimeout,          ///< no reply in time in the plain part of the dialogue or after the handshake
  SmtpClosed,           ///< closed before or at the greeting
  SmtpRejected,         ///< 5xx greeting
  SmtpBusy,             ///< 4xx greeting, or 4xx to EHLO
  SmtpProtocol,         ///< no RFC 5321 4.2 reply, over a limit, or ended between greeting and the reply to STARTTLS
  StarttlsMissing,      ///< not in the EHLO reply, or EHLO refused with 5xx
  StarttlsRefused,      ///< any reply to STARTTLS but 220
  StarttlsInjection,    ///< plaintext left after the 220 to STARTTLS
  IdStale,              ///< another policy was served under the present id
  RemovedWithoutNone,   ///< gone while senders may hold enforce (RFC 8461 8.3)
  ModeUnexpected,       ///< another mode than `expect` declares
  PolicyUnexpected,     ///< a policy although `expect: absent`
  TlsrptMissing,        ///< no TXT record begins with "v=TLSRPTv1;"
  TlsrptMultiple,       ///< more than one does
  TlsrptSyntax,         ///< breaks the ABNF of RFC 8460 3 otherwise than by its rua
  TlsrptRuaInvalid,     ///< rua missing, or a value of it is no URI
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::TlsrptRuaInvalid) + 1;

/// The label text, as in contract and docs/findings.md.
std::string_view to_text(Reason reason);

/// The reason with that label text.
std::optional<Reason> parse_reason(std::string_view text);

/// A fact about the world that keeps a sender from going on. `detail` is for people and logs, never for labels.
struct Fault {
  Reason reason;
  std::string detail;
  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace mta_sts
