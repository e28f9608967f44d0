#include "exporter/schedule/in_use.h"

#include <algorithm>
#include <thread>

#include <boost/asio/ip/host_name.hpp>

#include "exporter/net/dns_client.h"

namespace mta_sts::schedule {
namespace {

std::string host_name() {
  boost::system::error_code error;
  const std::string name = boost::asio::ip::host_name(error);
  return error || name.empty() ? "localhost" : name;
}

}  // namespace

settings::Settings in_use(settings::Settings settings) {
  if (settings.dns.servers.empty()) settings.dns.servers = net::system_resolvers();
  if (settings.smtp.helo_name.empty()) settings.smtp.helo_name = host_name();
  if (settings.probe.workers == 0) settings.probe.workers = std::max(1u, std::thread::hardware_concurrency());
  return settings;
}

}  // namespace mta_sts::schedule
