#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <openssl/ssl.h>

#include "exporter/base/guarded.h"
#include "exporter/net/smtp.h"
#include "smtp_server.h"
#include "test_pki.h"

namespace mta_sts::net::test {

inline const std::string kMx = "mx.example";
inline constexpr std::chrono::seconds kEnough{30};      ///< a deadline that nothing runs into
inline constexpr std::chrono::milliseconds kSoon{300};  ///< a deadline that is run into on purpose
inline constexpr std::string_view kGreeting = "220 mx.example ESMTP\r\n";
inline constexpr std::string_view kOffer = "250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";

/// Wall time stands at kNow, where the test certificates are valid; monotonic time runs.
class CertificateClock final : public Clock {
 public:
  WallTime wall_now() const override { return kNow; }
  MonoTime mono_now() const override { return std::chrono::steady_clock::now(); }
};

using ServerContext = std::shared_ptr<SSL_CTX>;
ServerContext serving(const Served& served);

/// One PKI for the program: keys cost time.
const TestPki& pki();

/// The lines that a server heard from its client, over all connections.
class Heard {
 public:
  /// Reads one line, keeps and returns it; "" once the client closed.
  std::string line(SmtpPeer& peer);
  /// Reads until the client closes, answering QUIT with 221 and nothing else.
  void rest(SmtpPeer& peer);
  void note(std::string text);
  std::vector<std::string> lines() const;

 private:
  Guarded<std::vector<std::string>> lines_;
};

/// A script for one connection; what the client says after its end goes to Heard::rest.
using Script = std::function<void(SmtpPeer&, Heard&)>;

/// One prober on an io_context of its own.
class Probing {
 public:
  Probing()
      : slot_(pki().trust()), prober_(make_smtp_prober(context_.get_executor(), "probe.example", slot_, clock_)) {}

  boost::asio::io_context& context() { return context_; }
  SmtpProber& prober() { return *prober_; }
  SmtpResult probe(SmtpRequest request, Deadline deadline);

 private:
  boost::asio::io_context context_;
  CertificateClock clock_;
  TrustSlot slot_;
  std::unique_ptr<SmtpProber> prober_;
};

SmtpRequest to_loopback(std::uint16_t port, std::string mx = kMx);

struct Outcome {
  SmtpResult result;
  std::vector<std::string> heard;
};
/// One probe of a server that runs `script`.
Outcome probe(Script script, std::chrono::nanoseconds time = kEnough);

/// One that runs into its deadline, which is kSoon, or longer where the machine was too busy to come as far as
/// `reached` wants it.
Outcome probe_timing_out(const Script& script, const std::function<bool(const Outcome&)>& reached);

/// The script of a server that greets, offers STARTTLS and takes it, up to the reply.
void up_to_starttls(SmtpPeer& peer, Heard& heard);
/// The same with the handshake and the reply to the second EHLO.
void up_to_quit(SmtpPeer& peer, Heard& heard, const ServerContext& context);

/// "starttls_missing", or "" without a fault.
std::string reason(const SmtpResult& result);

}  // namespace mta_sts::net::test
