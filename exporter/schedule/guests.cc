#include <utility>

#include "exporter/schedule/domain_looks.h"

// Domains that nobody configured and somebody asks for (--web.probe-any-domain).

namespace mta_sts::schedule {

void DomainLooks::invite(const std::string& name, Awaited::Answer answer) {
  auto parsed = formats::DomainName::from_ascii(name);
  if (options_.guests == Guests::Refused || !parsed || !room_for_guest()) return answer(false);
  Domain& guest = make(std::make_shared<const judge::DomainSetting>(judge::DomainSetting{*std::move(parsed), {}, {}}));
  const auto awaited = std::make_shared<Awaited>();
  awaited->add(std::move(answer));
  guest.standing = Standing::Guest;
  guest.invited = around_.clock.mono_now();
  guest.awaited = awaited;
  guest.first_pass = awaited;
  guests_.push_back(&guest);
  due_.schedule(place_for_asked(), &guest);
}

bool DomainLooks::room_for_guest() {
  if (guests_.size() < kMaxGuests) return true;
  if (!guests_.front()->awaited.expired()) return false;
  forget_oldest_guest();
  return true;
}

void DomainLooks::forget_guests() {
  const MonoTime now = around_.clock.mono_now();
  for (auto departure = next_departure(); departure && *departure <= now; departure = next_departure())
    forget_oldest_guest();
}

std::optional<MonoTime> DomainLooks::next_departure() const {
  if (guests_.empty() || !guests_.front()->awaited.expired()) return std::nullopt;
  return guests_.front()->invited + std::chrono::duration_cast<MonoTime::duration>(options_.cadence.interval);
}

void DomainLooks::forget_oldest_guest() {
  const std::string name = guests_.front()->setting->name.text();
  guests_.pop_front();
  around_.boards.of(Standing::Guest).forget_domain(name);
  domains_.erase(domains_.find(name));
}

}  // namespace mta_sts::schedule
