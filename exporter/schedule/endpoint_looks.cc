#include "exporter/schedule/endpoint_looks.h"

#include <algorithm>
#include <tuple>

#include "exporter/history/recall.h"

namespace mta_sts::schedule {
namespace {

telemetry::ProbeResult result_of(const EndpointState& state) {
  if (state.problems.empty()) return telemetry::ProbeResult::Ok;
  return state.inconclusive() ? telemetry::ProbeResult::Inconclusive : telemetry::ProbeResult::Fail;
}

}  // namespace

bool EndpointLooks::ByKey::operator()(const std::unique_ptr<Endpoint>& a, const std::unique_ptr<Endpoint>& b) const {
  return std::tie(a->mx, a->address) < std::tie(b->mx, b->address);
}

bool EndpointLooks::ByKey::operator()(const std::unique_ptr<Endpoint>& a, const Key& key) const {
  return std::tie(a->mx, a->address) < std::tie(key.first, key.second);
}

bool EndpointLooks::ByKey::operator()(const Key& key, const std::unique_ptr<Endpoint>& b) const {
  return std::tie(key.first, key.second) < std::tie(b->mx, b->address);
}

EndpointLooks::Endpoint& EndpointLooks::make(std::string mx, IpAddress address, MonoTime named, Standing standing) {
  const double spread = spread_of(mx + " " + to_text(address));
  change_crowd(address, [](Crowd& crowd) { ++crowd.names; });
  auto endpoint = std::make_unique<Endpoint>(Endpoint{
      std::move(mx), std::move(address), judge::RestingEndpointMemory({options_.hold}), spread, named, standing});
  guests_ += standing == Standing::Guest;
  return **endpoints_.insert(std::move(endpoint)).first;
}

void EndpointLooks::apply(std::shared_ptr<probe::EndpointProber> prober, EndpointLookOptions options) {
  prober_ = std::move(prober);
  if (options.cadence.interval != options_.cadence.interval) place_anew(options.cadence);
  options_ = options;
  politeness_.set_limits(limits_of(options));
  stretched_.clear();
  for (const auto& [address, crowd] : crowds_) {
    if (const Span interval = interval_of(crowd); interval > options_.cadence.interval) stretched_.insert(interval);
  }
}

void EndpointLooks::place_anew(const Cadence& cadence) {
  const MonoTime now = around_.clock.mono_now();
  due_.place_anew([&](const Endpoint* endpoint, MonoTime due) {
    // Whoever is called to its address keeps all others there waiting.
    const auto waits = endpoint->in_row ? WaitsFor::Sooner
                                        : waits_for(endpoint->look, endpoint->begun, due, options_.cadence.interval);
    return moved(due, waits, options_.cadence, cadence, now, endpoint->spread);
  });
}

/// Who waits for an address waits for those before it: each comes `per_address_interval` after the other, or when one
/// of the places at the address is free.
Span EndpointLooks::interval_of(const Crowd& crowd) const {
  const Span free = crowd.stay / static_cast<Span::rep>(options_.per_address_connections);
  return stretched_interval(options_.cadence.interval, crowd.names,
                            std::max<Span>(options_.per_address_interval, free));
}

template <typename Change>
void EndpointLooks::change_crowd(const IpAddress& address, Change change) {
  const auto crowd = crowds_.try_emplace(address).first;
  const auto stretched = stretched_.find(interval_of(crowd->second));
  if (stretched != stretched_.end()) stretched_.erase(stretched);
  change(crowd->second);
  if (const Span interval = interval_of(crowd->second); interval > options_.cadence.interval)
    stretched_.insert(interval);
  if (crowd->second.names == 0) crowds_.erase(crowd);
}

/// Of the latest looks each counts for an eighth.
void EndpointLooks::note_stay(const Endpoint& endpoint) {
  if (crowds_.at(endpoint.address).names < 2) return;
  const Span stay = around_.clock.mono_now() - endpoint.begun;
  change_crowd(endpoint.address, [&](Crowd& crowd) {
    crowd.stay = crowd.stay == Span::zero() ? stay : crowd.stay + (stay - crowd.stay) / 8;
  });
}

void EndpointLooks::forget_mx_hosts(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (auto at = endpoints_.lower_bound(Key(name, IpAddress())); at != endpoints_.end() && (*at)->mx == name; ++at) {
      if ((*at)->standing == Standing::Guest) continue;
      (*at)->leaving = true;
      around_.boards.of(Standing::Configured).forget_endpoint({(*at)->mx, (*at)->address});
    }
  }
  // One that waits for its address is forgotten when its turn comes.
  for (Endpoint* endpoint : due_.take_if([](const Endpoint* endpoint, MonoTime) { return endpoint->leaving; }))
    forget(endpoint);
}

