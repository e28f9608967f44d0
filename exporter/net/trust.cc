#include "exporter/net/trust.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "exporter/formats/certificate_facts.h"

namespace mta_sts::net {

namespace {

constexpr int kAuthLevel = 2;
/// What is kept of one verification; a chain of kMaxChain certificates cannot reach it by far.
constexpr std::size_t kMaxErrors = 128;
constexpr std::size_t kMaxNamesInDetail = 5;

template <auto Release>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    Release(object);
  }
};
void free_infos(STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); }

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Infos = std::unique_ptr<STACK_OF(X509_INFO), Free<free_infos>>;
using Context = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

std::string openssl_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

int no_password(char*, int, int, void*) { return -1; }

struct Refusal {
  int error;
  int depth;
};
using Refusals = std::vector<Refusal>;

/// Keeps what OpenSSL refuses and goes on, so that one fault does not hide the others.
int keep_going(int accepted, X509_STORE_CTX* context) {
  auto& refusals = *static_cast<Refusals*>(X509_STORE_CTX_get_app_data(context));
  if (accepted == 0 &&
      refusals.size() < refusals.capacity()) {  // never allocates: nothing may be thrown through OpenSSL
    refusals.push_back({X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context)});
  }
  // An error left behind is taken for the reason why no root was found, and hides that one.
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

/// One run of X509_verify_cert and what it left. The chain is the one that OpenSSL built, leaf first.
struct Verification {
  Context context;
  Refusals refusals;
  const STACK_OF(X509) * chain() const { return context ? X509_STORE_CTX_get0_chain(context.get()) : nullptr; }
};

/// Whether a chain with this error does not lead from the leaf to a trusted root at all.
bool breaks_chain(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_PATH_LOOP:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNSPECIFIED:
      return true;
    default:
      return false;
  }
}

bool reaches_root(const Refusals& refusals) {
  return std::none_of(refusals.begin(), refusals.end(), [](const Refusal& r) { return breaks_chain(r.error); });
}

/// `at` absent: without regard to dates.
Verification verify(X509_STORE* store, const STACK_OF(X509) & sent, std::optional<WallTime> at) {
  Verification run{Context(X509_STORE_CTX_new()), {}};
  run.refusals.reserve(kMaxErrors);
  // X509_STORE_CTX only reads the stack.
  auto* untrusted = const_cast<STACK_OF(X509)*>(&sent);
  if (!run.context || X509_STORE_CTX_init(run.context.get(), store, sk_X509_value(&sent, 0), untrusted) != 1) {
    run.refusals.push_back({X509_V_ERR_UNSPECIFIED, 0});
    return run;
  }
  X509_STORE_CTX_set_default(run.context.get(), "ssl_server");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(run.context.get());
  X509_VERIFY_PARAM_set_auth_level(param, kAuthLevel);
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(formats::kMaxChain));
  // A set time wins over NO_CHECK_TIME, so only one of them is set.
  if (at) {
    X509_VERIFY_PARAM_set_time(param, std::chrono::system_clock::to_time_t(*at));
  } else {
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
  }
  X509_STORE_CTX_set_app_data(run.context.get(), &run.refusals);
  X509_STORE_CTX_set_verify_cb(run.context.get(), keep_going);
  // With keep_going, only what OpenSSL cannot process at all fails here.
  if (X509_verify_cert(run.context.get()) != 1) run.refusals.push_back({X509_V_ERR_UNSPECIFIED, 0});
  X509_STORE_CTX_set_app_data(run.context.get(), nullptr);  // run may move
  ERR_clear_error();
  return run;
}

