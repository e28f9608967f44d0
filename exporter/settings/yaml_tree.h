#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace mta_sts::settings {

/// How much of a YAML text is taken.
struct YamlLimits {
  std::size_t octets = 32 * 1024 * 1024;
  std::size_t nodes = 4'000'000;       ///< scalars, lists and mappings: 300,000 domains with labels
  std::size_t copied_nodes = 100'000;  ///< what anchors and aliases add
  unsigned depth = 16;                 ///< lists and mappings in one another
};

/// A place in a text, counted from 1; a column counts characters, not octets.
struct Position {
  unsigned line = 1;
  unsigned column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct YamlEntry;

/// A YAML document without its looks: order and duplicates of the keys are kept.
struct YamlNode {
  enum class Kind { Null, Plain, Quoted, List, Map };
  Kind kind = Kind::Null;
  Position at;                     ///< of Null: unreliable, the node after it; name the key or the list instead
  std::string text;                ///< Plain, Quoted (also block scalars)
  std::vector<YamlNode> items;     ///< List
  std::vector<YamlEntry> entries;  ///< Map

  bool is_text() const { return kind == Kind::Plain || kind == Kind::Quoted; }
};

struct YamlEntry {
  YamlNode key;  ///< always text
  YamlNode value;
};

struct YamlFault {
  Position at;
  std::string message;  ///< found; expected ...
};

/// One document of UTF-8 within the limits. Stricter than YAML: no directives, no tags, no tab in an indentation,
/// quoted text ends in its line, keys are text. Aliases are written out; "<<" is a key like others. An empty document
/// is Null. Only the first fault is told: after it the rest means nothing.
tl::expected<YamlNode, YamlFault> parse_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace mta_sts::settings