void EndpointLooks::see(std::string mx, IpAddress address, MonoTime named, FirstPass pass, Standing standing) {
  const MonoTime now = around_.clock.mono_now();
  if (now - named > options_.ttl) return;
  const auto known = endpoints_.find(Key(mx, address));
  Endpoint* endpoint = known == endpoints_.end() ? nullptr : known->get();
  if (endpoint == nullptr) {
    if (standing == Standing::Guest && guests_ >= kMaxGuests) return;
    endpoint = &make(std::move(mx), std::move(address), named, standing);
    next_first_look_ = std::max(now, next_first_look_ + options_.first_look_gap);
    due_.schedule(next_first_look_, endpoint);
  }
  if (standing == Standing::Configured) endpoint->leaving = false;
  if (standing == Standing::Configured && endpoint->standing == Standing::Guest) adopt(*endpoint);
  // What a configured domain led to lives by what configured domains name.
  if (endpoint->standing == standing) endpoint->named = std::max(endpoint->named, named);
  if (endpoint->look != Look::First || !pass) return;
  if (!endpoint->first_passes) endpoint->first_passes = std::make_shared<std::set<FirstPass>>();
  endpoint->first_passes->insert(std::move(pass));
}

/// A configured domain leads to it as well.
void EndpointLooks::adopt(Endpoint& guest) {
  --guests_;
  guest.standing = Standing::Configured;
  if (guest.memory.empty()) return;
  record(guest);
  around_.boards.of(Standing::Configured).publish(judge(guest));
  guest.memory.rest();
  around_.boards.of(Standing::Guest).forget_endpoint({guest.mx, guest.address});
  around_.fleet.rejudge(around_.boards.domains_of(guest.mx), nullptr);
}

std::chrono::milliseconds EndpointLooks::ttl_of(const Endpoint& endpoint) const {
  return endpoint.standing == Standing::Guest ? options_.guest_ttl : options_.ttl;
}

MonoTime EndpointLooks::next_of_guest(const Endpoint& endpoint) const {
  return std::min(endpoint.begun + std::chrono::duration_cast<MonoTime::duration>(options_.cadence.interval),
                  endpoint.named + ttl_of(endpoint));
}

void EndpointLooks::recall(const std::vector<history::StoredEndpoint>& stored) {
  std::vector<Endpoint*> recalled;
  for (const auto& row : stored) {
    if (Endpoint* endpoint = remember(row)) recalled.push_back(endpoint);
  }
  // The hold depends on how many names share an address, so that all are known before any is judged.
  for (Endpoint* endpoint : recalled) {
    around_.boards.of(Standing::Configured).publish(judge(*endpoint));
    due_.schedule(place_of(*endpoint), endpoint);
    endpoint->memory.rest();
  }
}

/// nullptr: nothing names it any more, or what was stored cannot be read.
EndpointLooks::Endpoint* EndpointLooks::remember(const history::StoredEndpoint& stored) {
  const WallTime now = around_.clock.wall_now();
  // A time ahead was written by a clock that was wrong: at most it was named now.
  const Span unnamed = std::max<Span>(now - stored.beat.served.value_or(stored.beat.probed), Span(0));
  if (unnamed > options_.ttl) {
    around_.recorder.record(history::forgotten(stored.mx, stored.address));
    return nullptr;
  }
  auto looks = history::read_endpoint_looks(stored.looks, stored.beat);
  if (!looks) return nullptr;
  Endpoint& endpoint = make(stored.mx, stored.address, around_.clock.mono_now() - unnamed, Standing::Configured);
  endpoint.look = Look::Later;
  endpoint.stored_looks = std::hash<std::string>()(stored.looks);
  history::recall(*endpoint.memory, std::move(*looks), now);
  return &endpoint;
}

/// Where it would have been looked at next, within kRecalledWithin.
MonoTime EndpointLooks::place_of(Endpoint& endpoint) const {
  const Span age = around_.clock.wall_now() - endpoint.memory->latest().finished;
  const Span place = std::max(options_.cadence.interval - age, Span(0));
  const Span within = std::min<Span>(options_.cadence.interval, kRecalledWithin);
  const Span share(static_cast<Span::rep>(static_cast<double>(within.count()) * endpoint.spread));
  return around_.clock.mono_now() + std::min(place, share);
}

EndpointState EndpointLooks::judge(Endpoint& endpoint) const {
  endpoint.memory.set_limits({hold_of(options_.hold, interval_of(crowds_.at(endpoint.address)))});
  return judge::judge_endpoint(endpoint.mx, endpoint.address, *endpoint.memory);
}

void EndpointLooks::record(Endpoint& endpoint) {
  if (endpoint.standing == Standing::Guest || !around_.recorder.keeps()) return;
  const auto unnamed = std::chrono::duration_cast<WallTime::duration>(around_.clock.mono_now() - endpoint.named);
  history::StoredEndpoint stored{
      endpoint.mx, endpoint.address, {}, history::beat_of(*endpoint.memory, around_.clock.wall_now() - unnamed)};
  std::string looks = history::write_looks(history::looks_of(*endpoint.memory));
  const std::size_t hash = std::hash<std::string>()(looks);
  if (hash != endpoint.stored_looks) stored.looks = std::move(looks);
  endpoint.stored_looks = hash;
  around_.recorder.record(std::move(stored));
}

