#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/formats/finding.h"

/// What each fuzz target defines; libFuzzer calls it with made-up octets, replay.cc with those of the corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mta_sts::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The lines of the input, for parsers that take several texts.
inline std::vector<std::string> lines(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> all(1);
  for (const char c : as_text(data, size)) {
    if (c == '\n') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

/// Ends the process, in every build type, so that a fuzzer keeps the input.
inline void require(bool holds, const char* invariant) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", invariant);
  std::abort();
}

/// What holds for the findings of every parser: bounded, and with a name and words each.
inline void require_sound(const std::vector<formats::Finding>& findings, bool valid) {
  constexpr std::size_t kMaxKinds = 24;
  constexpr std::size_t kMaxMessage = 2048;
  require(findings.size() <= kMaxKinds * (formats::kMaxFindingsOfAKind + 1), "findings are bounded");
  bool error = false;
  for (const auto& finding : findings) {
    require(finding.message.size() <= kMaxMessage, "messages are bounded");
    require(!finding.message.empty() && !finding.clause.empty(), "a finding has words and a clause");
    require(finding.reason.has_value() == finding.advice.empty(), "a finding has a reason or an advice name");
    require(finding.reason.has_value() == (finding.severity == formats::Severity::Error), "errors have reasons");
    error = error || finding.reason.has_value();
  }
  require(error != valid, "a text is valid or has an error");
}

}  // namespace mta_sts::fuzz
