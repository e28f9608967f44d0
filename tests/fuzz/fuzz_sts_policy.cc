#include "exporter/formats/sts_policy.h"
#include "fuzz_target.h"

using mta_sts::fuzz::require;
namespace formats = mta_sts::formats;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = formats::parse_sts_policy(mta_sts::fuzz::as_text(data, size));
  mta_sts::fuzz::require_sound(parsed.findings, parsed.valid());
  if (!parsed.valid()) return 0;
  require(parsed.value->max_age.count() >= 0 && parsed.value->max_age <= formats::kMaxPolicyAge, "max_age is in range");
  require(parsed.value->mode == formats::Mode::None || !parsed.value->mx.empty(), "mx is there unless mode is none");
  const auto again = formats::parse_sts_policy(to_text(*parsed.value));
  require(again.value == parsed.value && same_meaning(*again.value, *parsed.value), "a policy parses to itself");
  return 0;
}
