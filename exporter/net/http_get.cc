#include "exporter/net/http_get.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace mta_sts::net {
namespace {

constexpr std::size_t kMaxHeader = 64 * 1024;  ///< octets of all header lines

struct CurlFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One GET: the easy handle and what its callbacks saw.
class Transfer {
 public:
  explicit Transfer(const HttpGet& get) : max_body_(get.max_body), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    for (const std::string& header : get.headers) add_header(header);
    set_request(get);
    set_tls(get);
    set_callbacks();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_.get(); }

  /// Once.
  Result<HttpReply> take(CurlOutcome outcome) {
    if (too_large_) return fail("the answer has more than " + std::to_string(max_body_) + " octets");
    if (outcome.end == CurlEnd::DeadlinePassed) return fail("no whole answer in time");
    if (outcome.end == CurlEnd::Stopped) return fail("given up");
    if (outcome.code != CURLE_OK) return fail(error_[0] != '\0' ? error_.data() : curl_easy_strerror(outcome.code));
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &reply_.status);
    reply_.content_type = header("Content-Type");
    reply_.etag = header("ETag");
    reply_.last_modified = header("Last-Modified");
    return std::move(reply_);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
      throw std::runtime_error("libcurl does not take option " + std::to_string(option));
  }

  void add_header(const std::string& header) {
    curl_slist* longer = curl_slist_append(headers_.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)headers_.release();
    headers_.reset(longer);
  }

  void set_request(const HttpGet& get) {
    set(CURLOPT_URL, get.url.c_str());
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_USERAGENT, get.user_agent.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // Both always set: otherwise the environment's are used.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error_.data());
  }

  void set_tls(const HttpGet& get) {
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!get.ca_file) return;
    set(CURLOPT_CAINFO, get.ca_file->c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }

  void set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
  }

  /// Another count than was given makes libcurl end the transfer.
  static std::size_t on_header(char*, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t octets = size * count;
    transfer.header_octets_ += octets;
    return transfer.header_octets_ > kMaxHeader ? 0 : octets;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t octets = size * count;
    transfer.too_large_ = transfer.reply_.body.size() + octets > transfer.max_body_;
    if (transfer.too_large_) return 0;
    try {
      transfer.reply_.body.append(data, octets);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return octets;
  }

  /// "" where there is none.
  std::string header(const char* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(easy_.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
  }

  // The easy handle goes first: its connection may still call back.
  std::size_t max_body_;
  std::size_t header_octets_ = 0;
  bool too_large_ = false;
  HttpReply reply_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<curl_slist, CurlFree> headers_;
  std::unique_ptr<CURL, CurlFree> easy_;
};

}  // namespace

boost::asio::awaitable<Result<HttpReply>> http_get(std::shared_ptr<CurlMulti> multi, HttpGet get) {
  Transfer transfer(get);
  const auto outcome = co_await CurlMulti::run(multi, transfer.easy(), Deadline::after(get.timeout));
  co_return transfer.take(outcome);
}

Result<HttpReply> http_get_now(HttpGet get) {
  boost::asio::io_context io;
  const auto multi = std::make_shared<CurlMulti>(io.get_executor());
  std::optional<Result<HttpReply>> reply;
  std::exception_ptr bug;
  boost::asio::co_spawn(io, http_get(multi, std::move(get)), [&](std::exception_ptr failure, Result<HttpReply> done) {
    bug = std::move(failure);
    reply = std::move(done);
    multi->stop_all();
  });
  io.run();
  if (bug) std::rethrow_exception(bug);
  return reply ? *std::move(reply) : fail("given up");
}

std::string without_user(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url;
  const auto begin = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = url.substr(0, end).rfind('@');
  return at == url.npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace mta_sts::net
