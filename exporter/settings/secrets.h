#pragma once

#include <string>
#include <string_view>

namespace mta_sts::settings {

/// A URL, or a proxy in libcurl's syntax, as it may be shown: the password before "@" and every value of a query, which
/// may be a password or a token, are replaced by "***". Rather too much is hidden than too little.
std::string without_secrets(std::string_view url);

}  // namespace mta_sts::settings
