#include "exporter/settings/yaml_tree.h"

#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "exporter/formats/quote.h"
#include "exporter/settings/source_text.h"

namespace mta_sts::settings {
namespace {

/// Reads a view without a copy of it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The get area takes no const, and nothing here writes to it.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const auto& item : node.items) count += count_nodes(item);
  for (const auto& entry : node.entries) count += count_nodes(entry.key) + count_nodes(entry.value);
  return count;
}

/// Builds the tree from yaml-cpp's events: its own Node knows neither duplicates nor limits. After the first fault it
/// lets all events pass.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(SourceText& source, const YamlLimits& limits) : source_(source), limits_(limits) {}

  const std::optional<YamlFault>& fault() const { return fault_; }
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      refuse(mark, "a second YAML document begins here; expected one (is a line indented less than the first?)");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, YamlNode::Kind::Null, anchor, ""); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (fault_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return refuse(mark, "an alias inside its own anchor; expected a finished one");
    if (!may_copy(mark, found->second)) return;
    YamlNode copy = found->second;
    copy.at = position(mark);
    add(mark, std::move(copy));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (fault_ || !tag_taken(mark, tag)) return;
    // yaml-cpp's sign for text that is not plain.
    const bool quoted = tag == "!";
    if (quoted && !source_.quote_ends_in_line(mark.line, mark.column)) {
      return refuse(mark, "a quoted text that does not end in its line; expected a closing quote");
    }
    leaf(mark, quoted ? YamlNode::Kind::Quoted : YamlNode::Kind::Plain, anchor, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::List, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::Map, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    std::optional<YamlNode> key;  ///< of a map: waits for its value
  };

  Position position(const YAML::Mark& mark) { return source_.position(mark.line, mark.column); }

  void refuse(const YAML::Mark& mark, std::string message) {
    if (!fault_) fault_ = YamlFault{position(mark), std::move(message)};
  }

  bool tag_taken(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    refuse(mark, "the YAML tag " + formats::quoted(tag) + "; expected none");
    return false;
  }

  bool one_more(const YAML::Mark& mark) {
    if (++nodes_ <= limits_.nodes) return true;
    refuse(mark, "more than " + std::to_string(limits_.nodes) + " values; expected fewer");
    return false;
  }

  bool may_copy(const YAML::Mark& mark, const YamlNode& node) {
    copied_ += count_nodes(node);
    if (copied_ <= limits_.copied_nodes) return true;
    refuse(mark,
           "more than " + std::to_string(limits_.copied_nodes) + " values in aliases written out; expected fewer");
    return false;
  }

  void leaf(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor, const std::string& text) {
    if (fault_ || !one_more(mark)) return;
    YamlNode node;
    node.kind = kind;
    node.at = position(mark);
    node.text = text;
    remember(mark, anchor, node);
    add(mark, std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (fault_ || !tag_taken(mark, tag) || !one_more(mark)) return;
    if (stack_.size() == limits_.depth) {
      return refuse(mark, "nested deeper than " + std::to_string(limits_.depth) + " levels; expected fewer");
    }
    YamlNode node;
    node.kind = kind;
    node.at = position(mark);
    stack_.push_back(Open{std::move(node), anchor, std::nullopt});
    marks_.push_back(mark);
  }

  void close() {
    if (fault_) return;
    Open done = std::move(stack_.back());
    const YAML::Mark mark = marks_.back();
    stack_.pop_back();
    marks_.pop_back();
    remember(mark, done.anchor, done.node);
    add(mark, std::move(done.node));
  }

  void remember(const YAML::Mark& mark, YAML::anchor_t anchor, const YamlNode& node) {
    // The copy counts too: anchors in anchors would multiply the memory otherwise.
    if (anchor == YAML::NullAnchor || !may_copy(mark, node)) return;
    anchors_.emplace(anchor, node);
  }

  void add(const YAML::Mark& mark, YamlNode node) {
    if (fault_) return;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& [parent, anchor, key] = stack_.back();
    if (parent.kind == YamlNode::Kind::List) {
      parent.items.push_back(std::move(node));
    } else if (key) {
      parent.entries.push_back(YamlEntry{std::move(*key), std::move(node)});
      key.reset();
    } else if (node.is_text()) {
      key = std::move(node);
    } else {
      refuse(mark, "a key that is no text; expected a name");
    }
  }

  SourceText& source_;
  const YamlLimits limits_;
  std::optional<YamlFault> fault_;
  YamlNode root_;
  std::vector<Open> stack_;
  std::vector<YAML::Mark> marks_;  ///< where the nodes of stack_ begin
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
  std::size_t copied_ = 0;
  unsigned documents_ = 0;
};

}  // namespace

tl::expected<YamlNode, YamlFault> parse_yaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.octets) {
    return tl::unexpected(YamlFault{{}, "more than " + std::to_string(limits.octets) + " octets; expected fewer"});
  }
  SourceText source(text);
  if (auto fault = source.first_fault()) return tl::unexpected(*fault);
  TreeBuilder builder(source, limits);
  std::optional<YamlFault> thrown;
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder) && !builder.fault()) {
    }
  } catch (const YAML::Exception& problem) {
    thrown = YamlFault{source.position(problem.mark.line, problem.mark.column),
                       "no valid YAML: " + problem.msg + "; expected YAML"};
  }
  // What the builder refused came earlier in the text.
  if (builder.fault()) return tl::unexpected(*builder.fault());
  if (thrown) return tl::unexpected(*thrown);
  return builder.take_root();
}

}  // namespace mta_sts::settings
