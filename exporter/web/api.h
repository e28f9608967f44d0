#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "exporter/board/board.h"
#include "exporter/board/recent_looks.h"
#include "exporter/web/heard_domain.h"
#include "exporter/web/http.h"
#include "exporter/web/mx_plan.h"

namespace mta_sts::web {

struct ApiSources {
  std::shared_ptr<const FactSources> facts;
  std::function<board::Snapshot()> snapshot;
  std::function<board::Snapshot(const std::string& mx)> snapshot_of_mx;
  std::function<std::vector<std::string>(const std::string& mx)> domains_of;
  std::function<std::vector<board::LookResult>()> recent_looks;  ///< newest first
  std::function<bool()> ready;
  std::function<WallTime()> now;
  std::function<boost::json::object()> config;  ///< settings_json()
  std::string version;
  std::string revision;
};

/// `/api/v1`: JSON for machines, described in docs/openapi.yml. Reads only.
class Api {
 public:
  static constexpr std::string_view kPath = "/api/v1/";

  explicit Api(ApiSources sources) : sources_(std::move(sources)) {}

  /// The answer to a GET of kPath + `path`.
  boost::asio::awaitable<Response> get(std::string path, Request request) const;

 private:
  boost::asio::awaitable<Response> domain(std::string path, Request request) const;
  boost::asio::awaitable<Response> mx_host(std::string name) const;
  Response status() const;
  Response looks() const;
  judge::NewHost host_on_board(const std::string& name) const;
  Response plan(const HeardDomain& heard, const Request& request) const;

  ApiSources sources_;
};

}  // namespace mta_sts::web
