#include "exporter/formats/tlsrpt_record.h"
#include "fuzz_target.h"

using mta_sts::fuzz::require;
namespace formats = mta_sts::formats;

/// One RR in each line.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto set = formats::parse_tlsrpt_records(mta_sts::fuzz::lines(data, size));
  mta_sts::fuzz::require_sound(set.findings, set.valid());
  if (!set.valid()) return 0;
  require(set.present && !set.value->rua.empty(), "a valid record is present and has a rua");
  require(set.value->usable_rua.size() <= set.value->rua.size(), "usable ones are among all");
  require(formats::parse_tlsrpt_records({to_text(*set.value)}).value == set.value, "a record parses to itself");
  return 0;
}
