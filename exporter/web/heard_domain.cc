#include "exporter/web/heard_domain.h"

namespace mta_sts::web {
namespace {

using boost::asio::awaitable;

/// An ask() that ends with the answer that it is a part of.
template <typename T>
awaitable<std::optional<T>> ask_by(Deadline deadline, std::function<void(Answer<T>)> begin) {
  if (deadline.passed()) co_return std::nullopt;
  co_return co_await ask<T>(std::move(begin), std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()));
}

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
                                                      IpAddress address, Deadline deadline) {
  auto state = sources->endpoint(mx, address);
  if (!state) co_return std::nullopt;
  auto seen = co_await ask_by<judge::EndpointObservation>(deadline, [&](Answer<judge::EndpointObservation> answer) {
    sources->ask_endpoint(mx, address, std::move(answer));
  });
  if (!seen) co_return std::nullopt;
  co_return HeardEndpoint{*std::move(seen), std::move(state)};
}

awaitable<std::optional<HeardDomain>> hear_domain(std::shared_ptr<const FactSources> sources, std::string name,
                                                  Deadline deadline) {
  auto known = co_await ask_by<judge::KnownDomain>(
      deadline, [&](Answer<judge::KnownDomain> answer) { sources->ask_domain(name, std::move(answer)); });
  if (!known) co_return std::nullopt;
  HeardDomain heard{*std::move(known), {}};
  for (const auto& host : heard.known.seen->mx.hosts) {
    for (const IpAddress& address : host.endpoints) {
      if (auto endpoint = co_await hear_endpoint(sources, host.name, address, deadline))
        heard.endpoints.emplace(board::Board::EndpointKey(host.name, address), *std::move(endpoint));
    }
  }
  co_return heard;
}

}  // namespace mta_sts::web
