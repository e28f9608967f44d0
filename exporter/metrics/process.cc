#include "exporter/metrics/process.h"

#include <array>
#include <charconv>
#include <dirent.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

#include <sys/resource.h>

namespace mta_sts::metrics {
namespace {

/// The fields of proc(5) /proc/self/stat that are shown, by their number there less 3: the state comes first here.
enum StatField : std::size_t {
  kUserTime = 11,
  kSystemTime = 12,
  kThreads = 17,
  kStartTime = 19,
  kVirtualBytes = 20,
  kPages = 21
};

std::vector<double> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto comm_end = line.rfind(") ");
  std::vector<double> fields;
  if (comm_end == std::string::npos) return fields;
  std::istringstream rest(line.substr(comm_end + 2));
  for (std::string word; rest >> word;) {
    double number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    fields.push_back(number);
  }
  return fields;
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_fds() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  double count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count - 3;  // ".", ".." and the directory's own
}

std::optional<double> max_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

constexpr std::array kFamilies = {
    Family{"process_cpu_seconds_total", FamilyType::Counter, FamilySet::Exporter, "",
           "Total user and system CPU time spent in seconds."},
    Family{"process_resident_memory_bytes", FamilyType::Gauge, FamilySet::Exporter, "",
           "Resident memory size in bytes."},
    Family{"process_virtual_memory_bytes", FamilyType::Gauge, FamilySet::Exporter, "", "Virtual memory size in bytes."},
    Family{"process_open_fds", FamilyType::Gauge, FamilySet::Exporter, "", "Number of open file descriptors."},
    Family{"process_max_fds", FamilyType::Gauge, FamilySet::Exporter, "", "Maximum number of open file descriptors."},
    Family{"process_threads", FamilyType::Gauge, FamilySet::Exporter, "", "Number of OS threads in the process."},
    Family{"process_start_time_seconds", FamilyType::Gauge, FamilySet::Exporter, "",
           "Start time of the process since unix epoch in seconds."},
};

prometheus::MetricFamily family_of(const Family& family, double value) {
  prometheus::ClientMetric metric;
  const bool counter = family.type == FamilyType::Counter;
  (counter ? metric.counter.value : metric.gauge.value) = value;
  return {std::string(family.name),
          std::string(family.help),
          counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
          {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> process_families() {
  const auto stat = stat_fields();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto field = [&](StatField index) { return index < stat.size() ? std::optional(stat[index]) : std::nullopt; };
  const auto scaled = [](std::optional<double> value, double factor) {
    return value ? std::optional(*value * factor) : std::nullopt;
  };
  std::optional<double> cpu = scaled(field(kUserTime), 1 / ticks);
  if (cpu) *cpu += field(kSystemTime).value_or(0) / ticks;
  std::optional<double> start = scaled(field(kStartTime), 1 / ticks);
  const auto boot = boot_time();
  start = start && boot ? std::optional(*start + *boot) : std::nullopt;
  const std::array<std::optional<double>, kFamilies.size()> values = {
      cpu,
      scaled(field(kPages), static_cast<double>(sysconf(_SC_PAGESIZE))),
      field(kVirtualBytes),
      open_fds(),
      max_fds(),
      field(kThreads),
      start};
  std::vector<prometheus::MetricFamily> families;
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    if (values[i]) families.push_back(family_of(kFamilies[i], *values[i]));
  }
  return families;
}

std::vector<Family> process_family_list() { return {kFamilies.begin(), kFamilies.end()}; }

}  // namespace mta_sts::metrics
