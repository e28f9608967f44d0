#include "exporter/formats/sts_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "exporter/base/ascii.h"
#include "exporter/base/ip.h"
#include "exporter/formats/policy_lines.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/txt_fields.h"

namespace mta_sts::formats {
namespace {

using std::chrono::seconds;

constexpr std::string_view kClause = "RFC 8461 3.2";
constexpr seconds kDay{86400};
constexpr seconds kTwoWeeks = 14 * kDay;
constexpr std::size_t kMaxAgeDigits = 10;

enum class Known { Version, Mode, MaxAge, Mx };

struct KnownField {
  Known known;
  std::string_view name;
  Reason missing;
  std::string_view expected;
};

constexpr std::array kKnownFields{
    KnownField{Known::Version, "version", Reason::PolicyVersion, "\"version: STSv1\""},
    KnownField{Known::Mode, "mode", Reason::PolicyModeMissing,
               "\"mode: enforce\", \"mode: testing\" or \"mode: none\""},
    KnownField{Known::MaxAge, "max_age", Reason::PolicyMaxAgeMissing, "a line such as \"max_age: 1209600\""},
    KnownField{Known::Mx, "mx", Reason::PolicyMxMissing, "at least one line such as \"mx: mail.example.com\""}};

/// What is known of one field besides its value.
struct Seen {
  bool given = false;              ///< a line has exactly this name
  bool in_malformed_line = false;  ///< a malformed line was most likely meant as it
  std::size_t other_line = 0;      ///< an unknown field whose name differs in case, "_" or "-" only
  std::string_view other_name;
};

class PolicyParser {
 public:
  Parsed<StsPolicy> parse(std::string_view body) {
    if (is_blank(body)) {
      log_.error(Reason::PolicyEmpty, 0, body.empty() ? "the policy is empty" : "the policy holds nothing but blanks");
      return {std::nullopt, std::move(log_).take()};
    }
    each_policy_line(body, [this](const PolicyLine& line) { take(line); });
    judge_missing();
    advise();
    Parsed<StsPolicy> parsed;
    if (!log_.has_error()) parsed.value = std::move(policy_);
    parsed.findings = std::move(log_).take();
    return parsed;
  }

 private:
  Seen& seen(Known known) { return seen_[static_cast<std::size_t>(known)]; }

  void take(const PolicyLine& line) {
    if (const auto problem = line_problem(line)) {
      log_.error(Reason::PolicySyntax, line.number, *problem);
      note_lookalikes(line.text);
      return;
    }
    const auto field = split_policy_field(line.text);
    for (const auto& known : kKnownFields) {
      if (field.name != known.name) continue;
      // RFC 8461 §3.2: all entries but the first are ignored, except of "mx".
      if (std::exchange(seen(known.known).given, true) && known.known != Known::Mx) return take_duplicate(line, field);
      return take_known(known.known, line.number, field.value);
    }
    take_unknown(line, field);
  }

