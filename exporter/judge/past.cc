#include "exporter/judge/past.h"

namespace mta_sts::judge {

WallTime PastPolicy::held_until() const {
  return WallTime::max() - policy.max_age < served.last ? WallTime::max() : served.last + policy.max_age;
}

}  // namespace mta_sts::judge
