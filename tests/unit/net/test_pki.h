#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/net/trust.h"

namespace mta_sts::net::test {

enum class KeyKind { Ec256, Rsa2048, Rsa1024 };
enum class Digest { Sha256, Sha1 };

/// The moment at which tests judge: judge at kNow, or give a FakeClock(kNow) to what judges.
inline const WallTime kNow = WallTime(std::chrono::seconds(1'750'000'000));
inline constexpr std::chrono::hours kDay{24};

/// What a certificate says. Defaults: a leaf for TLS servers, in date for 30 days before and 60 days after kNow.
struct CertificateSpec {
  std::string common_name = "leaf";  ///< "": an empty subject
  std::vector<std::string> dns_names = {};
  std::string other_names = {};  ///< OpenSSL's syntax ("IP:192.0.2.1,URI:spiffe://a"); "": none
  WallTime not_before = kNow - 30 * kDay;
  WallTime not_after = kNow + 60 * kDay;
  std::string basic_constraints = {};  ///< OpenSSL's syntax ("critical,CA:TRUE"); "": none
  std::string key_usage = {};          ///< OpenSSL's syntax; "": none
  std::string extended_key_usage = "serverAuth";
  KeyKind key = KeyKind::Ec256;
  Digest digest = Digest::Sha256;
  bool key_identifiers = true;        ///< subjectKeyIdentifier and, if issued, authorityKeyIdentifier
  std::string name_constraints = {};  ///< OpenSSL's syntax ("critical,permitted;DNS:example.org")
};

/// A CA's spec: ten years of life, basicConstraints CA, keyCertSign.
CertificateSpec ca_spec(std::string common_name);

/// A certificate and its private key, made in memory. A value: copies share both.
struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

Identity self_signed(const CertificateSpec& spec);
Identity issued_by(const Identity& issuer, const CertificateSpec& spec);
/// Another certificate for the key of `subject`: renewals and cross-signed CAs.
Identity reissued_by(const Identity& issuer, const Identity& subject, const CertificateSpec& spec);

/// What a TLS server is given: the chain as it sends it, leaf first, and the leaf's key.
struct Served {
  std::vector<std::shared_ptr<X509>> chain;
  std::shared_ptr<EVP_PKEY> key;
};
Served serve(const Identity& leaf, const std::vector<Identity>& issuers = {});

/// Puts chain and key into a server's context, of whatever strength (its security level is set to 0).
void use(SSL_CTX* server, const Served& served);

std::string to_pem(const X509& certificate);
/// `passphrase` "": not encrypted.
std::string to_pem(const EVP_PKEY& key, const std::string& passphrase = "");

/// A file that is gone with its object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Trust in these roots alone.
std::shared_ptr<const Trust> trust_in(const std::vector<Identity>& roots);

/// A root that trust() trusts, an intermediate below it, and one server of each kind that the contract tells apart.
/// All of them carry `host` unless their name says otherwise.
class TestPki {
 public:
  TestPki();

  std::shared_ptr<const Trust> trust() const { return trust_; }
  const Identity& root() const { return root_; }
  const Identity& intermediate() const { return intermediate_; }
  const Identity& unknown_root() const { return unknown_root_; }

  Served good(const std::string& host) const;                  ///< no fault; leaf ends first
  Served expired(const std::string& host) const;               ///< cert_expired
  Served not_yet_valid(const std::string& host) const;         ///< cert_not_yet_valid
  Served self_signed(const std::string& host) const;           ///< cert_self_signed
  Served unknown_ca(const std::string& host) const;            ///< cert_untrusted; the unknown root is sent along
  Served unknown_ca_unsent(const std::string& host) const;     ///< cert_untrusted
  Served missing_intermediate(const std::string& host) const;  ///< cert_untrusted
  Served expired_intermediate(const std::string& host) const;  ///< cert_chain_expired
  Served weak_key(const std::string& host) const;              ///< cert_weak: RSA 1024
  Served weak_digest(const std::string& host) const;           ///< cert_weak: SHA-1
  Served client_only(const std::string& host) const;           ///< cert_purpose
  Served wrong_name() const;                                   ///< cert_name_mismatch: other.example
  Served wildcard(const std::string& parent) const;            ///< "*.<parent>"
  Served cn_only(const std::string& host) const;               ///< cert_name_mismatch: no SAN

 private:
  Identity root_;
  Identity intermediate_;
  Identity unknown_root_;
  std::shared_ptr<const Trust> trust_;
};

}  // namespace mta_sts::net::test
