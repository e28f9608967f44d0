#include "exporter/schedule/capacity.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <sys/resource.h>

namespace mta_sts::schedule {
namespace {

std::optional<std::uint64_t> raised_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (limit.rlim_cur < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur == RLIM_INFINITY ? std::nullopt : std::optional<std::uint64_t>(limit.rlim_cur);
}

/// "max" is no limit.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

/// Of a file with a name and a number a line.
std::optional<std::uint64_t> number_of(const std::filesystem::path& file, std::string_view wanted) {
  std::ifstream stream(file);
  std::string name;
  std::uint64_t number = 0;
  while (stream >> name) {
    if (name == wanted && stream >> number) return number;
    std::getline(stream, name);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> available_memory() {
  const auto kib = number_of("/proc/meminfo", "MemAvailable:");
  return kib ? std::optional(*kib * 1024) : std::nullopt;
}

/// Of cgroup v2: the line "0::/path".
std::string own_group() {
  constexpr std::string_view kPrefix = "0::/";
  std::ifstream stream("/proc/self/cgroup");
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(kPrefix)) return line.substr(kPrefix.size());
  }
  return "";
}

std::optional<std::uint64_t> lesser(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

}  // namespace

std::optional<std::uint64_t> memory_left(const std::filesystem::path& root, std::string_view group) {
  std::optional<std::uint64_t> least;
  auto directory = root;
  const auto look = [&] {
    const auto most = number_in(directory / "memory.max");
    const auto current = number_in(directory / "memory.current").value_or(0);
    // What files were read lately counts as used, and is given up when memory is wanted.
    const auto cache = number_of(directory / "memory.stat", "inactive_file").value_or(0);
    const auto used = current - std::min(current, cache);
    if (most) least = lesser(least, *most - std::min(*most, used));
  };
  look();
  for (const auto& part : std::filesystem::path(group)) {
    directory /= part;
    look();
  }
  return least;
}

Resources resources_of_process() {
  return {raised_descriptors(), lesser(available_memory(), memory_left("/sys/fs/cgroup", own_group()))};
}

Capacity capacity(const Resources& resources, unsigned wanted) {
  Capacity capacity{std::max(wanted, 1u), ""};
  const auto limit = [&](std::uint64_t most, std::string_view by) {
    if (most >= capacity.looks) return;
    capacity = {static_cast<unsigned>(std::max<std::uint64_t>(most, 1)), by};
  };
  if (const auto& descriptors = resources.descriptors)
    limit((*descriptors - std::min(*descriptors, kOtherDescriptors)) / kDescriptorsPerLook, "file descriptors");
  if (resources.memory) limit(*resources.memory / kMemoryShare / kMemoryPerLook, "memory");
  return capacity;
}

}  // namespace mta_sts::schedule
