#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exporter/board/scrape.h"
#include "exporter/web/heard_domain.h"
#include "exporter/web/http.h"

namespace mta_sts::web {

struct ProbeSources {
  std::shared_ptr<const FactSources> facts;
  std::function<board::Snapshot(const std::string& domain)> snapshot_of;  ///< configured or not
  /// Configured ones. Of others look_now alone knows whether they are fresh.
  std::function<std::shared_ptr<const board::DomainEntry>(const std::string&)> domain;
  /// Looks at a domain now; the answer is true at the end of the look, false where there is none.
  std::function<void(std::string domain, Answer<bool>)> look_now;
  std::function<WallTime()> now;
  board::ShowFamily show;
  std::function<std::chrono::milliseconds()> interval;  ///< a result that is not older is fresh (probe.domain_interval)
};

/// `/probe?target=DOMAIN`: the families of one domain and its MX hosts, with probe_success and
/// probe_duration_seconds. From the board where the result is fresh; else looked at now, within the time that
/// X-Prometheus-Scrape-Timeout-Seconds leaves, once for all who ask meanwhile. A look that
/// does not end in time has no success. `debug=true`: the transcript as text.
class ProbePage {
 public:
  static constexpr std::string_view kPath = "/probe";

  explicit ProbePage(ProbeSources sources) : sources_(std::move(sources)) {}

  /// Of all who wait for a look: more are answered with 503, so that others find a connection.
  static constexpr std::size_t kMaxWaiting = 64;

  boost::asio::awaitable<Response> get(Request request) const;

 private:
  bool fresh(const std::shared_ptr<const board::DomainEntry>& entry) const;
  Response metrics(const std::string& domain, const Request& request) const;
  boost::asio::awaitable<Response> transcript(std::string domain) const;

  ProbeSources sources_;
  std::shared_ptr<std::size_t> waiting_ = std::make_shared<std::size_t>(0);  ///< on the web thread
};

}  // namespace mta_sts::web
