#include "exporter/web/heard_domain.h"

namespace mta_sts::web {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::seconds kPatience{5};

}  // namespace

DomainFacts HeardDomain::facts() const {
  return {known.state, *known.seen, known.advice,
          [this](const std::string& mx, const IpAddress& address) -> std::optional<EndpointFacts> {
            const auto found = endpoints.find({mx, address});
            if (found == endpoints.end()) return std::nullopt;
            return EndpointFacts{&found->second.seen, found->second.state.get()};
          }};
}

awaitable<std::optional<HeardEndpoint>> hear_endpoint(std::shared_ptr<const FactSources> sources, std::string mx,
                                                      IpAddress address) {
  auto state = sources->endpoint(mx, address);
  if (!state) co_return std::nullopt;
  auto seen = co_await ask<judge::EndpointObservation>(
      [&](Answer<judge::EndpointObservation> answer) { sources->ask_endpoint(mx, address, std::move(answer)); },
      kPatience);
  if (!seen) co_return std::nullopt;
  co_return HeardEndpoint{*std::move(seen), std::move(state)};
}

awaitable<std::optional<HeardDomain>> hear_domain(std::shared_ptr<const FactSources> sources, std::string name) {
  auto known = co_await ask<judge::KnownDomain>(
      [&](Answer<judge::KnownDomain> answer) { sources->ask_domain(name, std::move(answer)); }, kPatience);
  if (!known) co_return std::nullopt;
  HeardDomain heard{*std::move(known), {}};
  for (const auto& host : heard.known.seen->mx.hosts) {
    for (const IpAddress& address : host.endpoints) {
      if (auto endpoint = co_await hear_endpoint(sources, host.name, address))
        heard.endpoints.emplace(board::Board::EndpointKey(host.name, address), *std::move(endpoint));
    }
  }
  co_return heard;
}

}  // namespace mta_sts::web
