#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "../net/test_pki.h"
#include "raw_client.h"

namespace mta_sts::web {

struct TlsClientOptions {
  int version = 0;                                   ///< TLS1_2_VERSION or the like, and no other; 0: any
  std::optional<net::test::Identity> identity = {};  ///< the client's certificate
};

/// A TLS client that blocks; trusts whatever the server presents. Every wait ends after RawClient::kPatience.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// The handshake ended well for this side. With TLS 1.3 the server judges the client's certificate only after it.
  bool connected() const { return connected_; }
  /// Nothing where the server ended the connection.
  std::optional<WireResponse> get(std::string_view target, std::string_view more_fields = "");
  /// The connection ended with close_notify (RFC 8446 6.1), not by a cut.
  bool ended_in_order();

  int version() const;
  std::string cipher() const;
  std::string curve() const;
  std::string server_certificate() const;  ///< PEM

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
    void operator()(SSL* ssl) const;
  };
  int socket_;
  bool connected_ = false;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string buffer_;
};

/// The status of one request on a connection of its own; nothing where the server let nobody in.
std::optional<int> status_over_tls(std::uint16_t port, const TlsClientOptions& options = {});

}  // namespace mta_sts::web
