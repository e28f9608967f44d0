#include "exporter/net/tls_engine.h"

#include <array>
#include <new>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mta_sts::net {

namespace {

constexpr std::size_t kMaxRecord = 16384;  // RFC 8446 §5.1: a record carries at most 2^14 octets

/// The newest entry of OpenSSL's error queue of this thread, which is emptied.
std::string take_error() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "TLS failed";
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

}  // namespace

void TlsEngine::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsEngine::TlsEngine(SSL_CTX* context, const std::string& server_name)
    : ssl_(SSL_new(context)), from_peer_(BIO_new(BIO_s_mem())), to_peer_(BIO_new(BIO_s_mem())) {
  if (!ssl_ || from_peer_ == nullptr || to_peer_ == nullptr) {
    BIO_free(from_peer_);
    BIO_free(to_peer_);
    throw std::bad_alloc();
  }
  SSL_set_bio(ssl_.get(), from_peer_, to_peer_);
  SSL_set_connect_state(ssl_.get());
  // Refused only for a name that no DNS name can have (over 255 octets); the handshake then goes without SNI.
  SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
  ERR_clear_error();
}

TlsEngine::~TlsEngine() = default;

void TlsEngine::feed(std::string_view octets) { BIO_write(from_peer_, octets.data(), static_cast<int>(octets.size())); }

std::string TlsEngine::take_output() {
  std::string octets(BIO_ctrl_pending(to_peer_), '\0');
  if (!octets.empty()) BIO_read(to_peer_, octets.data(), static_cast<int>(octets.size()));
  return octets;
}

TlsEngine::Step TlsEngine::handshake() {
  ERR_clear_error();
  return judged(SSL_do_handshake(ssl_.get()));
}

TlsEngine::Step TlsEngine::encrypt(std::string_view text) {
  ERR_clear_error();
  return judged(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())));
}

TlsEngine::Decrypted TlsEngine::decrypt() {
  ERR_clear_error();
  std::string text(kMaxRecord, '\0');
  const int got = SSL_read(ssl_.get(), text.data(), static_cast<int>(text.size()));
  const auto step = judged(got);
  text.resize(step == Step::Done ? static_cast<std::size_t>(got) : 0);
  return {step, std::move(text)};
}

void TlsEngine::end() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

TlsEngine::Step TlsEngine::judged(int returned) {
  if (returned > 0) return Step::Done;
  const int why = SSL_get_error(ssl_.get(), returned);
  if (why == SSL_ERROR_WANT_READ) return Step::WantsInput;
  if (why == SSL_ERROR_ZERO_RETURN) return Step::Ended;
  error_ = take_error();
  return Step::Failed;
}

}  // namespace mta_sts::net
