#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mta_sts::formats {

/// The grammar that the TXT records of RFC 8461 3.1 and RFC 8460 3 share:
///   version 1*(delim field) [delim],  delim = *WSP ";" *WSP,  extension = ext-name "=" ext-value
/// and the names of policy fields with them (RFC 8461 3.2). Views point into the record.
struct TxtFields {
  std::vector<std::string_view> fields;  ///< without the WSP of the delimiters; never empty texts
  bool delimited = false;                ///< a ";" follows the version
  bool blank_before_first = false;       ///< WSP between version and first ";" (allowed, and unwise)
  std::size_t empty_fields = 0;          ///< ";;" and "; ;", which the grammar does not have
  bool trailing_blanks = false;          ///< WSP behind the last field without a ";"
};

TxtFields split_txt_fields(std::string_view after_version);

/// (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
bool is_ext_name(std::string_view name);
/// 1*(%x21-3A / %x3C / %x3E-7E)
bool is_txt_ext_value(std::string_view value);
/// Why `field` is no `name=value` of that grammar, in words that go on after the quoted field; nothing if it is one.
std::optional<std::string> txt_field_problem(std::string_view field);

/// Whether `field` was most likely meant as `name`: without regard to case, "_" and "-", and to what stands before
/// the first letter; followed by ":", "=", WSP or nothing. Comments ("#", "//") look like nothing.
bool looks_like(std::string_view field, std::string_view name);

/// Which RRs begin with `prefix` ("v=STSv1;"), as indices.
std::vector<std::size_t> begin_with(const std::vector<std::string>& rrs, std::string_view prefix);
/// The first RR that does not, and was most likely meant to: it holds `version` ("STSv1") in any case.
std::optional<std::size_t> near_miss(const std::vector<std::string>& rrs, std::string_view prefix,
                                     std::string_view version);

}  // namespace mta_sts::formats
