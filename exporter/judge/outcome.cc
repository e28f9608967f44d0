#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

bool is_connection(Reason reason) { return reason >= Reason::AddressNotPublic && reason <= Reason::ConnectError; }

Outcome inconclusive_if(bool condition) { return condition ? Outcome::Inconclusive : Outcome::Fail; }

/// What says nothing about the domain: our resolver's or our machine's trouble.
bool is_ours(Reason reason) {
  return reason == Reason::DnsServfail || reason == Reason::DnsTimeout || reason == Reason::DnsRefused ||
         reason == Reason::DnsMalformed || reason == Reason::AddressDenied || reason == Reason::NoRoute ||
         reason == Reason::EgressBlocked || reason == Reason::MxTooMany;
}

bool before_tls(Reason reason) {
  // An MX that refuses or delays everybody before STARTTLS loses no mail to MTA-STS: mail does not flow there either
  // way.
  return reason == Reason::SmtpClosed || reason == Reason::SmtpRejected || reason == Reason::SmtpBusy;
}

}  // namespace

Outcome outcome_of(Place place, Reason reason) {
  switch (place) {
    case Place::TxtRecord:
    case Place::PolicyHost:
      return inconclusive_if(is_ours(reason));
    case Place::MxSet:
      return inconclusive_if(is_ours(reason) || is_dns(reason));
    case Place::Endpoint:
      return inconclusive_if(is_ours(reason) || is_connection(reason) || before_tls(reason));
  }
  return Outcome::Fail;
}

bool conclusive(Place place, const std::optional<Fault>& fault) {
  return !fault || outcome_of(place, fault->reason) == Outcome::Fail;
}

bool is_dns(Reason reason) { return reason <= Reason::DnsMalformed; }

bool failed_to_connect(const std::optional<Fault>& fault) {
  return fault && (fault->reason == Reason::ConnectRefused || fault->reason == Reason::ConnectTimeout ||
                   fault->reason == Reason::ConnectError);
}

}  // namespace mta_sts::judge