std::string date_text(WallTime at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

std::string name_text(const formats::CertificateFacts& facts) {
  return facts.subject.empty() ? "serial " + facts.serial : facts.subject;
}

Reason reason_of(const Refusal& refusal, X509* leaf) {
  switch (refusal.error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return refusal.depth == 0 ? Reason::CertExpired : Reason::CertChainExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return refusal.depth == 0 ? Reason::CertNotYetValid : Reason::CertChainExpired;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      // OpenSSL says so of every leaf whose issuer and subject are the same name; the signature tells.
      return X509_self_signed(leaf, 1) == 1 ? Reason::CertSelfSigned : Reason::CertUntrusted;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return Reason::CertUntrusted;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Reason::CertWeak;
    case X509_V_ERR_INVALID_PURPOSE:
      return Reason::CertPurpose;
    default:
      return Reason::CertInvalid;
  }
}

std::string detail_of(const Refusal& refusal, const STACK_OF(X509) * chain) {
  std::string detail = X509_verify_cert_error_string(refusal.error);
  const X509* certificate = chain == nullptr ? nullptr : sk_X509_value(chain, refusal.depth);
  if (certificate == nullptr) return detail;
  const auto facts = formats::read_certificate(*certificate);
  detail += ": " + name_text(facts);
  if (refusal.error == X509_V_ERR_CERT_HAS_EXPIRED) return detail + " ended " + date_text(facts.not_after);
  if (refusal.error == X509_V_ERR_CERT_NOT_YET_VALID) return detail + " begins " + date_text(facts.not_before);
  return detail + ", issued by " + facts.issuer;
}

/// A certificate that is no CA at all also fails the purpose of a CA: one fault, not two.
bool is_echo(const Refusal& refusal, const Refusals& all) {
  return refusal.error == X509_V_ERR_INVALID_PURPOSE && std::any_of(all.begin(), all.end(), [&](const Refusal& other) {
           return other.error == X509_V_ERR_INVALID_CA && other.depth == refusal.depth;
         });
}

std::optional<Fault> name_fault(X509* leaf, std::string_view host, const formats::CertificateFacts& facts) {
  // RFC 8461 §3.3, §4.2: a DNS-ID (SAN dNSName) names the host; the wildcard is one whole label, the leftmost.
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  // To OpenSSL an empty name is no question and a leading dot asks for any name below.
  const bool is_name = !host.empty() && host.front() != '.';
  if (is_name && X509_check_host(leaf, host.data(), host.size(), kFlags, nullptr) == 1) return std::nullopt;
  std::string detail(host);
  if (facts.dns_names.empty()) return Fault{Reason::CertNameMismatch, detail + ": the certificate has no DNS name"};
  detail += " is none of";
  const auto shown = std::min(facts.dns_names.size(), kMaxNamesInDetail);
  for (std::size_t i = 0; i < shown; ++i) detail += (i == 0 ? " " : ", ") + facts.dns_names[i];
  if (shown < facts.dns_names.size()) detail += ", ...";
  return Fault{Reason::CertNameMismatch, std::move(detail)};
}

/// By rank, the first of each reason: Reason's order is that of contract/metrics.md.
std::vector<Fault> ranked(std::vector<Fault> faults) {
  std::stable_sort(faults.begin(), faults.end(), [](const auto& a, const auto& b) { return a.reason < b.reason; });
  const auto same = [](const auto& a, const auto& b) { return a.reason == b.reason; };
  faults.erase(std::unique(faults.begin(), faults.end(), same), faults.end());
  // cert_chain_expired says that the leaf is in date.
  const auto has = [&](Reason reason) {
    return std::any_of(faults.begin(), faults.end(), [&](const auto& fault) { return fault.reason == reason; });
  };
  if (has(Reason::CertExpired) || has(Reason::CertNotYetValid)) {
    std::erase_if(faults, [](const auto& fault) { return fault.reason == Reason::CertChainExpired; });
  }
  return faults;
}

/// From when to when all certificates of a chain are in date.
KnownChains::Dates dates_of(const STACK_OF(X509) & chain) {
  KnownChains::Dates dates{WallTime::min(), WallTime::max()};
  for (int i = 0; i < sk_X509_num(&chain); ++i) {
    const X509* certificate = sk_X509_value(&chain, i);
    dates.from = std::max(dates.from, formats::read_time(*X509_get0_notBefore(certificate)));
    dates.until = std::min(dates.until, formats::read_time(*X509_get0_notAfter(certificate)));
  }
  return dates;
}

}  // namespace

void Trust::StoreFree::operator()(X509_STORE* store) const { X509_STORE_free(store); }

Result<std::shared_ptr<const Trust>> Trust::load(const std::string& ca_file) {
  ERR_clear_error();
  const Bio file(BIO_new_file(ca_file.c_str(), "r"));
  if (!file) return fail("cannot read the CA bundle " + ca_file + ": " + openssl_error());
  const Infos infos(PEM_X509_INFO_read_bio(file.get(), nullptr, no_password, nullptr));
  if (!infos) return fail("the CA bundle " + ca_file + " is no PEM: " + openssl_error());
  std::unique_ptr<X509_STORE, StoreFree> store(X509_STORE_new());
  if (!store) return fail("no memory for the CA bundle " + ca_file);
  int certificates = 0;
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
    X509* certificate = sk_X509_INFO_value(infos.get(), i)->x509;
    if (certificate == nullptr) continue;
    if (X509_STORE_add_cert(store.get(), certificate) != 1) {
      return fail("certificate " + std::to_string(certificates + 1) + " of the CA bundle " + ca_file +
                  " cannot be used: " + openssl_error());
    }
    ++certificates;
  }
  if (certificates == 0) return fail("the CA bundle " + ca_file + " has no certificate");
  return std::shared_ptr<const Trust>(new Trust(std::move(store)));
}

Shared<formats::ChainFacts> Trust::judge(const STACK_OF(X509) & sent, std::string_view host, WallTime now) const {
  const auto digest = KnownChains::digest(sent, host);
  if (auto known = known_.find(digest, now)) return known;
  auto [facts, dates] = verify_anew(sent, host, now);
  const bool accepted = facts.faults.empty() && dates;
  Shared<formats::ChainFacts> judged(std::move(facts));
  if (accepted) known_.accepted(digest, judged, {dates->from, std::min(dates->until, now + kKnownFor)});
  return judged;
}

Trust::Judgement Trust::verify_anew(const STACK_OF(X509) & sent, std::string_view host, WallTime now) const {
  Judgement judgement;
  formats::ChainFacts& facts = judgement.facts;
  if (sk_X509_num(&sent) < 1) {
    facts.faults.push_back({Reason::CertInvalid, "no certificate"});
    return judgement;
  }
  const int kept = std::min(sk_X509_num(&sent), static_cast<int>(formats::kMaxChain));
  for (int i = 0; i < kept; ++i) facts.sent.push_back(known_.certificate(*sk_X509_value(&sent, i)));

  X509* leaf = sk_X509_value(&sent, 0);
  const auto run = verify(store_.get(), sent, now);
  for (const Refusal& refusal : run.refusals) {
    if (is_echo(refusal, run.refusals)) continue;
    facts.faults.push_back({reason_of(refusal, leaf), detail_of(refusal, run.chain())});
  }
  if (auto fault = name_fault(leaf, host, *facts.sent.front())) facts.faults.push_back(std::move(*fault));
  facts.faults = ranked(std::move(facts.faults));

  // An issuer out of date does not keep the first run from a root, but the choice among issuers by date may.
  if (reaches_root(run.refusals)) {
    judgement.dates = dates_of(*run.chain());
  } else if (const auto dateless = verify(store_.get(), sent, std::nullopt); reaches_root(dateless.refusals)) {
    judgement.dates = dates_of(*dateless.chain());
  }
  if (judgement.dates) facts.chain_not_after = judgement.dates->until;
  return judgement;
}

}  // namespace mta_sts::net
