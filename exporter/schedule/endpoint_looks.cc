#include "exporter/schedule/endpoint_looks.h"

#include <algorithm>

#include "exporter/history/recall.h"

namespace mta_sts::schedule {
namespace {

using judge::EndpointState;

telemetry::ProbeResult result_of(const EndpointState& state) {
  if (state.problems.empty()) return telemetry::ProbeResult::Ok;
  return state.inconclusive() ? telemetry::ProbeResult::Inconclusive : telemetry::ProbeResult::Fail;
}

}  // namespace

void EndpointLooks::see(std::string mx, IpAddress address, FirstPass pass) {
  const MonoTime now = around_.clock.mono_now();
  auto& endpoint = endpoints_[{mx, address}];
  if (!endpoint) {
    const double spread = spread_of(mx + " " + to_text(address));
    endpoint = std::make_unique<Endpoint>(
        Endpoint{std::move(mx), std::move(address), judge::EndpointMemory(options_.hold), spread, now});
    next_first_look_ = std::max(now, next_first_look_ + options_.first_look_gap);
    due_.schedule(next_first_look_, endpoint.get());
  }
  endpoint->last_seen = now;
  if (endpoint->look == Look::First && pass) endpoint->first_pass = std::move(pass);
}

void EndpointLooks::recall(const history::StoredEndpoint& stored) {
  const Span age = around_.clock.wall_now() - stored.beat.probed;
  auto looks = history::read_endpoint_looks(stored.looks, stored.beat);
  if (age > options_.ttl || !looks) return;
  const MonoTime now = around_.clock.mono_now();
  const double spread = spread_of(stored.mx + " " + to_text(stored.address));
  auto& endpoint = endpoints_[{stored.mx, stored.address}];
  endpoint = std::make_unique<Endpoint>(
      Endpoint{stored.mx, stored.address, judge::EndpointMemory(options_.hold), spread, now - std::max(age, Span(0))});
  endpoint->look = Look::Later;
  endpoint->stored_looks = std::hash<std::string>()(stored.looks);
  history::recall(endpoint->memory, std::move(*looks), around_.clock.wall_now());
  around_.board.publish(judge::judge_endpoint(endpoint->mx, endpoint->address, endpoint->memory));
  const Span place = std::max(options_.cadence.interval - age, Span(0));
  const Span within = std::min<Span>(options_.cadence.interval, kRecalledWithin);
  const Span share(static_cast<Span::rep>(static_cast<double>(within.count()) * spread));
  due_.schedule(now + std::min(place, share), endpoint.get());
}

void EndpointLooks::record(Endpoint& endpoint) {
  if (!around_.recorder.keeps()) return;
  history::StoredEndpoint stored{endpoint.mx, endpoint.address, {}, history::beat_of(endpoint.memory)};
  std::string looks = history::write_looks(history::looks_of(endpoint.memory));
  const std::size_t hash = std::hash<std::string>()(looks);
  if (hash != endpoint.stored_looks) stored.looks = std::move(looks);
  endpoint.stored_looks = hash;
  around_.recorder.record(std::move(stored));
}

bool EndpointLooks::may_begin(Endpoint* endpoint) {
  const MonoTime now = around_.clock.mono_now();
  if (now - endpoint->last_seen > options_.ttl) {
    forget(endpoint);
    return false;
  }
  const auto answer = politeness_.enter(endpoint->address, now, endpoint);
  if (answer.ask_again) due_.schedule(*answer.ask_again, endpoint);
  return answer.enter;
}

void EndpointLooks::forget(Endpoint* endpoint) {
  const board::Board::EndpointKey key(endpoint->mx, endpoint->address);
  around_.board.forget_endpoint(key);
  politeness_.forget(endpoint->address);
  endpoints_.erase(key);
  around_.fleet.rejudge(around_.board.domains_of(key.first), nullptr);
}

boost::asio::awaitable<void> EndpointLooks::look(Endpoint* endpoint) {
  endpoint->begun = around_.clock.mono_now();
  endpoint->looked = endpoint->passed = false;
  around_.telemetry.probe_started(telemetry::ProbeKind::Mx);
  auto observation = co_await prober_.probe(endpoint->mx, endpoint->address);
  around_.egress.pass(endpoint->mx, endpoint->address, observation);
  endpoint->memory.remember(std::move(observation));
  record(*endpoint);
  EndpointState state = judge::judge_endpoint(endpoint->mx, endpoint->address, endpoint->memory);
  const auto before = around_.board.endpoint(endpoint->mx, endpoint->address);
  const bool changed = !before || !judge::same_standing(*before, state);
  endpoint->passed = state.problems.empty();
  endpoint->looked = true;
  around_.telemetry.probe_finished(telemetry::ProbeKind::Mx, result_of(state),
                                   around_.clock.mono_now() - endpoint->begun);
  around_.board.publish(std::move(state));
  // After publishing: a domain that is judged meanwhile finds the new state, one judged before is named by the board.
  if (changed) around_.fleet.rejudge(around_.board.domains_of(endpoint->mx), endpoint->first_pass);
}

void EndpointLooks::ended(Endpoint* endpoint) {
  if (!endpoint->looked)
    around_.telemetry.probe_finished(telemetry::ProbeKind::Mx, telemetry::ProbeResult::Inconclusive,
                                     around_.clock.mono_now() - endpoint->begun);
  endpoint->failures = endpoint->passed ? 0 : endpoint->failures + 1;
  const Span gap = endpoint->failures == 0 ? options_.cadence.after_success(endpoint->look, endpoint->spread)
                                           : options_.cadence.after_failure(endpoint->failures, endpoint->spread);
  due_.schedule(endpoint->begun + gap, endpoint);
  endpoint->first_pass.reset();
  endpoint->look = Look::Later;
  const auto waiting = politeness_.leave(endpoint->address);
  if (waiting) due_.schedule(around_.clock.mono_now(), *waiting);
}

}  // namespace mta_sts::schedule
