#include "tls_client.h"

#include <array>
#include <stdexcept>
#include <unistd.h>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace mta_sts::web {
namespace {

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{RawClient::kPatience.count(), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    throw std::runtime_error("connect failed");
  }
  return socket;
}

}  // namespace

void TlsClient::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void TlsClient::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsClient::TlsClient(std::uint16_t port, const TlsClientOptions& options)
    : socket_(connect_to(port)), context_(SSL_CTX_new(TLS_client_method())) {
  // This client would speak anything: what is refused is refused by the server.
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_min_proto_version(context_.get(), options.version);
  SSL_CTX_set_max_proto_version(context_.get(), options.version);
  SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
  if (options.identity) {
    SSL_CTX_use_certificate(context_.get(), options.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), options.identity->key.get());
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket_);
  connected_ = SSL_connect(ssl_.get()) == 1;
}

TlsClient::~TlsClient() { ::close(socket_); }

std::optional<WireResponse> TlsClient::get(std::string_view target, std::string_view more_fields) {
  const auto request = web::get(target, more_fields);
  if (!connected_ || SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0) return std::nullopt;
  while (true) {
    if (auto response = take_response(buffer_, Expect::Content)) return response;
    std::array<char, 16 * 1024> octets;
    const int received = SSL_read(ssl_.get(), octets.data(), static_cast<int>(octets.size()));
    if (received <= 0) return std::nullopt;
    buffer_.append(octets.data(), static_cast<std::size_t>(received));
  }
}

bool TlsClient::ended_in_order() {
  char octet = 0;
  const int received = SSL_read(ssl_.get(), &octet, 1);
  return received <= 0 && SSL_get_error(ssl_.get(), received) == SSL_ERROR_ZERO_RETURN;
}

int TlsClient::version() const { return SSL_version(ssl_.get()); }

std::string TlsClient::cipher() const { return SSL_get_cipher_name(ssl_.get()); }

std::string TlsClient::curve() const {
  const char* const name = SSL_group_to_name(ssl_.get(), static_cast<int>(SSL_get_negotiated_group(ssl_.get())));
  return name == nullptr ? "" : name;
}

std::string TlsClient::server_certificate() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate == nullptr ? "" : net::test::to_pem(*certificate);
}

std::optional<int> status_over_tls(std::uint16_t port, const TlsClientOptions& options) {
  TlsClient client(port, options);
  const auto response = client.get("/");
  return response ? std::optional(response->status()) : std::nullopt;
}

}  // namespace mta_sts::web
