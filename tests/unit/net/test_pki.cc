#include "test_pki.h"

#include <stdexcept>
#include <stdlib.h>
#include <unistd.h>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace mta_sts::net::test {

namespace {

template <typename T>
T* must(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL could not make a test certificate");
  return made;
}
void must(long done) {
  if (done <= 0) throw std::runtime_error("OpenSSL could not make a test certificate");
}

std::shared_ptr<EVP_PKEY> make_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::Ec256:
      return {must(EVP_EC_gen("P-256")), EVP_PKEY_free};
    case KeyKind::Rsa2048:
      return {must(EVP_RSA_gen(2048)), EVP_PKEY_free};
    case KeyKind::Rsa1024:
      return {must(EVP_RSA_gen(1024)), EVP_PKEY_free};
  }
  return nullptr;
}

void set_time(const ASN1_TIME* field, WallTime at) {
  must(ASN1_TIME_set(const_cast<ASN1_TIME*>(field), std::chrono::system_clock::to_time_t(at)));
}

void set_name(X509_NAME* name, const std::string& common_name) {
  if (common_name.empty()) return;
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, -1, -1, 0));
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  const std::shared_ptr<X509_EXTENSION> extension(must(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())),
                                                  X509_EXTENSION_free);
  must(X509_add_ext(certificate, extension.get(), -1));
}

std::string san_of(const CertificateSpec& spec) {
  std::string san = spec.other_names;
  for (const auto& name : spec.dns_names) san += (san.empty() ? "DNS:" : ",DNS:") + name;
  return san;
}

std::string written_to(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

void set_random_serial(X509* certificate) {
  unsigned char octets[8];
  must(RAND_bytes(octets, sizeof octets));
  std::uint64_t serial = 0;
  for (const unsigned char octet : octets) serial = serial << 8 | octet;
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1));
}

/// `issuer` null: self-signed.
Identity make(const Identity* issuer, std::shared_ptr<EVP_PKEY> key, const CertificateSpec& spec) {
  Identity made{{must(X509_new()), X509_free}, std::move(key)};
  X509* certificate = made.certificate.get();
  X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  must(X509_set_version(certificate, X509_VERSION_3));
  set_random_serial(certificate);
  set_time(X509_get0_notBefore(certificate), spec.not_before);
  set_time(X509_get0_notAfter(certificate), spec.not_after);
  set_name(X509_get_subject_name(certificate), spec.common_name);
  must(X509_set_issuer_name(certificate, X509_get_subject_name(signer)));
  must(X509_set_pubkey(certificate, made.key.get()));
  add_extension(certificate, signer, NID_basic_constraints, spec.basic_constraints);
  add_extension(certificate, signer, NID_key_usage, spec.key_usage);
  add_extension(certificate, signer, NID_ext_key_usage, spec.extended_key_usage);
  add_extension(certificate, signer, NID_name_constraints, spec.name_constraints);
  add_extension(certificate, signer, NID_subject_alt_name, san_of(spec));
  if (spec.key_identifiers) add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  if (spec.key_identifiers && issuer != nullptr)
    add_extension(certificate, signer, NID_authority_key_identifier, "keyid:always");
  EVP_PKEY* signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
  must(X509_sign(certificate, signing_key, spec.digest == Digest::Sha1 ? EVP_sha1() : EVP_sha256()));
  return made;
}

CertificateSpec leaf_spec(const std::string& host) {
  CertificateSpec spec;
  spec.common_name = host;
  spec.dns_names = {host};
  return spec;
}

}  // namespace

CertificateSpec ca_spec(std::string common_name) {
  CertificateSpec spec;
  spec.common_name = std::move(common_name);
  spec.not_before = kNow - 3650 * kDay / 2;
  spec.not_after = kNow + 3650 * kDay / 2;
  spec.basic_constraints = "critical,CA:TRUE";
  spec.key_usage = "critical,keyCertSign,cRLSign";
  spec.extended_key_usage = "";
  return spec;
}

Identity self_signed(const CertificateSpec& spec) { return make(nullptr, make_key(spec.key), spec); }
Identity issued_by(const Identity& issuer, const CertificateSpec& spec) {
  return make(&issuer, make_key(spec.key), spec);
}
Identity reissued_by(const Identity& issuer, const Identity& subject, const CertificateSpec& spec) {
  return make(&issuer, subject.key, spec);
}

