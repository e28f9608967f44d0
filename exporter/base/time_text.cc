#include "exporter/base/time_text.h"

#include <array>
#include <ctime>

namespace mta_sts {
namespace {

std::string in_utc(WallTime at, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<WallTime::duration>(std::chrono::floor<std::chrono::seconds>(at)));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

}  // namespace

std::string rfc3339(WallTime at) { return in_utc(at, "%Y-%m-%dT%H:%M:%SZ"); }

std::string utc_digits(WallTime at) { return in_utc(at, "%Y%m%d%H%M%S"); }

std::string utc_text(WallTime at) { return in_utc(at, "%Y-%m-%d %H:%M UTC"); }

}  // namespace mta_sts
