#pragma once

#include <array>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "exporter/base/result.h"

namespace mta_sts::commands {

/// A running exporter, asked for what it knows (docs/openapi.yml). One request after another, on the caller's thread;
/// each ends after kPatience and takes kMaxAnswer octets at most. No redirect is followed, no proxy used.
class ExporterClient {
 public:
  /// `url`: http or https, perhaps with user:password@ and with the path that stands before every other. `ca_file`: the
  /// roots that its certificate must come from; nullopt: the system's.
  explicit ExporterClient(std::string url, std::optional<std::string> ca_file = std::nullopt);

  /// The answer to a GET of /api/v1/ and `path`; nothing if the exporter does not know what is asked for. The error
  /// says why there is no answer, without the password of the URL.
  Result<std::optional<boost::json::object>> get(const std::string& path) const;

 private:
  tl::unexpected<Error> failed(const std::string& why) const;
  Result<boost::json::object> parsed(const std::string& body) const;

  std::string url_;
  std::string shown_url_;
  std::optional<std::string> ca_file_;
};

/// Prints the member `text` of an answer. The other side may be anybody: nothing but lines reaches a terminal.
void write_text_of(const boost::json::object& answer, std::ostream& out);

}  // namespace mta_sts::commands
