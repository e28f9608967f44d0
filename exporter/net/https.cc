#include "exporter/net/https.h"

#include <array>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <utility>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "exporter/net/curl_multi.h"
#include "exporter/net/tls_observer.h"

namespace mta_sts::net {

namespace asio = boost::asio;

namespace {

/// libcurl's own limit on connecting, beyond any deadline of ours: its default would be 300 s.
constexpr std::chrono::milliseconds kNever = std::chrono::hours(24);

struct CurlFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, CurlFree>;
using Url = std::unique_ptr<CURLU, CurlFree>;
using List = std::unique_ptr<curl_slist, CurlFree>;

template <typename Value>
void set(const Easy& easy, CURLoption option, Value value) {
  if (curl_easy_setopt(easy.get(), option, value) != CURLE_OK) {
    throw std::runtime_error("libcurl does not know option " + std::to_string(option));
  }
}

/// Null if libcurl takes `host` for no host name.
Url url_of(const HttpsRequest& request) {
  Url url(curl_url());
  const auto part = [&](CURLUPart which, const std::string& text) {
    return curl_url_set(url.get(), which, text.c_str(), 0) == CURLUE_OK;
  };
  const bool good = part(CURLUPART_SCHEME, "https") && part(CURLUPART_HOST, request.host) &&
                    part(CURLUPART_PORT, std::to_string(request.port)) && part(CURLUPART_PATH, request.path);
  return good ? std::move(url) : Url();
}

/// Any host and port go to this address: with the host's own name here, a name that libcurl writes in another way
/// (127.1) would be looked up.
std::string connect_to(const HttpsRequest& request) {
  const auto address = to_text(request.address);
  return "::" + (request.address.is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(request.port);
}

/// One GET: the easy handle and what its callbacks saw.
class Transfer {
 public:
  Transfer(const HttpsRequest& request, const HttpsOptions& options)
      : answer_(request.max_body), proxied_(!options.proxy.empty()), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    url_ = url_of(request);
    connect_to_.reset(curl_slist_append(nullptr, connect_to(request).c_str()));
    set_target();
    set_protocol();
    set_connection(options);
    set_tls();
    set_callbacks();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  bool has_url() const { return url_ != nullptr; }
  CURL* easy() const { return easy_.get(); }
  const TlsObserver& observer() const { return observer_; }
  /// The facts but for TLS and time. Once.
  HttpsResult take_result(CurlOutcome outcome);

 private:
  void set_target();
  void set_protocol();
  void set_connection(const HttpsOptions& options);
  void set_tls();
  void set_callbacks();
  std::optional<Fault> fault(CurlOutcome outcome) const;
  Fault connect_fault(CurlOutcome outcome) const;
  std::string text(CurlOutcome outcome) const;
  template <typename Use>
  std::size_t take(std::size_t size, Use use) noexcept;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static CURLcode on_context(CURL* easy, void* context, void* self) noexcept;

  // The easy handle goes first: its connection may still call back.
  HttpAnswer answer_;
  TlsObserver observer_;
  std::exception_ptr thrown_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  bool proxied_;
  Url url_;
  List connect_to_;
  Easy easy_;
};

void Transfer::set_target() {
  set(easy_, CURLOPT_CURLU, url_.get());
  set(easy_, CURLOPT_PATH_AS_IS, 1L);
  set(easy_, CURLOPT_CONNECT_TO, connect_to_.get());
  set(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
}

void Transfer::set_protocol() {
  set(easy_, CURLOPT_PROTOCOLS_STR, "https");
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  // RFC 8461 §3.3: redirects are not followed.
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
}

void Transfer::set_connection(const HttpsOptions& options) {
  set(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  // Both always set: otherwise the environment's are used.
  set(easy_, CURLOPT_PROXY, options.proxy.c_str());
  set(easy_, CURLOPT_NOPROXY, "");
  set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy_, CURLOPT_FRESH_CONNECT, 1L);
  set(easy_, CURLOPT_FORBID_REUSE, 1L);
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kNever.count()));
  set(easy_, CURLOPT_ERRORBUFFER, error_.data());
}

void Transfer::set_tls() {
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // Trust judges what the observer keeps; a refusal in the handshake would hide all other facts.
  set(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  set(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  // libcurl would read a bundle anew for each connection if it verified; it has nothing to read.
  set(easy_, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(easy_, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

void Transfer::set_callbacks() {
  set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_context);
  set(easy_, CURLOPT_SSL_CTX_DATA, this);
}

/// Another count than `size` makes libcurl end the transfer.
template <typename Use>
std::size_t Transfer::take(std::size_t size, Use use) noexcept {
  try {
    if (use() == Reading::On) return size;
  } catch (...) {
    thrown_ = std::current_exception();
  }
  return size == 0 ? 1 : 0;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line(data, size * count);
  return transfer.take(line.size(), [&] { return transfer.answer_.add_header(line); });
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view octets(data, size * count);
  return transfer.take(octets.size(), [&] { return transfer.answer_.add_body(octets); });
}

CURLcode Transfer::on_context(CURL*, void* context, void* self) noexcept {
  auto* tls = static_cast<SSL_CTX*>(context);
  // The handshake with an https:// proxy comes here too; libcurl verifies that one itself.
  if (SSL_CTX_get_verify_mode(tls) != SSL_VERIFY_NONE) return CURLE_OK;
  TlsObserver::prepare(tls);
  static_cast<Transfer*>(self)->observer_.attach(tls);
  return CURLE_OK;
}

HttpsResult Transfer::take_result(CurlOutcome outcome) {
  if (thrown_) std::rethrow_exception(thrown_);
  HttpsResult result;
  result.fault = fault(outcome);
  result.status = answer_.status;
  result.content_type = std::move(answer_.content_type);
  result.content_encoding = std::move(answer_.content_encoding);
  result.last_modified = std::move(answer_.last_modified);
  result.body = std::move(answer_.body);
  return result;
}

/// By phase and octets: libcurl's codes are not reasons (56 is end, reset and endless header alike).
std::optional<Fault> Transfer::fault(CurlOutcome outcome) const {
  if (answer_.stopped()) return answer_.fault();
  const bool finished = outcome.end == CurlEnd::Finished;
  if (finished && outcome.code == CURLE_OK && answer_.has_header()) return std::nullopt;
  if (!observer_.started()) return connect_fault(outcome);
  if (!observer_.handshake_done()) {
    if (!finished) return Fault{Reason::TlsTimeout, text(outcome)};
    return observer_.handshake_fault(text(outcome));
  }
  return Fault{finished ? Reason::HttpProtocol : Reason::HttpTimeout, text(outcome)};
}

Fault Transfer::connect_fault(CurlOutcome outcome) const {
  if (outcome.end != CurlEnd::Finished) return {Reason::ConnectTimeout, text(outcome)};
  long number = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
  if (outcome.code != CURLE_COULDNT_CONNECT || proxied_) return {Reason::ConnectError, text(outcome)};
  if (number == ECONNREFUSED) return {Reason::ConnectRefused, text(outcome)};
  // TCP stood and was reset before we looked: the phase after it. A SYN is answered by RST with "refused".
  if (number == ECONNRESET) return {Reason::TlsHandshake, text(outcome)};
  return {number == ETIMEDOUT ? Reason::ConnectTimeout : Reason::ConnectError, text(outcome)};
}

std::string Transfer::text(CurlOutcome outcome) const {
  switch (outcome.end) {
    case CurlEnd::Finished:
      return error_[0] != '\0' ? error_.data() : curl_easy_strerror(outcome.code);
    case CurlEnd::DeadlinePassed:
      return answer_.status == 0 ? "no answer in time" : "no whole answer in time";
    case CurlEnd::Stopped:
      return "given up";
  }
  return {};
}

asio::awaitable<HttpsResult> fetch_once(std::shared_ptr<CurlMulti> multi, std::shared_ptr<const HttpsOptions> options,
                                        const TrustSlot* slot, const Clock* clock, HttpsRequest request,
                                        Deadline deadline) {
  const auto begin = std::chrono::steady_clock::now();
  Transfer transfer(request, *options);
  if (!transfer.has_url()) {
    HttpsResult refused;
    refused.fault = Fault{Reason::ConnectError, "no host name"};
    co_return refused;
  }
  const auto trust = slot->get();
  const auto outcome = co_await CurlMulti::run(multi, transfer.easy(), deadline);
  auto result = transfer.take_result(outcome);
  result.duration = std::chrono::steady_clock::now() - begin;
  // Stopped may mean that the owner of clock and fetcher is gone.
  if (outcome.end != CurlEnd::Stopped) {
    result.tls = transfer.observer().facts(*trust, request.host, clock->wall_now());
  }
  co_return result;
}

class CurlFetcher final : public HttpsFetcher {
 public:
  CurlFetcher(asio::any_io_executor executor, HttpsOptions options, const TrustSlot& trust, const Clock& clock)
      : multi_(std::make_shared<CurlMulti>(std::move(executor))),
        options_(std::make_shared<const HttpsOptions>(std::move(options))),
        trust_(trust),
        clock_(clock) {}
  ~CurlFetcher() override { multi_->stop_all(); }
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;

  asio::awaitable<HttpsResult> fetch(HttpsRequest request, Deadline deadline) override {
    return fetch_once(multi_, options_, &trust_, &clock_, std::move(request), deadline);
  }

 private:
  std::shared_ptr<CurlMulti> multi_;
  std::shared_ptr<const HttpsOptions> options_;
  const TrustSlot& trust_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<HttpsFetcher> make_https_fetcher(asio::any_io_executor executor, HttpsOptions options,
                                                 const TrustSlot& trust, const Clock& clock) {
  return std::make_unique<CurlFetcher>(std::move(executor), std::move(options), trust, clock);
}

}  // namespace mta_sts::net
