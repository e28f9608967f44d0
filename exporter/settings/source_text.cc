#include "exporter/settings/source_text.h"

#include <algorithm>

#include "exporter/formats/quote.h"
#include "exporter/formats/utf8.h"

namespace mta_sts::settings {
namespace {

/// C0 but tab, and DEL: YAML 1.2 §5.1 lets none of them stand in a text.
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::optional<std::string> octet_problem(std::string_view rest) {
  const auto shown = formats::quoted(rest.substr(0, 1));
  if (formats::utf8_length(rest) == 0) return "an octet that is no UTF-8, " + shown + "; expected UTF-8 text";
  if (is_control(rest[0])) return "the control character " + shown + "; expected text without such";
  return std::nullopt;
}

int as_int(std::size_t value) { return static_cast<int>(value); }

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0} {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  // yaml-cpp counts the first line from behind the mark.
  if (text.starts_with(kByteOrderMark)) line_starts_[0] = kByteOrderMark.size();
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    line_starts_.push_back(end + 1);
  }
}

std::string_view SourceText::line_text(std::size_t line) const {
  const auto start = line_starts_[line];
  const auto end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  auto found = text_.substr(start, end - start);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

Position SourceText::position(int line, int column) {
  const auto index = std::min(static_cast<std::size_t>(std::max(line, 0)), line_starts_.size() - 1);
  const auto found = line_text(index);
  const auto octet = std::min(static_cast<std::size_t>(std::max(column, 0)), found.size());
  if (index != cursor_line_ || octet < cursor_octet_) {
    cursor_line_ = index;
    cursor_octet_ = 0;
    cursor_column_ = 1;
  }
  while (cursor_octet_ < octet) {
    cursor_octet_ += std::max<std::size_t>(formats::utf8_length(found.substr(cursor_octet_)), 1);
    ++cursor_column_;
  }
  return Position{static_cast<unsigned>(index + 1), cursor_column_};
}

std::optional<YamlFault> SourceText::first_fault() {
  for (std::size_t line = 0; line < line_starts_.size(); ++line) {
    const auto found = line_text(line);
    const auto fault = [&](std::size_t column, std::string message) {
      return YamlFault{position(as_int(line), as_int(column)), std::move(message)};
    };
    for (std::size_t at = 0; at < found.size();) {
      if (const auto problem = octet_problem(found.substr(at))) return fault(at, *problem);
      at += formats::utf8_length(found.substr(at));
    }
    const auto tab = found.substr(0, found.find_first_not_of(" \t")).find('\t');
    if (tab != std::string_view::npos) return fault(tab, "a tab in the indentation; expected spaces");
    if (found.starts_with('%')) return fault(0, "a YAML directive; expected none");
  }
  return std::nullopt;
}

bool SourceText::quote_ends_in_line(int line, int column) const {
  auto rest = line_text(static_cast<std::size_t>(line)).substr(static_cast<std::size_t>(column));
  while (rest.starts_with('&')) {
    rest.remove_prefix(std::min(rest.find_first_of(" \t"), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  }
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return true;
  const char quote = rest[0];
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (quote == '"' && rest[at] == '\\') {
      ++at;
    } else if (rest[at] == quote) {
      if (quote == '"' || at + 1 == rest.size() || rest[at + 1] != quote) return true;
      ++at;
    }
  }
  return false;
}

}  // namespace mta_sts::settings
