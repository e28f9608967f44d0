#include "exporter/history/recall.h"

namespace mta_sts::history {

DomainLooksKept looks_of(const judge::DomainMemory& memory) {
  DomainLooksKept looks;
  looks.latest = memory.latest();
  looks.latest_is_conclusive = memory.last_conclusive_look() == &memory.latest();
  looks.conclusive = memory.known_before_latest();
  looks.certificates = memory.certificates();
  return looks;
}

EndpointLooksKept looks_of(const judge::EndpointMemory& memory) {
  EndpointLooksKept looks;
  looks.latest = memory.latest();
  looks.latest_is_conclusive = memory.last_conclusive() == memory.latest().finished;
  if (!looks.latest_is_conclusive && memory.last_conclusive_look() != nullptr)
    looks.conclusive = *memory.last_conclusive_look();
  looks.certificate = memory.certificate();
  return looks;
}

Beat beat_of(const judge::DomainMemory& memory) {
  return {memory.latest().finished, memory.last_conclusive(), memory.past().last_success};
}

Beat beat_of(const judge::EndpointMemory& memory, WallTime named) {
  return {memory.latest().finished, memory.last_conclusive(), named};
}

void recall(judge::DomainMemory& memory, DomainLooksKept looks, judge::Past past, WallTime now) {
  memory.restore(past, {}, now);  // which policy was live before decides between as many addresses
  if (looks.conclusive) {
    memory.remember(std::move(*looks.conclusive));
    memory.conclude();
  }
  memory.remember(std::move(looks.latest));
  if (looks.latest_is_conclusive) memory.conclude();
  memory.restore(std::move(past), std::move(looks.certificates), now);
}

void recall(judge::EndpointMemory& memory, EndpointLooksKept looks, WallTime now) {
  if (looks.conclusive) memory.remember(std::move(*looks.conclusive));
  memory.remember(std::move(looks.latest));
  memory.restore(std::move(looks.certificate), now);
}

}  // namespace mta_sts::history
