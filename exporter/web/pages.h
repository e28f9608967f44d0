#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/web/http.h"

namespace mta_sts::web {

/// The pages for people: one document that draws itself from `/api/v1` by a script of ours. Nothing else is loaded, and
/// its policy (Content-Security-Policy) lets nothing else run: what a domain serves cannot become more than text.
class Pages {
 public:
  struct Options {
    std::string version;
    std::string metrics_path;  ///< as in "/metrics"
  };

  explicit Pages(const Options& options);

  /// What is at the path, such as "/ui/style.css"; nothing where there is no such file.
  std::optional<Response> file(std::string_view path, const Request& request) const;
  /// The document, for a page that lies `depth` folders below the root. `status` is 404 where the page is to say that
  /// what it is about is not known.
  Response document(unsigned status, std::size_t depth) const;

 private:
  struct File {
    std::string content_type;
    std::string tag;  ///< RFC 9110 8.8.3
    Body body;
  };

  std::map<std::string, File, std::less<>> files_;  ///< by path
  std::string document_;                            ///< with @ROOT@ in place of the way to the root
};

}  // namespace mta_sts::web
