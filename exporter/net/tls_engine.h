#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace mta_sts::net {

/// The client side of one TLS connection without a socket: octets of the peer are fed, octets for the peer are taken.
/// No I/O, so that the caller alone decides when to wait, for how long and on what.
class TlsEngine {
 public:
  enum class Step {
    Done,        ///< the step is complete
    WantsInput,  ///< feed() octets of the peer and try again
    Ended,       ///< the peer closed TLS in order (close_notify)
    Failed,      ///< TLS is broken; see error()
  };
  struct Decrypted {
    Step step;
    std::string text;  ///< with Done only
  };

  /// `server_name` goes into SNI (RFC 6066 3). Shares `context`, which must be a client's.
  TlsEngine(SSL_CTX* context, const std::string& server_name);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  SSL* connection() { return ssl_.get(); }
  void feed(std::string_view octets);
  /// What is to be sent to the peer. After each step, also a failed one: it holds the alert.
  std::string take_output();

  Step handshake();
  Step encrypt(std::string_view text);
  /// Some text of the peer, at most 16 KiB (RFC 8446 5.1).
  Decrypted decrypt();
  /// Says close_notify.
  void end();
  /// OpenSSL's word for the step that failed.
  const std::string& error() const { return error_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };
  Step judged(int returned);

  std::unique_ptr<SSL, Free> ssl_;
  BIO* from_peer_;  ///< owned by ssl_
  BIO* to_peer_;    ///< owned by ssl_
  std::string error_;
};

}  // namespace mta_sts::net
