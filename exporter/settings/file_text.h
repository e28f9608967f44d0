#pragma once

#include <cstddef>
#include <string>

#include "exporter/base/result.h"

namespace mta_sts::settings {

/// The content of a file. Of one larger than `most` octets only its beginning, one octet more than that: enough for
/// the caller to refuse it. The error does not name the file: "cannot be read: No such file or directory".
Result<std::string> read_file(const std::string& path, std::size_t most);

}  // namespace mta_sts::settings
