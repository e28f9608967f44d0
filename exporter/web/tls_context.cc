#include "exporter/web/tls_context.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "exporter/base/ip.h"
#include "exporter/web/tls_names.h"

namespace mta_sts::web {
namespace {

constexpr int kSecurityLevel = 2;  ///< of OpenSSL: no RSA key under 2048 bits

/// The newest entry of OpenSSL's error queue, which is emptied.
tl::unexpected<Error> refused(std::string_view what) {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return fail(std::string(what) + (reason == nullptr ? "" : std::string(": ") + reason));
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto name : names) text.append(text.empty() ? "" : ":").append(name);
  return text;
}

std::vector<std::string_view> default_suites() {
  std::vector<std::string_view> names;
  for (const auto& [go, openssl] : kCipherSuites) names.push_back(openssl);
  return names;
}

int number(TlsVersion version) { return version == TlsVersion::Tls12 ? TLS1_2_VERSION : TLS1_3_VERSION; }

std::string octets_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// "" for an address of another length than IPv4's or IPv6's.
std::string address_text(const std::string& octets) {
  if (octets.size() == 4) {
    boost::asio::ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(), octets.data(), bytes.size());
    return to_text(boost::asio::ip::address_v4(bytes));
  }
  if (octets.size() == 16) {
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), octets.data(), bytes.size());
    return to_text(boost::asio::ip::address_v6(bytes));
  }
  return {};
}

bool has_allowed_name(const X509& certificate, const std::vector<std::string>& allowed) {
  const auto names = alternative_names(certificate);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
  });
}

}  // namespace

std::vector<std::string> alternative_names(const X509& certificate) {
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  std::vector<std::string> texts;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const auto* const value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type == GEN_DNS || type == GEN_EMAIL || type == GEN_URI) texts.push_back(octets_of(value));
    if (type == GEN_IPADD) texts.push_back(address_text(octets_of(value)));
  }
  return texts;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make(TlsServerSettings settings) {
  std::shared_ptr<TlsContext> made(new TlsContext(std::move(settings)));
  ERR_clear_error();
  if (auto prepared = made->prepare(); !prepared) return tl::unexpected(prepared.error());
  return made;
}

TlsContext::TlsContext(TlsServerSettings settings)
    : settings_(std::move(settings)), context_(boost::asio::ssl::context::tls_server) {}

Result<void> TlsContext::prepare() {
  SSL_CTX* const context = context_.native_handle();
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  if (settings_.preference == Preference::Server) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_security_level(context, std::max(kSecurityLevel, SSL_CTX_get_security_level(context)));
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  if (SSL_CTX_set_min_proto_version(context, number(settings_.min_version)) != 1 ||
      SSL_CTX_set_max_proto_version(context, number(settings_.max_version)) != 1) {
    return refused("the TLS versions are refused");
  }
  const auto suites = joined(settings_.cipher_suites.empty() ? default_suites() : settings_.cipher_suites);
  if (SSL_CTX_set_cipher_list(context, suites.c_str()) != 1) return refused("the cipher suites are refused");
  if (!settings_.curves.empty() && SSL_CTX_set1_groups_list(context, joined(settings_.curves).c_str()) != 1) {
    return refused("the curves are refused");
  }
  if (auto presented = present_certificate(); !presented) return presented;
  return ask_for_certificates();
}

Result<void> TlsContext::present_certificate() {
  SSL_CTX* const context = context_.native_handle();
  if (SSL_CTX_use_certificate(context, settings_.chain.front().get()) != 1)
    return refused("the certificate is refused");
  for (std::size_t i = 1; i < settings_.chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, settings_.chain[i].get()) != 1) {
      return refused("certificate " + std::to_string(i + 1) + " of the chain is refused");
    }
  }
  if (SSL_CTX_use_PrivateKey(context, settings_.key.get()) != 1) return refused("the private key is refused");
  // Of another kind than the certificate it would have been taken, and no handshake would come to its end.
  if (SSL_CTX_check_private_key(context) != 1) return refused("the private key is of another certificate");
  return {};
}

Result<void> TlsContext::ask_for_certificates() {
  SSL_CTX* const context = context_.native_handle();
  if (settings_.client_auth == ClientAuth::None) return {};
  const bool required =
      settings_.client_auth == ClientAuth::RequireAny || settings_.client_auth == ClientAuth::RequireAndVerify;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, this);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // As in Go, whatever stands in the file is trusted, be it a root or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& authority : settings_.client_cas) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 || SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return refused("a client CA is refused");
    }
  }
  return {};
}

/// OpenSSL has the client prove its key in any case; this judges the certificate.
int TlsContext::verify(X509_STORE_CTX* peer, void* self) {
  const auto& settings = static_cast<const TlsContext*>(self)->settings_;
  const bool judged =
      settings.client_auth == ClientAuth::VerifyIfGiven || settings.client_auth == ClientAuth::RequireAndVerify;
  if (judged && X509_verify_cert(peer) != 1) return 0;
  const X509* const leaf = X509_STORE_CTX_get0_cert(peer);
  if (!settings.client_allowed_sans.empty() && !has_allowed_name(*leaf, settings.client_allowed_sans)) {
    X509_STORE_CTX_set_error(peer, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }
  return 1;
}

}  // namespace mta_sts::web
