#include "exporter/commands/history_source.h"

namespace mta_sts::commands {

Result<std::optional<judge::Past>> past_of(const settings::Settings&, const std::string&) {
  return fail("this version keeps no history");
}

}  // namespace mta_sts::commands
