#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mta_sts::formats {

/// The parts of a URI (RFC 3986); views into its text.
struct Uri {
  std::string_view scheme;
  std::optional<std::string_view> authority;  ///< what follows "//"
  std::string_view host;                      ///< of the authority; brackets of an IPv6 address included
  std::string_view path;
};

/// An absolute URI with optional query and fragment, by the whole ABNF of RFC 3986 appendix A; nothing if it is none.
std::optional<Uri> parse_uri(std::string_view text);

/// A mailto URI of one address (RFC 6068 §2), or an https URI with a host (RFC 9110 §4.2.2).
bool is_mailto_address(const Uri& uri);
bool is_https_with_host(const Uri& uri);

}  // namespace mta_sts::formats
