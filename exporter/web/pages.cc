#include "exporter/web/pages.h"

#include <functional>

#include "exporter/web/assets.h"

namespace mta_sts::web {
namespace {

/// As in the alerts' runbook_url (mixin/config.libsonnet).
constexpr std::string_view kDocs = "https://github.com/mta-sts-exporter/mta_sts_exporter/blob/main/docs";
constexpr std::string_view kDocument = "index.html";
constexpr std::string_view kFolder = "/ui/";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// In a quoted attribute or between tags.
std::string escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
  return text;
}

std::string way_to_root(std::size_t depth) {
  std::string way = depth == 0 ? "./" : "";
  while (depth-- > 0) way += "../";
  return way;
}

std::string tag_of(std::string_view text) { return '"' + std::to_string(std::hash<std::string_view>()(text)) + '"'; }

}  // namespace

Pages::Pages(const Options& options) {
  for (const Asset& asset : assets()) {
    if (asset.name == kDocument) {
      document_ = replaced(std::string(asset.text), "@DOCS@", kDocs);
      document_ = replaced(std::move(document_), "@VERSION@", escaped(options.version));
      document_ = replaced(std::move(document_), "@METRICS@", escaped(options.metrics_path.substr(1)));
    } else {
      files_.emplace(
          std::string(kFolder) + std::string(asset.name),
          File{std::string(asset.content_type), tag_of(asset.text), std::make_shared<const std::string>(asset.text)});
    }
  }
}

std::optional<Response> Pages::file(std::string_view path, const Request& request) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  // Asked for each time and sent when it changed: a new version shows at once.
  Response response{200, file.content_type, {{"Cache-Control", "no-cache"}, {"ETag", file.tag}}, file.body};
  if (request.header("If-None-Match") == file.tag) {
    response.status = 304;
    response.body = nullptr;
  }
  return response;
}

Response Pages::document(unsigned status, std::size_t depth) const {
  return {status,
          "text/html; charset=utf-8",
          {{"Content-Security-Policy", std::string(kPolicy)},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-cache"}},
          std::make_shared<const std::string>(replaced(document_, "@ROOT@", way_to_root(depth)))};
}

}  // namespace mta_sts::web
