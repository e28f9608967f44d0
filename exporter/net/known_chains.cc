#include "exporter/net/known_chains.h"

#include <algorithm>
#include <functional>
#include <new>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "exporter/formats/certificate_facts.h"

namespace mta_sts::net {
namespace {

using Digest = KnownChains::Digest;

Digest digest_of(const X509& certificate) {
  Digest digest{};
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) throw std::bad_alloc();
  return digest;
}

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

/// Every certificate has the same length in it, so that no two chains and names are one text.
Digest KnownChains::digest(const STACK_OF(X509) & sent, std::string_view host) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (int i = 0; good && i < sk_X509_num(&sent); ++i) {
    const Digest certificate = digest_of(*sk_X509_value(&sent, i));
    good = EVP_DigestUpdate(context.get(), certificate.data(), certificate.size()) == 1;
  }
  const Digest end{};  // no certificate has this digest
  Digest digest{};
  good = good && EVP_DigestUpdate(context.get(), end.data(), end.size()) == 1 &&
         EVP_DigestUpdate(context.get(), host.data(), host.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  if (!good) throw std::bad_alloc();
  return digest;
}

Shared<formats::CertificateFacts> KnownChains::certificate(const X509& certificate) {
  const std::string fingerprint = formats::fingerprint_sha256(certificate);
  if (fingerprint.empty()) throw std::bad_alloc();
  const std::size_t hash = std::hash<std::string>()(fingerprint);
  const auto find = [&](const Known& known) -> std::shared_ptr<const formats::CertificateFacts> {
    const auto [first, last] = known.certificates.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      const auto facts = at->second.lock();
      if (facts && facts->fingerprint_sha256 == fingerprint) return facts;
    }
    return nullptr;
  };
  if (auto facts = known_.with(find)) return facts;
  const auto read = std::make_shared<const formats::CertificateFacts>(formats::read_certificate(certificate));
  return known_.with([&](Known& known) -> Shared<formats::CertificateFacts> {
    // Another thread may have read it meanwhile.
    if (auto facts = find(known)) return facts;
    sweep(known);
    // In the place of one that nobody keeps any more, if it has one.
    const auto [first, last] = known.certificates.equal_range(hash);
    const auto free = std::find_if(first, last, [](const auto& entry) { return entry.second.expired(); });
    if (free != last) {
      free->second = read;
    } else {
      known.certificates.emplace(hash, read);
    }
    return read;
  });
}

Shared<formats::ChainFacts> KnownChains::find(const Digest& chain, WallTime now) const {
  return known_.with([&](const Known& known) -> Shared<formats::ChainFacts> {
    const auto found = known.chains.find(chain);
    if (found == known.chains.end()) return std::nullopt;
    const auto& [facts, dates] = found->second;
    return now >= dates.from && now < dates.until ? facts.lock() : nullptr;
  });
}

void KnownChains::accepted(const Digest& chain, const Shared<formats::ChainFacts>& facts, Dates dates) {
  known_.with([&](Known& known) {
    sweep(known);
    known.chains.insert_or_assign(chain, Accepted{facts.pointer(), dates});
  });
}

void KnownChains::sweep(Known& known) {
  if (known.certificates.size() + known.chains.size() < known.sweep_at) return;
  std::erase_if(known.certificates, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(known.chains, [](const auto& entry) { return entry.second.facts.expired(); });
  known.sweep_at = std::max(kFirstSweep, 2 * (known.certificates.size() + known.chains.size()));
}

}  // namespace mta_sts::net