bool EndpointLooks::may_begin(Endpoint* endpoint) {
  const MonoTime now = around_.clock.mono_now();
  if (endpoint->leaving || now - endpoint->named >= ttl_of(*endpoint)) {
    forget(endpoint);
    return false;
  }
  const bool looked_at = endpoint->look == Look::Later;
  if (endpoint->standing == Standing::Guest && looked_at && next_of_guest(*endpoint) > now) {
    endpoint->in_row = false;
    due_.schedule(next_of_guest(*endpoint), endpoint);
    schedule(politeness_.give_up(endpoint->address, endpoint));
    return false;
  }
  const auto answer = politeness_.enter(endpoint->address, now, endpoint);
  endpoint->in_row = !answer.enter;
  schedule(answer.call);
  return answer.enter;
}

void EndpointLooks::forget(Endpoint* endpoint) {
  const Key key(endpoint->mx, endpoint->address);
  around_.boards.of(endpoint->standing).forget_endpoint(key);
  if (endpoint->standing == Standing::Configured) {
    around_.recorder.record(history::forgotten(key.first, key.second));
  } else {
    --guests_;
  }
  change_crowd(key.second, [](Crowd& crowd) { --crowd.names; });
  // It may have been called to the address, which others wait for.
  schedule(politeness_.give_up(key.second, endpoint));
  endpoints_.erase(endpoints_.find(key));
  around_.fleet.rejudge(around_.boards.domains_of(key.first), nullptr);
}

std::optional<judge::EndpointObservation> EndpointLooks::known(const std::string& mx, const IpAddress& address) {
  const auto found = endpoints_.find(Key(mx, address));
  if (found == endpoints_.end() || (*found)->memory.empty()) return std::nullopt;
  auto latest = (*found)->memory->latest();
  (*found)->memory.rest();
  return latest;
}

Span EndpointLooks::longest_interval() const {
  return stretched_.empty() ? options_.cadence.interval : *stretched_.rbegin();
}

boost::asio::awaitable<void> EndpointLooks::look(Endpoint* endpoint) {
  endpoint->begun = around_.clock.mono_now();
  endpoint->looked = endpoint->passed = endpoint->busy = false;
  around_.telemetry.probe_started(telemetry::ProbeKind::Mx);
  const auto prober = prober_;
  auto observation = co_await prober->probe(endpoint->mx, endpoint->address);
  endpoint->busy = observation.busy;  // of the address, which others share: also where the endpoint goes
  if (endpoint->leaving) co_return;
  around_.egress.pass(endpoint->mx, endpoint->address, endpoint->standing, observation);
  endpoint->memory->remember(std::move(observation));
  record(*endpoint);
  EndpointState state = judge(*endpoint);
  const auto before = around_.boards.endpoint(endpoint->mx, endpoint->address);
  const bool changed = !before || !judge::same_standing(*before, state);
  endpoint->passed = state.problems.empty();
  endpoint->looked = true;
  around_.telemetry.probe_finished(telemetry::ProbeKind::Mx, result_of(state),
                                   around_.clock.mono_now() - endpoint->begun);
  around_.boards.of(endpoint->standing).publish(std::move(state));
  // After publishing: a domain that is judged meanwhile finds the new state, one judged before is named by the board.
  if (changed) around_.fleet.rejudge(around_.boards.domains_of(endpoint->mx), endpoint->first_passes);
}

void EndpointLooks::ended(Endpoint* endpoint) {
  endpoint->in_flight = false;
  if (!endpoint->looked)
    around_.telemetry.probe_finished(telemetry::ProbeKind::Mx, telemetry::ProbeResult::Inconclusive,
                                     around_.clock.mono_now() - endpoint->begun);
  endpoint->failures = endpoint->passed ? 0 : endpoint->failures + 1;
  const Span gap = endpoint->failures == 0
                       ? options_.cadence.after_success(endpoint->look, endpoint->late, endpoint->spread)
                       : options_.cadence.after_failure(endpoint->failures, endpoint->spread);
  note_stay(*endpoint);
  schedule(politeness_.leave(endpoint->address, endpoint->begun, around_.clock.mono_now(), endpoint->busy));
  if (endpoint->leaving) return forget(endpoint);
  due_.schedule(endpoint->standing == Standing::Guest ? next_of_guest(*endpoint) : endpoint->begun + gap, endpoint);
  endpoint->first_passes.reset();
  endpoint->look = Look::Later;
  endpoint->memory.rest();
}

}  // namespace mta_sts::schedule
