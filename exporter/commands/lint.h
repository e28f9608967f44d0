#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "exporter/base/output_format.h"

namespace mta_sts::commands {

/// `lint record|policy|tlsrpt|match`: what a strict sender says of a text before it is published. No network. Each
/// writes findings and verdict to `out` and gives the exit code: 0 valid (match: matches), 1 not, 64 wrong usage with a
/// message on `err`.

/// Each text is one TXT RR of `_mta-sts`.
int lint_record(const std::vector<std::string>& texts, OutputFormat format, std::ostream& out, std::ostream& err);

/// `path` is a file, or "-" for `in`; exact octets count. A file that cannot be read gives 1 and a message on `err`.
int lint_policy(const std::string& path, OutputFormat format, std::istream& in, std::ostream& out, std::ostream& err);

/// More is not read: no sender takes a policy of that size.
inline constexpr std::size_t kMaxLintOctets = 1024 * 1024;

/// Each text is one TXT RR of `_smtp._tls`.
int lint_tlsrpt(const std::vector<std::string>& texts, OutputFormat format, std::ostream& out, std::ostream& err);

/// Whether any of the patterns matches the host (RFC 8461 4.1). A pattern that is none is an error and matches nothing.
int lint_match(const std::string& host, const std::vector<std::string>& patterns, OutputFormat format,
               std::ostream& out, std::ostream& err);

}  // namespace mta_sts::commands
