#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "exporter/base/deadline.h"
#include "exporter/base/ip.h"
#include "exporter/base/reason.h"
#include "exporter/formats/tls_facts.h"
#include "exporter/net/http_answer.h"
#include "exporter/net/trust.h"

namespace mta_sts::net {

struct HttpsRequest {
  std::string host;  ///< SNI, Host and the name that the certificate must carry
  std::string path = "/.well-known/mta-sts.txt";
  IpAddress address;  ///< the one address that is connected to
  std::size_t max_body = 64 * 1024;
  std::uint16_t port = 443;
};

/// Facts of one GET, with no judgement on certificate, status or media type.
struct HttpsResult {
  std::optional<Fault> fault;  ///< connect_*, tls_*, http_timeout, http_protocol or http_too_large: what ended it early
  formats::TlsFacts tls;       ///< also when it failed later, or in the handshake after the certificate
  int status = 0;              ///< 0: no status line was received
  std::optional<std::string> content_type;      ///< field value as sent
  std::optional<std::string> content_encoding;  ///< field value as sent
  std::optional<std::string> last_modified;
  std::string body;  ///< at most max_body octets
  std::chrono::nanoseconds duration{0};
};

/// The seam to the policy host.
class HttpsFetcher {
 public:
  virtual ~HttpsFetcher() = default;
  /// One GET over a fresh connection as RFC 8461 3.3 wants it. Completes always, at the latest shortly after the
  /// deadline.
  virtual boost::asio::awaitable<HttpsResult> fetch(HttpsRequest request, Deadline deadline) = 0;
};

struct HttpsOptions {
  std::string user_agent;
  std::string proxy;  ///< libcurl's syntax; "" for none: the environment's proxies are never used
};

/// HttpsFetcher on a curl multi handle driven by Asio. Runs on the thread of `executor` alone. Follows no redirect,
/// keeps no connection, session or cookie, asks for no coding, reads no netrc.
std::unique_ptr<HttpsFetcher> make_https_fetcher(boost::asio::any_io_executor executor, HttpsOptions options,
                                                 const TrustSlot& trust, const Clock& clock);

}  // namespace mta_sts::net
