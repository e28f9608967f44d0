#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/base/reason.h"

namespace mta_sts::formats {

/// error: a strict sender refuses the text. warning: it works, and will surprise someone. info: worth knowing.
enum class Severity { Error, Warning, Info };
std::string_view to_text(Severity severity);

/// One thing found while parsing. Parsers keep every finding and never stop at the first.
struct Finding {
  /// The reason for an error. Advice has none of the closed list: it carries its own stable name in `advice`.
  std::optional<Reason> reason;
  Severity severity = Severity::Error;
  std::size_t line = 0;     ///< 1-based line of a policy, or number of the TXT RR; 0: the whole
  std::string message;      ///< for a person; what was found is quoted and escaped
  std::string clause;       ///< such as "RFC 8461 3.2"
  std::string advice = {};  ///< name of an advisory (`policy_max_age_short`); empty for errors
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// Findings that share a reason or an advice name are kept up to this number; one more says how many there were
/// besides. Every kind keeps its first, so a flood of one kind hides no other.
inline constexpr std::size_t kMaxFindingsOfAKind = 20;

/// What a parser writes its findings to. Bounded by kMaxFindingsOfAKind, whatever the text.
class FindingLog {
 public:
  /// `clause` is what findings cite unless they name another.
  explicit FindingLog(std::string_view clause) : clause_(clause) {}

  void error(Reason reason, std::size_t line, std::string message);
  /// `name` is a literal: it is kept as long as the log.
  void advise(Severity severity, std::string_view name, std::size_t line, std::string message,
              std::string_view clause = {});
  bool has_error() const { return has_error_; }
  /// All findings in the order in which they came, then one for each kind of which some were left out.
  std::vector<Finding> take() &&;

 private:
  struct Kind {
    std::optional<Reason> reason;
    std::string_view advice;
    Severity severity;
    std::size_t count;
  };
  void add(Finding finding, std::string_view advice);

  std::string_view clause_;
  std::vector<Finding> findings_;
  std::vector<Kind> kinds_;
  bool has_error_ = false;
};

/// What a parser delivers: the value if a strict sender takes the text, and all that was found on the way.
template <typename T>
struct Parsed {
  std::optional<T> value;
  std::vector<Finding> findings;

  bool valid() const { return value.has_value(); }
  /// The error to show if only one can be shown; nullptr if valid. Order of Reason, then of lines. Parsers report a
  /// cause and not its consequences: a field that stands in a malformed line is a syntax error and not a missing field.
  const Finding* first_error() const {
    const Finding* first = nullptr;
    for (const Finding& finding : findings) {
      if (finding.severity != Severity::Error || !finding.reason) continue;
      if (first == nullptr || *finding.reason < *first->reason) first = &finding;
    }
    return first;
  }
};

}  // namespace mta_sts::formats
