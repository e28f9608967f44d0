#include <string>

#include "exporter/formats/sts_record.h"
#include "fuzz_target.h"

using mta_sts::fuzz::require;
namespace formats = mta_sts::formats;

/// One RR in each line.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rrs = mta_sts::fuzz::lines(data, size);
  const auto set = formats::parse_sts_records(rrs);
  mta_sts::fuzz::require_sound(set.findings, set.valid());
  if (!set.valid()) return 0;
  require(set.present, "a valid record is present");
  require(!set.value->id.empty() && set.value->id.size() <= 32, "an id has 1 to 32 characters");
  require(formats::parse_sts_records({to_text(*set.value)}).value == set.value, "a record parses to itself");
  return 0;
}
