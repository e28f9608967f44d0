#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "exporter/base/result.h"
#include "exporter/web/pem.h"

namespace mta_sts::web {

/// Go's crypto/tls.ClientAuthType.
/// From the weakest to the strictest.
enum class ClientAuth {
  None,
  Request,           ///< asked for; none and any will do
  RequireAny,        ///< any will do, whoever issued it
  VerifyIfGiven,     ///< none will do, one that is given must be issued by client_cas
  RequireAndVerify,  ///< must be there and be issued by client_cas
};

enum class TlsVersion { Tls12, Tls13 };
enum class Preference { Client, Server };

/// What tls_server_config says, files and names resolved.
struct TlsServerSettings {
  std::vector<Certificate> chain;  ///< leaf first; never empty
  PrivateKey key;
  ClientAuth client_auth = ClientAuth::None;
  std::vector<Certificate> client_cas;
  std::vector<std::string> client_allowed_sans;  ///< empty: any; addresses in canonical text
  TlsVersion min_version = TlsVersion::Tls12;
  TlsVersion max_version = TlsVersion::Tls13;
  std::vector<std::string_view> cipher_suites;  ///< OpenSSL's names, up to TLS 1.2; empty: kCipherSuites
  std::vector<std::string_view> curves;         ///< OpenSSL's names; empty: OpenSSL's default
  Preference preference = Preference::Server;
};

/// The server side of TLS, made once from its settings and never changed: a renewed certificate gives a new one. Every
/// connection holds the one it began with. No resumption: each connection proves its certificate anew.
class TlsContext {
 public:
  /// The error is OpenSSL's word for what does not fit together (a key of another certificate, one too weak).
  static Result<std::shared_ptr<TlsContext>> make(TlsServerSettings settings);

  boost::asio::ssl::context& context() { return context_; }
  ClientAuth client_auth() const { return settings_.client_auth; }

 private:
  explicit TlsContext(TlsServerSettings settings);
  Result<void> prepare();
  Result<void> present_certificate();
  Result<void> ask_for_certificates();
  static int verify(X509_STORE_CTX* peer, void* self);

  TlsServerSettings settings_;
  boost::asio::ssl::context context_;
};

/// DNS names, mail addresses, IP addresses in canonical text and URIs of the subject alternative names.
std::vector<std::string> alternative_names(const X509& certificate);

}  // namespace mta_sts::web
