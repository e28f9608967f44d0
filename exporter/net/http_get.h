#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/result.h"
#include "exporter/net/curl_multi.h"

namespace mta_sts::net {

/// A GET of what an operator names: certificates are verified by libcurl, the address is not judged. What monitored
/// domains serve is fetched by HttpsFetcher.
struct HttpGet {
  std::string url;                   ///< http or https, perhaps with user:password@
  std::vector<std::string> headers;  ///< "Name: value"
  std::string user_agent;
  std::optional<std::string> ca_file;  ///< nullopt: the system's roots
  std::size_t max_body = 0;            ///< octets
  std::chrono::milliseconds timeout{};
};

struct HttpReply {
  long status = 0;
  std::string content_type;  ///< "" where there is none
  std::string etag;
  std::string last_modified;
  std::string body;
};

/// No redirect is followed, no proxy used, no cookie kept. The error says why there is no answer, without the URL.
boost::asio::awaitable<Result<HttpReply>> http_get(std::shared_ptr<CurlMulti> multi, HttpGet get);

/// The same on the caller's thread, which waits.
Result<HttpReply> http_get_now(HttpGet get);

/// A URL for people: without user and password.
std::string without_user(const std::string& url);

}  // namespace mta_sts::net
