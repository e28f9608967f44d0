#pragma once

#include <optional>
#include <string_view>

#include <boost/json.hpp>

#include "exporter/base/printable.h"

namespace mta_sts::web {

/// JSON text is UTF-8: what domains serve is made so.
inline boost::json::string text_of(std::string_view hostile) { return boost::json::string(printable(hostile)); }

/// What is not known is null.
template <typename T>
boost::json::value or_null(const std::optional<T>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

}  // namespace mta_sts::web