Served serve(const Identity& leaf, const std::vector<Identity>& issuers) {
  Served served{{leaf.certificate}, leaf.key};
  for (const auto& issuer : issuers) served.chain.push_back(issuer.certificate);
  return served;
}

void use(SSL_CTX* server, const Served& served) {
  SSL_CTX_set_security_level(server, 0);
  must(SSL_CTX_use_certificate(server, served.chain.front().get()));
  must(SSL_CTX_use_PrivateKey(server, served.key.get()));
  SSL_CTX_set_mode(server, SSL_MODE_NO_AUTO_CHAIN);
  for (std::size_t i = 1; i < served.chain.size(); ++i) must(SSL_CTX_add1_chain_cert(server, served.chain[i].get()));
}

std::string to_pem(const X509& certificate) {
  const std::shared_ptr<BIO> out(must(BIO_new(BIO_s_mem())), BIO_free);
  must(PEM_write_bio_X509(out.get(), &certificate));
  return written_to(out.get());
}

std::string to_pem(const EVP_PKEY& key, const std::string& passphrase) {
  const std::shared_ptr<BIO> out(must(BIO_new(BIO_s_mem())), BIO_free);
  const auto* const secret = reinterpret_cast<const unsigned char*>(passphrase.data());
  must(PEM_write_bio_PrivateKey(out.get(), &key, passphrase.empty() ? nullptr : EVP_aes_128_cbc(), secret,
                                static_cast<int>(passphrase.size()), nullptr, nullptr));
  return written_to(out.get());
}

TemporaryFile::TemporaryFile(const std::string& content) : path_("/tmp/mta_sts_exporter_test_XXXXXX") {
  const int file = mkstemp(path_.data());
  const bool written = file >= 0 && write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (file >= 0) close(file);
  if (!written) throw std::runtime_error("cannot write " + path_);
}
TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

std::shared_ptr<const Trust> trust_in(const std::vector<Identity>& roots) {
  std::string bundle;
  for (const auto& root : roots) bundle += to_pem(*root.certificate);
  const TemporaryFile file(bundle);
  return Trust::load(file.path()).value();
}

TestPki::TestPki()
    : root_(test::self_signed(ca_spec("Test Root"))),
      intermediate_(issued_by(root_, ca_spec("Test Intermediate"))),
      unknown_root_(test::self_signed(ca_spec("Unknown Root"))),
      trust_(trust_in({root_})) {}

Served TestPki::good(const std::string& host) const {
  return serve(issued_by(intermediate_, leaf_spec(host)), {intermediate_});
}

Served TestPki::expired(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.not_after = kNow - kDay;
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

Served TestPki::not_yet_valid(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.not_before = kNow + kDay;
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

Served TestPki::self_signed(const std::string& host) const { return serve(test::self_signed(leaf_spec(host))); }

Served TestPki::unknown_ca(const std::string& host) const {
  return serve(issued_by(unknown_root_, leaf_spec(host)), {unknown_root_});
}

Served TestPki::unknown_ca_unsent(const std::string& host) const {
  return serve(issued_by(unknown_root_, leaf_spec(host)));
}

Served TestPki::missing_intermediate(const std::string& host) const {
  return serve(issued_by(intermediate_, leaf_spec(host)));
}

Served TestPki::expired_intermediate(const std::string& host) const {
  auto spec = ca_spec("Expired Intermediate");
  spec.not_after = kNow - kDay;
  const auto expired = issued_by(root_, spec);
  return serve(issued_by(expired, leaf_spec(host)), {expired});
}

Served TestPki::weak_key(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.key = KeyKind::Rsa1024;
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

Served TestPki::weak_digest(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.digest = Digest::Sha1;
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

Served TestPki::client_only(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.extended_key_usage = "clientAuth";
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

Served TestPki::wrong_name() const { return good("other.example"); }

Served TestPki::wildcard(const std::string& parent) const { return good("*." + parent); }

Served TestPki::cn_only(const std::string& host) const {
  auto spec = leaf_spec(host);
  spec.dns_names.clear();
  return serve(issued_by(intermediate_, spec), {intermediate_});
}

}  // namespace mta_sts::net::test
