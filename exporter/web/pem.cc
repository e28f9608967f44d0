#include "exporter/web/pem.h"

#include <string>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace mta_sts::web {
namespace {

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

Bio reading(std::string_view text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

/// Without it OpenSSL asks at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

/// Whether the text ended before the next block. Empties OpenSSL's error queue.
bool at_the_end() {
  const bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return end;
}

}  // namespace

Result<std::vector<Certificate>> certificates_in(std::string_view pem) {
  const Bio bio = reading(pem);
  std::vector<Certificate> found;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    found.emplace_back(certificate, X509_free);
  }
  if (!at_the_end()) return fail("holds a broken certificate (number " + std::to_string(found.size() + 1) + ")");
  if (found.empty()) return fail("holds no certificate");
  return found;
}

Result<PrivateKey> private_key_in(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) return fail("holds no private key");
  const Bio bio = reading(pem);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (key) return key;
  const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
  return fail(encrypted ? "holds a private key with a passphrase" : "holds a broken private key");
}

}  // namespace mta_sts::web
