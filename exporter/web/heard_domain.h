#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/deadline.h"
#include "exporter/board/board.h"
#include "exporter/judge/known.h"
#include "exporter/web/ask.h"
#include "exporter/web/domain_facts.h"

namespace mta_sts::web {

/// The questions are answered by the threads that own the objects; nullopt: not known, or not looked at yet.
struct FactSources {
  std::function<void(std::string domain, Answer<judge::KnownDomain>)> ask_domain;
  std::function<void(std::string mx, IpAddress address, Answer<judge::EndpointObservation>)> ask_endpoint;
  std::function<std::shared_ptr<const judge::EndpointState>(const std::string& mx, const IpAddress&)> endpoint;
};

struct HeardEndpoint {
  judge::EndpointObservation seen;
  std::shared_ptr<const judge::EndpointState> state;
};

/// All that a running exporter knows of one domain.
struct HeardDomain {
  judge::KnownDomain known;
  std::map<board::Board::EndpointKey, HeardEndpoint> endpoints;

  /// For a page or report; refers to this object.
  DomainFacts facts() const;
};

/// For all that one answer to a client asks: a domain may have 64 MX hosts with 16 addresses each.
inline constexpr std::chrono::seconds kAnswerPatience{5};

/// Endpoints that were not heard of by the deadline are left out.
boost::asio::awaitable<std::optional<HeardDomain>> hear_domain(std::shared_ptr<const FactSources> sources,
                                                               std::string name, Deadline deadline);
boost::asio::awaitable<std::optional<HeardEndpoint>> hear_endpoint(std::shared_ptr<const FactSources> sources,
                                                                   std::string mx, IpAddress address,
                                                                   Deadline deadline);

}  // namespace mta_sts::web
