#include "exporter/settings/map_reader.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "exporter/formats/quote.h"

namespace mta_sts::settings {
namespace {

/// A key without a value has its place, yaml-cpp's mark of an empty value is that of the node after it.
Position place(const YamlEntry& entry) {
  return entry.value.kind == YamlNode::Kind::Null ? entry.key.at : entry.value.at;
}

const YamlNode& empty_map() {
  static const YamlNode map = [] {
    YamlNode node;
    node.kind = YamlNode::Kind::Map;
    return node;
  }();
  return map;
}

}  // namespace

MapReader::MapReader(const YamlNode& map, std::string name, Faults& faults)
    : map_(&map), name_(std::move(name)), faults_(&faults) {
  std::unordered_map<std::string_view, Position> seen;
  for (const auto& entry : map.entries) {
    const auto [first, fresh] = seen.emplace(entry.key.text, entry.key.at);
    if (fresh) continue;
    faults.add(entry.key.at, "the key " + formats::quoted(entry.key.text) + " is given again (first in line " +
                                 std::to_string(first->second.line) + "); expected each key once");
  }
}

const YamlEntry* MapReader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  const auto entry = std::find_if(map_->entries.begin(), map_->entries.end(),
                                  [&](const YamlEntry& candidate) { return candidate.key.text == key; });
  return entry == map_->entries.end() ? nullptr : &*entry;
}

std::string MapReader::full_name(std::string_view key) const {
  return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
}

void MapReader::refuse(const YamlEntry& entry, const Bad& bad) {
  faults_->add(place(entry), full_name(entry.key.text) + " " + bad.found + "; expected " + bad.expected);
}

void MapReader::warn(std::string_view key, const std::string& message) {
  if (const YamlEntry* entry = find(key)) faults_->warn(place(*entry), full_name(key) + " " + message);
}

bool MapReader::is_list(const YamlEntry& entry, std::string_view what, std::size_t most) {
  if (entry.value.kind != YamlNode::Kind::List) {
    refuse(entry, Bad{what_is(entry.value), std::string(what)});
    return false;
  }
  if (entry.value.items.size() > most) {
    refuse(entry, Bad{"has " + std::to_string(entry.value.items.size()) + " items", "at most " + std::to_string(most)});
    return false;
  }
  return true;
}

void MapReader::refuse_item(const YamlEntry& list, std::size_t index, const Bad& bad) {
  const YamlNode& item = list.value.items[index];
  // An empty item has no place of its own (see place()): the list and its number say which.
  const auto at = item.kind == YamlNode::Kind::Null ? list.value.at : item.at;
  const auto number = std::to_string(index + 1);
  faults_->add(at,
               "item " + number + " of " + full_name(list.key.text) + " " + bad.found + "; expected " + bad.expected);
}

MapReader MapReader::section(std::string_view key) {
  const YamlEntry* entry = find(key);
  if (entry != nullptr && entry->value.kind == YamlNode::Kind::Map) {
    return MapReader(entry->value, full_name(key), *faults_);
  }
  if (entry != nullptr) refuse(*entry, Bad{what_is(entry->value), "a mapping"});
  return MapReader(empty_map(), full_name(key), *faults_);
}

void MapReader::refuse_rest() {
  std::string expected;
  for (const auto key : known_) expected.append(expected.empty() ? "" : ", ").append(key);
  for (const auto& entry : map_->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key.text) != known_.end()) continue;
    std::string message = "unknown key " + formats::quoted(entry.key.text);
    if (!name_.empty()) message.append(" in ").append(name_);
    message.append("; expected one of ").append(expected);
    faults_->add(entry.key.at, std::move(message));
  }
}

std::optional<YamlNode> parse_mapping(std::string_view text, std::string_view key, Faults& faults,
                                      const YamlLimits& limits) {
  auto root = parse_yaml(text, limits);
  if (!root) {
    faults.add(root.error().at, root.error().message);
    return std::nullopt;
  }
  if (root->kind == YamlNode::Kind::Null) root->kind = YamlNode::Kind::Map;
  if (root->kind == YamlNode::Kind::Map) return std::move(*root);
  faults.add(root->at, "the file " + what_is(*root) + "; expected a mapping with keys such as " + std::string(key));
  return std::nullopt;
}

}  // namespace mta_sts::settings
