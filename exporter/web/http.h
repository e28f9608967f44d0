#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/ip.h"
#include "exporter/base/result.h"

namespace mta_sts::web {

using Fields = std::vector<std::pair<std::string, std::string>>;
/// Shared and immutable, so that a rendered text is handed to many answers without a copy. Null is the empty body.
using Body = std::shared_ptr<const std::string>;

/// A complete request. What the client controls is bounded by Limits (limits.h) and still hostile.
struct Request {
  std::string method;  ///< as sent; methods are case-sensitive
  std::string target;  ///< as sent
  std::string path;    ///< percent-decoded, without control characters; "*" of OPTIONS, empty for CONNECT
  Fields query;        ///< names and values decoded, in the order sent
  Fields headers;      ///< in the order sent
  std::string body;
  IpAddress peer;

  /// All values of the field joined with ", " (RFC 9110 §5.3); "" when it is absent. Names are case-insensitive.
  std::string header(std::string_view name) const;
  /// The first value of the query parameter.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

class LongText;

/// The server adds Content-Length or Transfer-Encoding, Connection, Content-Encoding, Vary and X-Content-Type-Options.
struct Response {
  unsigned status = 200;
  std::string content_type;  ///< "" sends no Content-Type
  Fields headers;            ///< others; a line break in one is a bug and is answered with 500
  Body body;
  std::shared_ptr<const LongText> long_text = nullptr;  ///< in place of the body
};

/// Answers at once on the web thread: everything it needs is in memory. An exception is a bug and is answered with 500.
using Handler = std::function<Response(const Request&)>;
/// For answers that wait. Runs on the web thread, which serves others while it is suspended; ends by its own deadline.
using AsyncHandler = std::function<boost::asio::awaitable<Response>(Request)>;

/// text/plain; charset=utf-8.
Response text_response(unsigned status, std::string text);

struct Target {
  std::string path;
  Fields query;
};
/// Splits and decodes a request target in origin, absolute or asterisk form. Refuses bad percent-encoding and control
/// characters, so that no later comparison meets two spellings of one path.
Result<Target> parse_target(std::string_view target);

}  // namespace mta_sts::web
