#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/board/board.h"

namespace mta_sts::testing {

/// A domain with these MX hosts, by preference.
inline judge::DomainState domain_state(std::string_view name, const std::vector<std::string>& hosts = {}) {
  judge::DomainState state;
  state.setting = std::make_shared<const settings::DomainSetting>(
      settings::DomainSetting{formats::DomainName::from_ascii(name).value(), {}, {}});
  state.last_probe = WallTime(std::chrono::seconds(1750000000));
  state.record.check = judge::passed();
  state.record.present = true;
  for (const std::string& host : hosts) {
    judge::MxHostState& mx = state.mx.hosts.emplace_back();
    mx.name = host;
    mx.preference = static_cast<std::uint16_t>(state.mx.hosts.size());
    mx.provider = "example.net";
  }
  return state;
}

inline judge::EndpointState endpoint_state(std::string mx, std::string_view address) {
  judge::EndpointState state;
  state.mx = std::move(mx);
  state.address = parse_ip(address).value();
  state.last_probe = WallTime(std::chrono::seconds(1750000000));
  state.reachable = true;
  return state;
}

}  // namespace mta_sts::testing
