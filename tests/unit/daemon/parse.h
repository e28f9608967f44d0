#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/daemon/options.h"

namespace mta_sts::daemon {

inline Parsed parse(std::vector<std::string> words) {
  std::vector<const char*> argv{"mta_sts_exporter"};
  for (const auto& word : words) argv.push_back(word.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

template <typename Options>
Options parse_to(std::vector<std::string> words) {
  auto parsed = parse(std::move(words));
  if (const auto* exit = std::get_if<Exit>(&parsed)) FAIL(exit->err);
  REQUIRE(std::holds_alternative<Options>(parsed));
  return std::get<Options>(parsed);
}

inline Exit parse_to_exit(std::vector<std::string> words) {
  auto parsed = parse(std::move(words));
  REQUIRE(std::holds_alternative<Exit>(parsed));
  return std::get<Exit>(parsed);
}

}  // namespace mta_sts::daemon
