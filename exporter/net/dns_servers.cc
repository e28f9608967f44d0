#include <fstream>
#include <string>

#include "exporter/base/ascii.h"
#include "exporter/net/dns_client.h"

namespace mta_sts::net {

std::vector<IpAddress> parse_resolv_conf(std::string_view text) {
  constexpr std::string_view kKeyword = "nameserver";
  std::vector<IpAddress> servers;
  for (const auto line : ascii::lines(text)) {
    if (servers.size() == kMaxSystemResolvers) break;
    // resolv.conf(5): the keyword begins the line, the value follows after spaces or tabs.
    if (!line.starts_with(kKeyword) || line.size() == kKeyword.size() || !ascii::is_wsp(line[kKeyword.size()]))
      continue;
    const auto value = ascii::trim(line.substr(kKeyword.size()));
    const auto address = parse_ip(value.substr(0, value.find_first_of(" \t\r")));
    if (address && value.find('%') == std::string_view::npos) servers.push_back(*address);
  }
  return servers;
}

std::vector<boost::asio::ip::udp::endpoint> system_resolvers() {
  constexpr unsigned short kDnsPort = 53;
  std::ifstream file("/etc/resolv.conf", std::ios::binary);
  std::string text(kMaxResolvConf, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::vector<boost::asio::ip::udp::endpoint> servers;
  for (const auto& address : parse_resolv_conf(text)) servers.emplace_back(address, kDnsPort);
  if (servers.empty()) servers.emplace_back(boost::asio::ip::address_v4::loopback(), kDnsPort);
  return servers;
}

}  // namespace mta_sts::net
