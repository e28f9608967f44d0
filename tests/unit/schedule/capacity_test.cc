#include "exporter/schedule/capacity.h"

#include <fstream>
#include <string>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

TEST_CASE("capacity: it is what is wanted where nothing is scarce, or no limit is known", "[schedule][capacity]") {
  for (const Resources& resources : {Resources{}, Resources{1'000'000, 64 * 1024 * kMiB}}) {
    CHECK(capacity(resources, 256).looks == 256);
    CHECK(capacity(resources, 256).limited_by.empty());
  }
}

TEST_CASE("capacity: few file descriptors allow few looks, and what they are needed for besides is left",
          "[schedule][capacity]") {
  const auto few = capacity({1024, std::nullopt}, 256);
  CHECK(few.looks == (1024 - kOtherDescriptors) / kDescriptorsPerLook);
  CHECK(few.limited_by == "file descriptors");
}

TEST_CASE("capacity: little memory allows few looks", "[schedule][capacity]") {
  const auto few = capacity({65536, 128 * kMiB}, 256);
  CHECK(few.looks == 64);
  CHECK(few.limited_by == "memory");
}

TEST_CASE("capacity: one look is always possible", "[schedule][capacity]") {
  CHECK(capacity({16, 1 * kMiB}, 256).looks == 1);
  CHECK(capacity({}, 0).looks == 1);
}

TEST_CASE("capacity: of the control group and those above it the tightest counts", "[schedule][capacity]") {
  const auto root = std::filesystem::temp_directory_path() / ("capacity_test." + std::to_string(getpid()));
  const auto write = [&](const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text << "\n";
  };
  write("a/memory.max", "1000");
  write("a/memory.current", "400");
  write("a/b/memory.max", "max");
  write("a/b/memory.current", "300");
  CHECK(memory_left(root, "a/b") == 600);
  CHECK(memory_left(root, "a/b/none") == 600);
  write("a/b/memory.max", "350");
  CHECK(memory_left(root, "a/b") == 50);
  write("a/b/memory.stat", "anon 210\ninactive_file 80\nactive_file 10");
  CHECK(memory_left(root, "a/b") == 130);
  write("a/b/memory.stat", "inactive_file 0");
  write("a/b/memory.current", "360");
  CHECK(memory_left(root, "a/b") == 0);
  CHECK_FALSE(memory_left(root, "").has_value());
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace mta_sts::schedule
