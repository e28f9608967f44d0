#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {

/// Why a node is no value of the kind: `found` goes on after the name of the key ("is 0").
struct Bad {
  std::string found;
  std::string expected;
};

/// A reader of values is a function from a node to Read<T>.
template <typename T>
using Read = tl::expected<T, Bad>;

/// `is "x"`, `is a list`, `is empty`.
std::string what_is(const YamlNode& node);

struct DurationIn {
  std::chrono::milliseconds least;
  std::chrono::milliseconds most;
  Read<std::chrono::milliseconds> operator()(const YamlNode& node) const;
};

/// A duration in the range, or 0 where that has a meaning of its own.
struct DurationOrZero {
  std::string_view meaning_of_zero;
  DurationIn range;
  Read<std::chrono::milliseconds> operator()(const YamlNode& node) const;
};

struct NumberIn {
  unsigned least;
  unsigned most;
  Read<unsigned> operator()(const YamlNode& node) const;
};

struct SizeIn {
  std::size_t least;
  std::size_t most;
  Read<std::size_t> operator()(const YamlNode& node) const;
};

Read<bool> read_bool(const YamlNode& node);

/// Text of one line, at most kMaxText octets. A plain scalar is the text that stands there, a number or `no` as well.
struct Text {
  std::string_view what;  ///< "a path"
  Read<std::string> operator()(const YamlNode& node) const;
};

template <typename T, std::size_t N>
struct Choice {
  std::array<std::pair<std::string_view, T>, N> names;

  Read<T> operator()(const YamlNode& node) const {
    for (const auto& [name, value] : names) {
      if (node.is_text() && node.text == name) return value;
    }
    std::string expected;
    for (std::size_t i = 0; i < N; ++i) {
      if (i > 0) expected += i + 1 == N ? " or " : ", ";
      expected += names[i].first;
    }
    return tl::unexpected(Bad{what_is(node), expected});
  }
};

}  // namespace mta_sts::settings
