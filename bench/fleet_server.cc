// The web server in front of a board of many domains, for bench/large_scrape.py. Nothing is probed.
// Usage: bench_fleet_server [DOMAINS]; prints its port and serves until its standard input ends.

#include <cstdlib>
#include <iostream>
#include <string>

#include "bench/fleet.h"
#include "exporter/metrics/self_metrics.h"
#include "exporter/telemetry/log.h"
#include "exporter/web/router.h"
#include "exporter/web/server.h"

using namespace mta_sts;

int main(int argc, char** argv) {
  const int domains = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const auto log = telemetry::make_log(telemetry::LogLevel::Error, telemetry::LogFormat::Logfmt);
  metrics::SelfMetrics self({"bench", "", ""});
  board::Board board;
  bench::fill(board, domains);
  web::RouterOptions options;
  options.show = [](const metrics::Family&) { return true; };
  web::RouterSources sources;
  sources.api.snapshot = [&] { return board.snapshot(); };
  sources.exporter_families = [&] { return self.collect(); };
  sources.now = [] { return std::chrono::system_clock::now(); };
  const auto server = web::Server::start({.listen = {"127.0.0.1:0"}}, web::make_router(options, sources), self, *log);
  if (!server) {
    std::cerr << server.error().message << "\n";
    return 1;
  }
  std::cout << (*server)->endpoints().front().port() << std::endl;
  std::cin.get();
  return 0;
}
