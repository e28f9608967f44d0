#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "exporter/base/deadline.h"
#include "exporter/base/ip.h"
#include "exporter/base/reason.h"
#include "exporter/formats/tls_facts.h"
#include "exporter/net/trust.h"

namespace mta_sts::net {

inline constexpr std::chrono::seconds kQuitGrace{2};  ///< how long the reply to QUIT is waited for
/// How long after a 5xx to EHLO the connection's end is waited for: it tells a server without ESMTP from one that
/// refuses us by closing.
inline constexpr std::chrono::milliseconds kRefusalGrace{200};

struct SmtpRequest {
  std::string mx;  ///< SNI and the name that the certificate must carry: the name in the MX record (RFC 8461 4.2)
  IpAddress address;
  std::uint16_t port = 25;
};

/// Facts of one STARTTLS dialogue. No mail transaction is ever begun: there is no MAIL FROM.
struct SmtpResult {
  /// connect_*, smtp_*, starttls_*, tls_*: what a sender meets first and what ended the dialogue early. Certificate
  /// faults are in tls.chain and do not end it.
  std::optional<Fault> fault;
  bool greeted = false;   ///< a 220 greeting was received
  bool starttls = false;  ///< STARTTLS was offered and answered 220
  bool busy = false;      ///< told to come back later: 421 or 450, or another 4xx instead of a greeting or to EHLO
  formats::TlsFacts tls;
  /// "S: 220 mx.example ESMTP", "C: EHLO probe.example", "*: TLS handshake done": each line printable() and cut, at
  /// most kMaxTranscript octets (smtp_transcript.h). What the server said is still hostile to HTML and the like.
  std::vector<std::string> transcript;
  std::chrono::nanoseconds duration{0};  ///< without the grace after QUIT
};

/// The seam to mail servers.
class SmtpProber {
 public:
  virtual ~SmtpProber() = default;
  /// Completes when the connection is closed: QUIT is sent wherever the peer still talks, and its reply awaited for
  /// kQuitGrace at most, also past the deadline. Cancelled, it closes at once without QUIT and throws
  /// boost::system::system_error with operation_aborted, as Asio's own operations do; one that is all but complete may
  /// still deliver.
  virtual boost::asio::awaitable<SmtpResult> probe(SmtpRequest request, Deadline deadline) = 0;
};

/// SmtpProber on Asio and OpenSSL, one shared SSL_CTX. Greeting, EHLO `helo_name`, STARTTLS, handshake, EHLO, QUIT;
/// nothing is pipelined. Runs on the thread of `executor` alone.
std::unique_ptr<SmtpProber> make_smtp_prober(boost::asio::any_io_executor executor, std::string helo_name,
                                             const TrustSlot& trust, const Clock& clock);

}  // namespace mta_sts::net
