#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/base/reason.h"
#include "exporter/formats/tls_facts.h"
#include "exporter/net/trust.h"

namespace mta_sts::net {

/// Watches one TLS connection of ours from the outside, the same way for HTTPS (libcurl's SSL_CTX) and SMTP (our own):
/// keeps the chain as soon as it is received, also when the handshake fails later, and the alerts of both sides.
/// Never refuses a certificate: we judge afterwards, a sender's connection would end here.
class TlsObserver {
 public:
  /// Sets on a context all that observation needs: verification by a callback that keeps the chain and accepts, TLS 1.2
  /// or newer, no session cache, no session tickets, no renegotiation, security level 0 for the handshake (Trust judges
  /// the certificate by level 2). Once for a shared context. Takes the context's message and info callbacks.
  static void prepare(SSL_CTX* context);
  /// Ties this observer to one connection before its handshake. The observer must outlive the connection.
  void attach(SSL* connection);
  /// The same for a context that makes one connection only (libcurl's). The observer lets go of it at its end.
  void attach(SSL_CTX* context);

  /// What was seen so far, the chain judged for `host` at `now`.
  formats::TlsFacts facts(const Trust& trust, std::string_view host, WallTime now) const;
  /// Why a handshake that did not end well failed: tls_version, else tls_handshake (contract/metrics.md, "Reasons").
  /// `error` is the transport's or OpenSSL's own text for the detail.
  Fault handshake_fault(std::string error) const;
  /// Whether the first octets of our ClientHello were sent: from here on the phase is TLS.
  bool started() const;
  bool handshake_done() const;

  TlsObserver();
  ~TlsObserver();
  TlsObserver(const TlsObserver&) = delete;
  TlsObserver& operator=(const TlsObserver&) = delete;

  struct Seen;

 private:
  void detach();
  std::unique_ptr<Seen> seen_;
};

}  // namespace mta_sts::net