  /// A malformed line explains why a required field is missing.
  void note_lookalikes(std::string_view text) {
    malformed_ = true;
    while (!text.empty()) {
      const auto end = std::min(text.find('\r'), text.size());
      for (const auto& known : kKnownFields) {
        if (looks_like(text.substr(0, end), known.name)) seen(known.known).in_malformed_line = true;
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  void take_known(Known known, std::size_t line, std::string_view value) {
    switch (known) {
      case Known::Version:
        if (value != "STSv1") {
          log_.error(Reason::PolicyVersion, line, "the version is " + quoted(value) + "; \"STSv1\" is expected");
        }
        return;
      case Known::Mode:
        return take_mode(line, value);
      case Known::MaxAge:
        return take_max_age(line, value);
      case Known::Mx:
        return take_mx(line, value);
    }
  }

  void take_mode(std::size_t line, std::string_view value) {
    mode_ = parse_mode(value);
    if (mode_) {
      policy_.mode = *mode_;
      mode_line_ = line;
      return;
    }
    const auto lower = ascii::to_lower(value);
    log_.error(Reason::PolicyModeInvalid, line,
               "the mode is " + quoted(value) + "; " +
                   (parse_mode(lower) ? quoted(lower) + " is expected, as values are case-sensitive"
                                      : "\"enforce\", \"testing\" or \"none\" is expected"));
  }

  void take_max_age(std::size_t line, std::string_view value) {
    // RFC 8461 §3.2: sts-policy-max-age-value = 1*10(DIGIT).
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), ascii::is_digit);
    if (!digits || value.size() > kMaxAgeDigits) {
      log_.error(Reason::PolicyMaxAgeInvalid, line,
                 "max_age is " + quoted(value) + "; seconds in 1 to 10 digits are expected, at most 31557600");
      return;
    }
    std::int64_t age = 0;
    std::from_chars(value.data(), value.data() + value.size(), age);
    // RFC 8461 §3.2: "maximum value of 31557600"; what to do above it is not said: 0001-ambiguous-vectors.md.
    if (seconds(age) > kMaxPolicyAge) {
      log_.error(Reason::PolicyMaxAgeInvalid, line,
                 "max_age is " + quoted(value) + "; at most 31557600 (a year) is allowed");
      return;
    }
    policy_.max_age = seconds(age);
    max_age_line_ = line;
  }

  void take_mx(std::size_t line, std::string_view value) {
    auto pattern = MxPattern::parse(value);
    if (!pattern) {
      log_.error(Reason::PolicyMxInvalid, line, "the mx pattern is not valid: " + pattern.error().message);
      return;
    }
    advise_on(*pattern, line);
    policy_.mx.push_back(std::move(*pattern));
  }

  void advise_on(const MxPattern& pattern, std::size_t line) {
    const auto& text = pattern.text();
    if (text.starts_with("mta-sts.")) {
      log_.advise(Severity::Warning, "policy_mx_policy_host", line,
                  quoted(text) + " looks like the web server of the policy; the names of the MX hosts are expected");
    }
    const auto domain = std::string_view(text).substr(pattern.wildcard() ? 2 : 0);
    if (ascii::is_digit(domain.back()) && parse_ip(domain)) {
      log_.advise(Severity::Warning, "policy_mx_address", line,
                  quoted(text) + " looks like an IP address and matches no MX host; MX records hold names");
    } else if (pattern.wildcard() && domain.find('.') == std::string_view::npos) {
      log_.advise(Severity::Warning, "policy_mx_wide", line,
                  quoted(text) + " matches every name right below a top-level domain", "RFC 8461 4.1");
    }
  }

  void take_duplicate(const PolicyLine& line, const PolicyField& field) {
    if (!extension_fits(line, field)) return;
    log_.advise(Severity::Warning, "policy_duplicate_field", line.number,
                quoted(line.text) + " is ignored: only the first " + quoted(field.name) +
                    " counts; some senders take the last or refuse the policy");
  }

  void take_unknown(const PolicyLine& line, const PolicyField& field) {
    if (!extension_fits(line, field)) return;
    for (const auto& known : kKnownFields) {
      auto& other = seen(known.known);
      if (other.other_line != 0 || !looks_like(line.text, known.name)) continue;
      other.other_line = line.number;
      other.other_name = field.name;
    }
    log_.advise(Severity::Info, "policy_unknown_field", line.number,
                "the field " + quoted(field.name) + " is unknown and ignored");
  }

  bool extension_fits(const PolicyLine& line, const PolicyField& field) {
    const auto problem = ext_value_problem(field.value);
    if (problem) log_.error(Reason::PolicySyntax, line.number, "the line " + quoted(line.text) + " " + *problem);
    malformed_ = malformed_ || problem;
    return !problem;
  }

  void judge_missing() {
    // A text of which nothing was understood is no policy at all: the malformed lines say so.
    const bool understood = std::any_of(seen_.begin(), seen_.end(), [](const Seen& field) {
      return field.given || field.in_malformed_line || field.other_line != 0;
    });
    if (malformed_ && !understood) return;
    for (const auto& known : kKnownFields) {
      const auto& field = seen(known.known);
      if (field.given || field.in_malformed_line) continue;
      // RFC 8461 §3.2: "required at least once, except when mode is "none"". Unknown modes are judged by their own
      // line.
      if (known.known == Known::Mx && (!mode_ || *mode_ == Mode::None)) continue;
      std::string message = "the required field " + quoted(known.name) + " is missing; expected ";
      message += known.expected;
      if (field.other_line != 0) message += "; " + quoted(field.other_name) + " is another name, unknown to senders";
      log_.error(known.missing, field.other_line, std::move(message));
    }
  }

  void advise() {
    if (mode_ == Mode::None) {
      log_.advise(Severity::Info, "policy_mode_none", mode_line_,
                  "mode \"none\": senders act as if there were no policy", "RFC 8461 8.3");
      return;
    }
    if (mode_ == Mode::Testing) {
      log_.advise(Severity::Info, "policy_mode_testing", mode_line_,
                  "mode \"testing\": senders report failures and deliver all the same", "RFC 8461 5");
    }
    if (max_age_line_ == 0) return;
    const auto age = std::to_string(policy_.max_age.count());
    if (policy_.max_age == seconds(0)) {
      log_.advise(Severity::Warning, "policy_max_age_zero", max_age_line_,
                  "max_age 0: the policy expires at once and protects nothing");
    } else if (policy_.max_age < kDay) {
      log_.advise(Severity::Warning, "policy_max_age_short", max_age_line_,
                  "max_age " + age + " is under a day; weeks are expected, or an attacker only has to wait");
    } else if (mode_ == Mode::Enforce && policy_.max_age < kTwoWeeks) {
      log_.advise(Severity::Info, "policy_max_age_under_two_weeks", max_age_line_,
                  "max_age " + age + " is under two weeks; with mode \"enforce\" weeks or months protect better");
    }
  }

  FindingLog log_{kClause};
  StsPolicy policy_;
  std::array<Seen, kKnownFields.size()> seen_{};
  std::optional<Mode> mode_;
  std::size_t mode_line_ = 0;
  std::size_t max_age_line_ = 0;
  bool malformed_ = false;
};

std::vector<std::string_view> as_set(const StsPolicy& policy) {
  std::vector<std::string_view> patterns;
  for (const auto& pattern : policy.mx) patterns.push_back(pattern.text());
  std::sort(patterns.begin(), patterns.end());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  return patterns;
}

}  // namespace

std::string_view to_text(Mode mode) {
  switch (mode) {
    case Mode::Enforce:
      return "enforce";
    case Mode::Testing:
      return "testing";
    case Mode::None:
      return "none";
  }
  return "";
}

std::optional<Mode> parse_mode(std::string_view text) {
  for (const auto mode : {Mode::Enforce, Mode::Testing, Mode::None}) {
    if (text == to_text(mode)) return mode;
  }
  return std::nullopt;
}

bool same_meaning(const StsPolicy& a, const StsPolicy& b) {
  return a.mode == b.mode && a.max_age == b.max_age && as_set(a) == as_set(b);
}

bool matches(const StsPolicy& policy, std::string_view host) {
  return std::any_of(policy.mx.begin(), policy.mx.end(), [&](const auto& pattern) { return pattern.matches(host); });
}

std::string to_text(const StsPolicy& policy) {
  std::string text = "version: STSv1\nmode: " + std::string(to_text(policy.mode)) + "\n";
  for (const auto& pattern : policy.mx) text += "mx: " + pattern.spelling() + "\n";
  return text + "max_age: " + std::to_string(policy.max_age.count()) + "\n";
}

Parsed<StsPolicy> parse_sts_policy(std::string_view body) { return PolicyParser().parse(body); }

}  // namespace mta_sts::formats
