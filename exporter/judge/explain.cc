#include "exporter/judge/explain.h"

#include <array>

namespace mta_sts::judge {
namespace {

constexpr std::string_view kNoPolicy = "Senders find no policy: mail flows, but without the protection of MTA-STS.";
constexpr std::string_view kNoPolicyThere = "Senders that ask at this address find no policy.";
constexpr std::string_view kNotDelivered =
    "Senders that honour a policy in mode enforce do not deliver to this MX host.";
constexpr std::string_view kNothingSaid =
    "This says nothing about MTA-STS: the check was inconclusive and is repeated.";

struct Row {
  Reason reason;
  Explanation explanation;
};

constexpr std::array<Row, kReasonCount> kRows = {{
    {Reason::DnsNxdomain, {"RFC 8461 3.3", kNoPolicy, "Publish an address (A, AAAA or a CNAME) for the name."}},
    {Reason::DnsNodata,
     {"RFC 8461 3.3", kNoPolicy, "The name exists without an address: publish A or AAAA records for it."}},
    {Reason::DnsBogus,
     {"RFC 4035 5.5", "Senders behind a validating resolver get no answer.",
      "Mend DNSSEC of the zone: expired signatures, or a DS record without its key."}},
    {Reason::DnsServfail,
     {"RFC 1035 4.1.1", kNothingSaid, "Ask the name servers of the zone directly; look at the resolver's log."}},
    {Reason::DnsTimeout,
     {"RFC 1035 4.2.1", kNothingSaid, "See whether the resolver and the name servers of the zone answer."}},
    {Reason::DnsRefused, {"RFC 1035 4.1.1", kNothingSaid, "Allow this machine on the resolver, or set dns.servers."}},
    {Reason::DnsMalformed, {"RFC 1035 4", kNothingSaid, "The answer cannot be read: look at it with dig."}},
    {Reason::RecordMissing,
     {"RFC 8461 3.1", kNoPolicy,
      "Publish one TXT record at _mta-sts.<domain>: \"v=STSv1; id=20260101000000\", with a new id at every change."}},
    {Reason::RecordMultiple,
     {"RFC 8461 3.1", kNoPolicy, "Delete all but one of the TXT records that begin with v=STSv1;."}},
    {Reason::RecordSyntax,
     {"RFC 8461 3.1", kNoPolicy, "Write the record as \"v=STSv1; id=20260101000000\"; `lint record` shows the fault."}},
    {Reason::RecordIdMissing,
     {"RFC 8461 3.1", kNoPolicy, "Add an id of 1 to 32 letters and digits: \"v=STSv1; id=20260101000000\"."}},
    {Reason::RecordIdInvalid,
     {"RFC 8461 3.1", kNoPolicy, "Use 1 to 32 letters and digits for the id, nothing else: no \"-\" or \"_\"."}},
    {Reason::RecordUnexpected,
     {"RFC 8461 3.1", "Senders look for a policy.",
      "Delete the TXT record as RFC 8461 8.3 says, or change `expect` of the domain."}},
    {Reason::AddressNotPublic,
     {"RFC 6890", "No sender on the Internet reaches the address.", "Publish a public address."}},
    {Reason::AddressDenied, {"", kNothingSaid, "egress.deny of this exporter names the address."}},
    {Reason::NoRoute,
     {"", kNothingSaid, "This machine has no route to any address of the name: give it IPv6, or look from elsewhere."}},
    {Reason::EgressBlocked,
     {"", kNothingSaid, "This machine seems cut off from the port: ask its network for outgoing port 25 or 443."}},
    {Reason::ConnectRefused,
     {"RFC 8461 3.3", "Nothing listens on the port at this address.", "Start the service, or correct the address."}},
    {Reason::ConnectTimeout,
     {"RFC 8461 3.3", "The address does not answer.", "Open the port in the firewall, or correct the address."}},
    {Reason::ConnectError,
     {"RFC 8461 3.3", "The connection could not be made.", "See the detail; try by hand with `openssl s_client`."}},
    {Reason::TlsVersion, {"RFC 8996", kNoPolicy, "Enable TLS 1.2 and TLS 1.3 on the server."}},
    {Reason::TlsHandshake,
     {"RFC 8446 6", kNoPolicy, "See the server's log; often no certificate is set up for this name (SNI)."}},
    {Reason::TlsTimeout, {"RFC 8446 4", kNoPolicy, "See the server's log; a proxy in between may wait for data."}},
    {Reason::CertExpired, {"RFC 8461 3.3", kNoPolicy, "Renew the certificate and reload the server."}},
    {Reason::CertNotYetValid,
     {"RFC 8461 3.3", kNoPolicy, "Set the clock, or use the certificate that is valid today."}},
    {Reason::CertSelfSigned, {"RFC 8461 3.3", kNoPolicy, "Use a certificate of a public CA."}},
    {Reason::CertUntrusted,
     {"RFC 8461 3.3", kNoPolicy, "Send the intermediate certificates along (fullchain), or use a public CA."}},
    {Reason::CertChainExpired, {"RFC 8461 3.3", kNoPolicy, "Install the CA's present intermediate certificates."}},
    {Reason::CertWeak, {"RFC 8461 3.3", kNoPolicy, "Use RSA of 2048 bits or more, or ECDSA, signed with SHA-256."}},
    {Reason::CertPurpose, {"RFC 8461 3.3", kNoPolicy, "Use a certificate with the purpose serverAuth."}},
    {Reason::CertNameMismatch, {"RFC 8461 3.3", kNoPolicy, "Add the host's name to the certificate as a dNSName."}},
    {Reason::CertInvalid, {"RFC 8461 3.3", kNoPolicy, "See the detail."}},
    {Reason::HttpRedirect,
     {"RFC 8461 3.3", kNoPolicy, "Serve the policy at the policy host itself: redirects must not be followed."}},
    {Reason::HttpStatus,
     {"RFC 8461 3.3", kNoPolicy,
      "Serve the policy at https://mta-sts.<domain>/.well-known/mta-sts.txt with status 200."}},
    {Reason::HttpContentType, {"RFC 8461 3.2", kNoPolicy, "Serve the policy with Content-Type: text/plain."}},
    {Reason::HttpEncoding, {"RFC 9110 12.5.3", kNoPolicy, "Serve the policy without a content coding."}},
    {Reason::HttpTooLarge, {"RFC 8461 3.3", kNoPolicy, "Keep the policy under 64 kilobytes."}},
    {Reason::HttpTimeout, {"RFC 8461 3.3", kNoPolicy, "The answer takes over a minute: see the web server."}},
    {Reason::HttpProtocol,
     {"RFC 9112", kNoPolicy, "The answer is no proper HTTP: see the web server and proxies before it."}},
    {Reason::PolicyEmpty,
     {"RFC 8461 3.2", kNoPolicy, "The file is empty: write version, mode, mx and max_age, each on its line."}},
    {Reason::PolicyVersion, {"RFC 8461 3.2", kNoPolicy, "Add the line \"version: STSv1\"."}},
    {Reason::PolicyModeMissing, {"RFC 8461 3.2", kNoPolicy, "Add a line \"mode: testing\" or \"mode: enforce\"."}},
    {Reason::PolicyModeInvalid, {"RFC 8461 3.2", kNoPolicy, "The mode is testing, enforce or none, in lower case."}},
    {Reason::PolicyMaxAgeMissing, {"RFC 8461 3.2", kNoPolicy, "Add a line such as \"max_age: 1209600\" (two weeks)."}},
    {Reason::PolicyMaxAgeInvalid,
     {"RFC 8461 3.2", kNoPolicy, "max_age is a plain number of seconds, at most 31557600."}},
    {Reason::PolicyMxMissing, {"RFC 8461 3.2", kNoPolicy, "Add one line \"mx: <host>\" for each MX host."}},
    {Reason::PolicyMxInvalid,
     {"RFC 8461 3.2", kNoPolicy,
      "Each mx is one host name, or \"*.\" and a name: no dot at the end, no list, no address."}},
    {Reason::PolicySyntax,
     {"RFC 8461 3.2", kNoPolicy,
      "One \"name: value\" a line, no blank lines, nothing before the name; `lint policy` shows the line."}},
    {Reason::PolicyInconsistent,
     {"RFC 8461 3.3", "Which policy a sender gets depends on the address it asks.",
      "Deploy the same policy on every server, and purge caches."}},
    {Reason::MxNone,
     {"RFC 5321 5.1", "The domain cannot receive mail.",
      "Publish an MX record, or a null MX (RFC 7505) if it takes no mail."}},
    {Reason::MxNullMixed, {"RFC 7505 3", "Senders differ in what they do.", "Delete the null MX, or the others."}},
    {Reason::MxUnresolvable,
     {"RFC 5321 5.1", "The MX host does not exist.", "Correct the MX record, or publish an address for its host."}},
    {Reason::MxNoAddress,
     {"RFC 5321 5.1", "The MX host has no address.", "Publish A or AAAA records for the MX host."}},
    {Reason::MxNotAHost,
     {"RFC 5321 2.3.5", "The MX record does not name a host.",
      "An MX record names a host: no IP address, no underscore."}},
    {Reason::MxTooMany, {"", kNothingSaid, "Raise probe.max_mx_hosts, or publish fewer MX records."}},
    {Reason::MxNotInPolicy,
     {"RFC 8461 4.1", "Senders that honour the policy do not deliver to the MX hosts that it does not name.",
      "Add an mx line for each of them to the policy and change the id, or remove them from the MX records."}},
    {Reason::NoMxInPolicy,
     {"RFC 8461 4.1", "In mode enforce mail is lost: senders that honour the policy deliver to no MX host.",
      "Correct the mx lines of the policy now and change the id; or go back to mode testing."}},
    {Reason::SmtpTimeout,
     {"RFC 5321 4.5.3.2", "Senders give up on this address; silence before the greeting says nothing about MTA-STS.",
      "The server does not answer in time: see its log."}},
    {Reason::SmtpClosed,
     {"RFC 5321 3.1", kNothingSaid, "The server closes without a greeting: this machine may be on its block list."}},
    {Reason::SmtpRejected,
     {"RFC 5321 3.1", kNothingSaid, "The server refuses this machine: see the reply; it may be on a block list."}},
    {Reason::SmtpBusy,
     {"RFC 5321 4.2.1", kNothingSaid, "The server asks to come later: greylisting, or a limit on connections."}},
    {Reason::SmtpProtocol,
     {"RFC 5321 4.2", kNotDelivered, "The server's replies are no proper SMTP: see the dialogue."}},
    {Reason::StarttlsMissing,
     {"RFC 3207 4", kNotDelivered, "Enable STARTTLS on the server (Postfix: smtpd_tls_security_level = may)."}},
    {Reason::StarttlsRefused,
     {"RFC 3207 4", kNotDelivered,
      "The server offers STARTTLS and refuses it: see its log; often no key can be read."}},
    {Reason::StarttlsInjection,
     {"RFC 3207 6", kNotDelivered, "The server takes commands before TLS as if sent inside: update it."}},
    {Reason::IdStale,
     {"RFC 8461 3.3", "Senders that hold the earlier policy do not ask again.", "Change the id of the TXT record."}},
    {Reason::RemovedWithoutNone,
     {"RFC 8461 8.3", "Senders still hold an enforce policy.", "Publish mode none first, and wait for max_age."}},
    {Reason::ModeUnexpected,
     {"RFC 8461 3.2", "The live mode is not the one that the configuration expects.",
      "Correct the policy, or `expect`."}},
    {Reason::PolicyUnexpected,
     {"RFC 8461 8.3", "MTA-STS is published although none is expected.",
      "Remove it as RFC 8461 8.3 says, or correct `expect`."}},
    {Reason::TlsrptMissing,
     {"RFC 8460 3", "Senders report no TLS failures to you.",
      "Publish a TXT record at _smtp._tls.<domain>: \"v=TLSRPTv1; rua=mailto:tls-reports@<domain>\"."}},
    {Reason::TlsrptMultiple,
     {"RFC 8460 3", "Senders report no TLS failures to you.",
      "Delete all but one of the TXT records that begin with v=TLSRPTv1;."}},
    {Reason::TlsrptSyntax,
     {"RFC 8460 3", "Senders report no TLS failures to you.",
      "Write the record as \"v=TLSRPTv1; rua=mailto:tls-reports@<domain>\"."}},
    {Reason::TlsrptRuaInvalid,
     {"RFC 8460 3", "Senders report no TLS failures to you.",
      "Write rua as mailto: or https: URIs, separated by commas."}},
}};

constexpr bool complete() {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    if (kRows[i].reason != static_cast<Reason>(i)) return false;
  }
  return true;
}
static_assert(complete(), "one row a reason, in the order of the enumeration");

constexpr bool is_certificate(Reason reason) { return reason >= Reason::CertExpired && reason <= Reason::CertInvalid; }
constexpr bool is_connection(Reason reason) {
  return reason >= Reason::ConnectRefused && reason <= Reason::ConnectError;
}
constexpr bool is_handshake(Reason reason) { return reason >= Reason::TlsVersion && reason <= Reason::CertInvalid; }

}  // namespace

Explanation explain(Check check, Reason reason) {
  Explanation explanation = kRows[static_cast<std::size_t>(reason)].explanation;
  // Whose server it is decides what a sender does: the rows say it of the policy host's.
  if (check == Check::MxTls && is_connection(reason)) {
    explanation.clause = "RFC 5321 5.1";
    explanation.meaning = kNothingSaid;
  }
  if (check == Check::MxTls && is_handshake(reason)) explanation.meaning = kNotDelivered;
  if (check == Check::MxTls && is_certificate(reason)) explanation.clause = "RFC 8461 4.2";
  if (check == Check::PolicyServers && explanation.meaning == kNoPolicy) explanation.meaning = kNoPolicyThere;
  return explanation;
}

std::string documentation_of(std::string_view name) { return "docs/findings.md#" + std::string(name); }

}  // namespace mta_sts::judge
