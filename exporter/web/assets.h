#pragma once

#include <span>
#include <string_view>

namespace mta_sts::web {

/// A file of exporter/web/ui, built into the program.
struct Asset {
  std::string_view name;  ///< such as "style.css"
  std::string_view content_type;
  std::string_view text;
};

/// By name.
std::span<const Asset> assets();

}  // namespace mta_sts::web
