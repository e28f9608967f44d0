#include "exporter/formats/mx_pattern.h"

#include <algorithm>

#include "exporter/base/ascii.h"
#include "exporter/base/ip.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/quote.h"

namespace mta_sts::formats {
namespace {

constexpr std::string_view kWildcard = "*.";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What people write most often instead of a pattern, each with its remedy.
std::string pattern_problem(std::string_view text, std::string_view domain) {
  if (text.empty()) return "the value is empty";
  const auto found = quoted(text);
  if (text.find('#') != std::string_view::npos) return found + " holds a comment, which policies do not have";
  if (domain.find('*') != std::string_view::npos) {
    return found + " has a \"*\" that is not the whole first label; only \"*.example.com\" is a wildcard";
  }
  if (text == ".") return found + " is no pattern; a domain without mail publishes mode \"none\"";
  if (text.find_first_of(" \t,;") != std::string_view::npos) {
    return found + " is more than one name; each pattern needs an \"mx\" line of its own";
  }
  if (text.find('@') != std::string_view::npos) return found + " is a mail address; the name of an MX host is expected";
  if (domain.ends_with('.') && is_domain(domain.substr(0, domain.size() - 1))) {
    return found + " has a final dot, which the grammar does not allow";
  }
  if (const auto colon = domain.find(':'); colon != std::string_view::npos && is_domain(domain.substr(0, colon))) {
    return found + " has a port; a name alone is expected";
  }
  return found + " " + domain_problem(domain).value_or("is no domain name");
}

}  // namespace

Result<MxPattern> MxPattern::parse(std::string_view text) {
  // RFC 8461 §3.2: sts-policy-mx-value = ["*."] Domain.
  const auto domain = text.starts_with(kWildcard) ? text.substr(kWildcard.size()) : text;
  if (!is_domain(domain)) return fail(pattern_problem(text, domain));
  std::string lower = ascii::to_lower(text);
  std::string spelling = lower == text ? std::string() : std::string(text);
  return MxPattern(std::move(lower), std::move(spelling));
}

bool MxPattern::matches(std::string_view host) const {
  if (!is_ascii(host)) {
    // RFC 6125 §6.4.2: a U-label is converted before names are compared.
    const auto name = DomainName::parse(host);
    return name && matches(name->text());
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!is_domain(host) || (ascii::is_digit(host.back()) && parse_ip(host))) return false;
  if (!wildcard()) return ascii::same(host, text_);
  // RFC 8461 §4.1: the wildcard stands for the entire left-most label and for nothing else.
  const auto dot = host.find('.');
  return dot != std::string_view::npos &&
         ascii::same(host.substr(dot + 1), std::string_view(text_).substr(kWildcard.size()));
}

}  // namespace mta_sts::formats
