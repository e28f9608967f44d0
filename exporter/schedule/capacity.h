#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace mta_sts::schedule {

/// What this process may use; absent: no limit is known.
struct Resources {
  std::optional<std::uint64_t> descriptors;  ///< open files
  std::optional<std::uint64_t> memory;       ///< octets that are free for it, now
};

/// Of this machine: of files as many as the hard limit lets it have (the soft limit is raised), of memory what the
/// kernel calls available, or what the control groups of the process leave to it.
Resources resources_of_process();
/// The least that the control group or one above it leaves; `root` is where cgroup v2 is mounted.
std::optional<std::uint64_t> memory_left(const std::filesystem::path& root, std::string_view group);

/// How many looks may be in flight: the most that is wanted and that the resources allow, at least one.
struct Capacity {
  unsigned looks = 1;
  std::string_view limited_by;  ///< empty: nothing keeps it from `wanted`
};
Capacity capacity(const Resources& resources, unsigned wanted);

/// Descriptors that are not for looks: connections of the web server, listeners, the history, DNS.
inline constexpr std::uint64_t kOtherDescriptors = 704;
/// A look has one connection to a mail server, or one to each address of a policy host, and may ask DNS by TCP.
inline constexpr std::uint64_t kDescriptorsPerLook = 4;
/// Of a connection's TLS context and buffers, and the largest policy.
inline constexpr std::uint64_t kMemoryPerLook = 512 * 1024;  ///< octets
/// The share of the free memory that looks may take: the rest is for what they find.
inline constexpr std::uint64_t kMemoryShare = 4;

}  // namespace mta_sts::schedule
