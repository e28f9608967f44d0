#include "exporter/net/tls_observer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "exporter/base/ascii.h"

namespace mta_sts::net {

namespace {

struct ChainFree {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};

struct Alert {
  int description = 0;
  const char* cause = nullptr;  ///< OpenSSL's reason for an alert of ours; static text
};

}  // namespace

/// Written by OpenSSL's callbacks, which allocate through OpenSSL only and never throw.
struct TlsObserver::Seen {
  SSL_CTX* context = nullptr;  ///< held while attached, to be detached from
  std::unique_ptr<STACK_OF(X509), ChainFree> chain;
  bool started = false;
  bool version_refused = false;
  std::optional<Alert> sent;
  std::optional<Alert> received;
  const char* version = "";
  const char* cipher = "";
  std::array<char, 64> group{};  ///< a copy: the name is the context's own
};

namespace {

using Seen = TlsObserver::Seen;

int connection_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Null on a connection that nobody observes.
Seen* seen_of(const SSL* connection) {
  if (void* seen = SSL_get_ex_data(connection, connection_index())) return static_cast<Seen*>(seen);
  return static_cast<Seen*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), context_index()));
}

int keep_chain(X509_STORE_CTX* context, void*) {
  const auto* connection =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Seen* seen = connection == nullptr ? nullptr : seen_of(connection);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  if (seen != nullptr && sk_X509_num(sent) > 0) seen->chain.reset(X509_chain_up_ref(sent));
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

/// Alerts that do not end a handshake: not what a failure is due to.
bool is_benign(int description, int level) {
  return description == SSL_AD_CLOSE_NOTIFY || description == SSL_AD_USER_CANCELLED ||
         (level == SSL3_AL_WARNING &&
          (description == SSL_AD_UNRECOGNIZED_NAME || description == SSL_AD_NO_RENEGOTIATION));
}

void on_alert(Seen& seen, bool ours, int level, int description) {
  if (is_benign(description, level)) return;
  if (!ours) {
    seen.received = Alert{description, nullptr};
    seen.version_refused = seen.version_refused || description == SSL_AD_PROTOCOL_VERSION;
    return;
  }
  const unsigned long error = ERR_peek_last_error();
  seen.sent = Alert{description, ERR_reason_error_string(error)};
  // OpenSSL answers garbage in the middle of a handshake with the same alert: that is no version of the peer's choice.
  const bool garbage = ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER;
  if (description == SSL_AD_PROTOCOL_VERSION && !garbage) seen.version_refused = true;
}

void on_message(int write, int, int type, const void* octets, std::size_t size, SSL* connection, void*) {
  Seen* seen = seen_of(connection);
  if (seen == nullptr) return;
  if (type == SSL3_RT_HANDSHAKE && write == 1) seen->started = true;
  if (type == SSL3_RT_ALERT && size == 2) {
    const auto* alert = static_cast<const unsigned char*>(octets);
    on_alert(*seen, write == 1, alert[0], alert[1]);
  }
}

void on_info(const SSL* connection, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_DONE) == 0) return;
  Seen* seen = seen_of(connection);
  if (seen == nullptr || *seen->version != '\0') return;
  seen->version = SSL_get_version(connection);
  if (const char* cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(connection))) seen->cipher = cipher;
  auto* asked = const_cast<SSL*>(connection);  // OpenSSL's getters for groups are not const
  const auto group = static_cast<int>(SSL_get_negotiated_group(asked));
  if (const char* name = group == 0 ? nullptr : SSL_group_to_name(asked, group)) {
    std::snprintf(seen->group.data(), seen->group.size(), "%s", name);
  }
}

/// The IANA name: OpenSSL writes "handshake failure".
std::string alert_name(int description) {
  std::string name = ascii::to_lower(SSL_alert_desc_string_long(description));
  std::replace(name.begin(), name.end(), ' ', '_');
  return name == "unknown" ? std::to_string(description) : name;
}

}  // namespace

void TlsObserver::prepare(SSL_CTX* context) {
  SSL_CTX_set_cert_verify_callback(context, keep_chain, nullptr);
  SSL_CTX_set_msg_callback(context, on_message);
  SSL_CTX_set_info_callback(context, on_info);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A resumed session brings no certificate.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // With a higher level we do not offer SHA-1, and servers with such a certificate refuse the handshake: we would see
  // tls_handshake and no certificate, where cert_weak is the fault.
  SSL_CTX_set_security_level(context, 0);
}

TlsObserver::TlsObserver() : seen_(std::make_unique<Seen>()) {}
TlsObserver::~TlsObserver() { detach(); }

void TlsObserver::attach(SSL* connection) { SSL_set_ex_data(connection, connection_index(), seen_.get()); }

void TlsObserver::attach(SSL_CTX* context) {
  detach();
  // libcurl may still send a close_notify on a connection whose transfer is gone.
  SSL_CTX_up_ref(context);
  seen_->context = context;
  SSL_CTX_set_ex_data(context, context_index(), seen_.get());
}

void TlsObserver::detach() {
  if (seen_->context == nullptr) return;
  SSL_CTX_set_ex_data(seen_->context, context_index(), nullptr);
  SSL_CTX_free(seen_->context);
  seen_->context = nullptr;
}

formats::TlsFacts TlsObserver::facts(const Trust& trust, std::string_view host, WallTime now) const {
  formats::TlsFacts facts{seen_->version, seen_->cipher, seen_->group.data(), std::nullopt};
  if (seen_->chain) facts.chain = trust.judge(*seen_->chain, host, now);
  return facts;
}

Fault TlsObserver::handshake_fault(std::string error) const {
  std::string detail;
  if (seen_->received) detail = "received alert " + alert_name(seen_->received->description);
  if (seen_->sent) {
    detail += (detail.empty() ? "" : ", ") + ("sent alert " + alert_name(seen_->sent->description));
    if (seen_->sent->cause != nullptr) detail += " (" + std::string(seen_->sent->cause) + ")";
  }
  if (!detail.empty() && !error.empty()) detail += ": ";
  return {seen_->version_refused ? Reason::TlsVersion : Reason::TlsHandshake, detail + error};
}

bool TlsObserver::started() const { return seen_->started; }
bool TlsObserver::handshake_done() const { return *seen_->version != '\0'; }

}  // namespace mta_sts::net
