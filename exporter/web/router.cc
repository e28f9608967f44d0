#include "exporter/web/router.h"

#include <memory>

#include <boost/asio/this_coro.hpp>

#include "exporter/metrics/exposition.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/probe_page.h"
#include "exporter/web/scrapes.h"
#include "exporter/web/status_page.h"

namespace mta_sts::web {
namespace {

constexpr std::string_view kDomainPath = "/domains/";

Response page(std::string_view content_type, std::string text) {
  // Nothing is loaded but our own style sheet: what a domain serves cannot become more than text.
  return {200,
          std::string(content_type),
          {{"Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"}},
          std::make_shared<const std::string>(std::move(text))};
}

class Router {
 public:
  Router(RouterOptions options, RouterSources sources)
      : options_(std::move(options)),
        sources_(std::move(sources)),
        api_(sources_.api),
        text_(scrapes_in(Exposition::Text004)),
        open_metrics_(scrapes_in(Exposition::OpenMetrics100)),
        probe_({sources_.api.facts, sources_.snapshot_of, sources_.domain, sources_.look_now, sources_.now,
                options_.show, options_.domain_interval}) {
    while (options_.route_prefix.ends_with('/')) options_.route_prefix.pop_back();
  }

  boost::asio::awaitable<Response> answer(Request request) const {
    if (!request.path.starts_with(options_.route_prefix)) co_return text_response(404, "Not found.\n");
    const std::string path = request.path.substr(options_.route_prefix.size());
    if (path.empty()) co_return redirect(options_.route_prefix + "/");
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
    co_return get(path);
  }

 private:
  Response get(const std::string& path) const {
    if (path == "/-/healthy") return text_response(200, "Healthy\n");
    if (path == "/-/ready") return ready();
    if (path == "/status.css") return page("text/css; charset=utf-8", std::string(status_style()));
    if (path == "/") return status();
    if (path.starts_with(kDomainPath)) return domain(path.substr(kDomainPath.size()));
    return text_response(404, "Not found.\n");
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

  Response status() const {
    const auto link = options_.telemetry_path.substr(1);
    return page("text/html; charset=utf-8",
                status_page(sources_.api.snapshot(), options_.version, link, sources_.now()));
  }

  Response domain(const std::string& name) const {
    const auto entry = sources_.domain(name);
    if (!entry) return text_response(404, "This domain is not configured, or was not looked at yet.\n");
    return page("text/html; charset=utf-8", domain_page(entry->state, sources_.now()));
  }

  RouterOptions options_;
  RouterSources sources_;
  Api api_;
  std::unique_ptr<Scrapes> text_;
  std::unique_ptr<Scrapes> open_metrics_;
  ProbePage probe_;
};

}  // namespace

AsyncHandler make_router(RouterOptions options, RouterSources sources) {
  const auto router = std::make_shared<const Router>(std::move(options), std::move(sources));
  return [router](Request request) { return router->answer(std::move(request)); };
}

}  // namespace mta_sts::web
