#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mta_sts::web {

/// What a client says who it is (RFC 7617); hostile text, NUL included.
struct Credentials {
  std::string user;
  std::string password;
};

/// Out of an Authorization field; nothing if it is of another scheme or broken. Pure.
std::optional<Credentials> parse_basic(std::string_view authorization);

}  // namespace mta_sts::web
