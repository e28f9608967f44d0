#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/settings/faults.h"
#include "exporter/settings/values.h"
#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {

/// Reads one mapping key by key. A fault is told to `faults` and the fallback taken, so that one run finds them all.
/// refuse_rest() at the end refuses the keys that nobody asked for. A view: the tree outlives it.
class MapReader {
 public:
  /// `name` stands before the keys in messages ("probe"); empty for the top.
  MapReader(const YamlNode& map, std::string name, Faults& faults);

  /// The entry of a known key; nullptr if it is absent.
  const YamlEntry* find(std::string_view key);
  std::string full_name(std::string_view key) const;
  void refuse(const YamlEntry& entry, const Bad& bad);
  void warn(std::string_view key, const std::string& message);

  template <typename Reader, typename T>
  T get(std::string_view key, const Reader& read, T fallback) {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return fallback;
    auto value = read(entry->value);
    if (value) return std::move(*value);
    refuse(*entry, value.error());
    return fallback;
  }

  /// A list of values. `what` names what is expected of the whole: "a list of CIDR blocks".
  template <typename T, typename Reader>
  std::vector<T> get_list(std::string_view key, std::string_view what, std::size_t most, const Reader& read) {
    std::vector<T> values;
    const YamlEntry* entry = find(key);
    if (entry == nullptr || !is_list(*entry, what, most)) return values;
    for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
      auto value = read(entry->value.items[i]);
      if (value) {
        values.push_back(std::move(*value));
      } else {
        refuse_item(*entry, i, value.error());
      }
    }
    return values;
  }

  /// Whether the value is a list that is not too long; tells the fault if not.
  bool is_list(const YamlEntry& entry, std::string_view what, std::size_t most);
  void refuse_item(const YamlEntry& list, std::size_t index, const Bad& bad);

  /// The mapping of a key; an empty one if it is absent or no mapping.
  MapReader section(std::string_view key);

  void refuse_rest();

 private:
  const YamlNode* map_;
  std::string name_;
  Faults* faults_;
  std::vector<std::string_view> known_;  ///< keys that were asked for, in that order
};

/// The mapping that a file is; an empty file is an empty one. Nothing if it is none: the fault is told to `faults`.
/// `key` is one of those that are expected, for the message.
std::optional<YamlNode> parse_mapping(std::string_view text, std::string_view key, Faults& faults,
                                      const YamlLimits& limits = {});

}  // namespace mta_sts::settings
