#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "exporter/base/ip.h"
#include "exporter/settings/values.h"

namespace mta_sts::settings {

/// Readers of text with a form of its own. Messages show no URL that may hold a password.
Read<std::string> read_domain_file(const YamlNode& node);
Read<std::string> read_http_url(const YamlNode& node);
Read<boost::asio::ip::udp::endpoint> read_dns_server(const YamlNode& node);
Read<IpPrefix> read_prefix(const YamlNode& node);
Read<std::string> read_user_agent(const YamlNode& node);
/// libcurl's syntax: [scheme://][user:password@]host[:port]; empty for none.
Read<std::string> read_proxy(const YamlNode& node);
/// A host name or an address literal in brackets (RFC 5321 §4.1.4); empty for this host's name.
Read<std::string> read_helo_name(const YamlNode& node);
/// A path; not empty.
Read<std::string> read_path(const YamlNode& node);
Read<std::string> read_history_url(const YamlNode& node);
/// A family of `known`; without any, whatever has the form of a name.
struct FamilyName {
  const std::vector<std::string_view>& known;
  Read<std::string> operator()(const YamlNode& node) const;
};

}  // namespace mta_sts::settings
