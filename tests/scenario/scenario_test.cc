#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/scenario/story.h"

TEST_CASE("stories: at each step exactly what the file says is shown", "[scenario]") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/scenario/stories"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 25);
  for (const auto& file : files) {
    DYNAMIC_SECTION(file.stem().string()) { mta_sts::scenario::tell(file.string()); }
  }
}
