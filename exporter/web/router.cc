#include "exporter/web/router.h"

#include <memory>

#include <boost/asio/this_coro.hpp>

#include "exporter/metrics/exposition.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/pages.h"
#include "exporter/web/probe_page.h"
#include "exporter/web/scrapes.h"

namespace mta_sts::web {
namespace {

constexpr std::string_view kDomainPath = "/domains/";
constexpr std::string_view kMxPath = "/mx/";
constexpr std::string_view kReloadPath = "/-/reload";
/// A configuration of a million domains is read in that time.
constexpr std::chrono::seconds kReloadPatience{50};

class Router {
 public:
  Router(RouterOptions options, RouterSources sources)
      : options_(std::move(options)),
        sources_(std::move(sources)),
        api_(sources_.api),
        text_(scrapes_in(Exposition::Text004)),
        open_metrics_(scrapes_in(Exposition::OpenMetrics100)),
        probe_({sources_.api.facts, sources_.snapshot_of, sources_.domain, sources_.look_now, sources_.now,
                options_.show, options_.domain_interval}),
        pages_({options_.version, options_.telemetry_path}) {
    while (options_.route_prefix.ends_with('/')) options_.route_prefix.pop_back();
  }

  boost::asio::awaitable<Response> answer(Request request) const {
    if (!request.path.starts_with(options_.route_prefix)) co_return text_response(404, "Not found.\n");
    const std::string path = request.path.substr(options_.route_prefix.size());
    if (path.empty()) co_return redirect(options_.route_prefix + "/");
    if (path == kReloadPath) co_return co_await reload(request);
    if (request.method != "GET" && request.method != "HEAD") {
      Response refused = text_response(405, "Only GET and HEAD are answered here.\n");
      refused.headers.emplace_back("Allow", "GET, HEAD");
      co_return refused;
    }
    if (path == ProbePage::kPath) co_return co_await probe_.get(std::move(request));
    if (path.starts_with(Api::kPath)) co_return co_await api_.get(path.substr(Api::kPath.size()), std::move(request));
    if (path == options_.telemetry_path) {
      const auto executor = co_await boost::asio::this_coro::executor;
      co_return metrics(request, executor);
    }
    co_return get(path, request);
  }

 private:
  Response get(const std::string& path, const Request& request) const {
    if (path == "/-/healthy") return text_response(200, "Healthy\n");
    if (path == "/-/ready") return ready();
    if (auto file = pages_.file(path, request)) return *std::move(file);
    return page(path);
  }

  // The request is that of answer(), which waits for this.
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
  boost::asio::awaitable<Response> reload(const Request& request) const {
    if (!sources_.reload) co_return text_response(403, "--web.enable-lifecycle is not given.\n");
    if (request.method != "POST" && request.method != "PUT") {
      Response refused = text_response(405, "Only POST and PUT reload the configuration.\n");
      refused.headers.emplace_back("Allow", "POST, PUT");
      co_return refused;
    }
    const auto fault = co_await ask<std::string>(sources_.reload, kReloadPatience);
    if (!fault) co_return text_response(503, "The configuration is still being read.\n");
    if (!fault->empty()) co_return text_response(500, "The configuration was not taken:\n" + *fault + "\n");
    co_return text_response(200, "The configuration was read.\n");
  }

  static Response redirect(std::string location) {
    Response found = text_response(302, "");
    found.headers.emplace_back("Location", std::move(location));
    return found;
  }

  std::unique_ptr<Scrapes> scrapes_in(Exposition exposition) const {
    auto look = [snapshot = sources_.api.snapshot, exporter = sources_.exporter_families] {
      return board::Moment{snapshot(), exporter()};
    };
    return std::make_unique<Scrapes>(std::move(look), options_.show, exposition, Scrapes::Times());
  }

  Response metrics(const Request& request, const boost::asio::any_io_executor& executor) const {
    const ExpositionChoice choice = choose_exposition(request.header("Accept"));
    Scrapes& scrapes = choice.format == Exposition::Text004 ? *text_ : *open_metrics_;
    return {200, choice.content_type, {}, nullptr, scrapes.text(executor)};
  }

  Response ready() const {
    return sources_.api.ready() ? text_response(200, "Ready\n") : text_response(503, "The first pass is not done.\n");
  }

  /// The document for a page, or for the news that there is none: a person is to see it either way.
  Response page(std::string_view path) const {
    if (path == "/" || path == "/mx" || path == "/looks") return pages_.document(200, 0);
    if (path.starts_with(kDomainPath)) {
      const bool known = sources_.domain(std::string(path.substr(kDomainPath.size()))) != nullptr;
      return pages_.document(known ? 200 : 404, 1);
    }
    if (path.starts_with(kMxPath)) {
      const auto known = sources_.api.snapshot_of_mx(std::string(path.substr(kMxPath.size())));
      return pages_.document(known.mx_hosts.empty() ? 404 : 200, 1);
    }
    return text_response(404, "Not found.\n");
  }

  RouterOptions options_;
  RouterSources sources_;
  Api api_;
  std::unique_ptr<Scrapes> text_;
  std::unique_ptr<Scrapes> open_metrics_;
  ProbePage probe_;
  Pages pages_;
};

}  // namespace

AsyncHandler make_router(RouterOptions options, RouterSources sources) {
  const auto router = std::make_shared<const Router>(std::move(options), std::move(sources));
  return [router](Request request) { return router->answer(std::move(request)); };
}

}  // namespace mta_sts::web
