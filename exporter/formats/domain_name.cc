#include "exporter/formats/domain_name.h"

#include <algorithm>
#include <memory>

#include <idn2.h>

#include "exporter/base/ascii.h"
#include "exporter/formats/quote.h"

namespace mta_sts::formats {
namespace {

/// A U-label of 63 code points is at most 252 octets of UTF-8; longer ones cannot become an A-label.
constexpr std::size_t kMaxUnicodeLabel = 4 * kMaxLabel;

constexpr bool is_let_dig_hyphen(char c) { return ascii::is_alnum(c) || c == '-'; }

/// RFC 5321 §4.1.2: sub-domain = Let-dig [Ldh-str].
bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), is_let_dig_hyphen);
}

std::optional<std::string> label_problem(std::string_view label) {
  if (label.empty()) return "has an empty label (two dots together, or a dot at an end)";
  const auto odd = std::find_if_not(label.begin(), label.end(), is_let_dig_hyphen);
  if (odd != label.end()) {
    if (static_cast<unsigned char>(*odd) >= 0x80) {
      return "has a label that is not ASCII, " + quoted(label) + "; its A-label (xn--...) is expected";
    }
    return "holds " + quoted(std::string_view(&*odd, 1)) + "; labels hold only letters, digits and hyphens";
  }
  if (label.size() > kMaxLabel) {
    return "has a label of " + std::to_string(label.size()) + " octets; at most " + std::to_string(kMaxLabel) + " fit";
  }
  if (!is_label(label)) return "has a label that begins or ends with a hyphen, " + quoted(label);
  return std::nullopt;
}

/// Calls `take` with each label until it returns false.
template <typename Take>
bool each_label(std::string_view text, Take take) {
  while (true) {
    const auto dot = text.find('.');
    if (!take(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string_view without_final_dot(std::string_view text) {
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

tl::unexpected<Error> refuse(std::string_view text, const std::string& problem) {
  return fail("the domain name " + quoted(text) + " " + problem);
}

/// One label as libidn2 writes it; ASCII labels that are no A-labels stay as they are, "--" inside included.
Result<std::string> to_a_label(std::string_view label) {
  std::string lower = ascii::to_lower(label);
  const bool plain =
      std::all_of(lower.begin(), lower.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain && !lower.starts_with("xn--")) return lower;
  if (lower.size() > kMaxUnicodeLabel) return fail("has a label over " + std::to_string(kMaxLabel) + " octets");
  if (lower.find('\0') != std::string::npos) return fail("holds a NUL");
  // IDNA 2008 with the mapping of UTS 46, so that upper case and full-width forms are taken as people type them.
  // Without the STD3 rules: with them libidn2 drops forbidden octets and names another domain; domain_problem() refuses
  // them.
  std::uint8_t* encoded = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(lower.c_str()), &encoded,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(encoded, idn2_free);
  if (status != IDN2_OK) return fail("has the label " + quoted(label) + ": " + std::string(idn2_strerror(status)));
  return std::string(reinterpret_cast<const char*>(encoded));
}

}  // namespace

bool is_domain(std::string_view text) { return text.size() <= kMaxDomain && each_label(text, is_label); }

std::optional<std::string> domain_problem(std::string_view text) {
  if (text.empty()) return "is empty";
  std::optional<std::string> problem;
  each_label(text, [&](std::string_view label) {
    problem = label_problem(label);
    return !problem;
  });
  if (problem) return problem;
  if (text.size() > kMaxDomain) {
    return "has " + std::to_string(text.size()) + " octets; at most " + std::to_string(kMaxDomain) + " fit";
  }
  return std::nullopt;
}

Result<DomainName> DomainName::from_ascii(std::string_view text) {
  const auto name = without_final_dot(text);
  if (is_domain(name)) return DomainName(ascii::to_lower(name));
  return refuse(text, *domain_problem(name));
}

Result<DomainName> DomainName::parse(std::string_view text) {
  // Nothing longer can shrink into a name: a character becomes at least one octet, and has at most four.
  if (text.size() > 4 * kMaxDomain + 1) return refuse(text, "is too long");
  const auto name = without_final_dot(text);
  std::string ascii_name;
  std::string problem;
  each_label(name, [&](std::string_view label) {
    const auto encoded = to_a_label(label);
    if (!encoded) {
      problem = encoded.error().message;
      return false;
    }
    if (label.data() != name.data()) ascii_name += '.';
    ascii_name += *encoded;
    return true;
  });
  if (!problem.empty()) return refuse(text, problem);
  if (auto unfit = domain_problem(ascii_name)) return refuse(text, *unfit);
  return DomainName(std::move(ascii_name));
}

}  // namespace mta_sts::formats
