#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/settings/settings.h"
#include "tests/unit/table_files.h"

namespace mta_sts::settings {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewestBadFiles = 20;

using testing::contents;
using testing::files_ending;

const fs::path kConfig = fs::path(SOURCE_DIR) / "tests/config";

TEST_CASE("replay: every bad file is refused with the exact message beside it", "[settings][replay]") {
  const auto files = files_ending(kConfig / "invalid", ".yml");
  CHECK(files.size() >= kFewestBadFiles);
  for (const auto& path : files) {
    INFO(path.filename().string());
    const auto expected = fs::path(path).replace_extension(".expect.txt");
    CHECK(fs::exists(expected));
    if (!fs::exists(expected)) continue;
    const auto loaded = parse_settings(contents(path), path.filename().string());
    CHECK_FALSE(loaded);
    if (!loaded) CHECK(loaded.error().message + "\n" == contents(expected));
  }
}

TEST_CASE("replay: every expectation has its bad file", "[settings][replay]") {
  for (const auto& expected : files_ending(kConfig / "invalid", ".expect.txt")) {
    const auto name = expected.filename().string();
    INFO(name);
    CHECK(fs::exists(expected.parent_path() / (name.substr(0, name.find('.')) + ".yml")));
  }
}

TEST_CASE("replay: every good file is taken without a warning", "[settings][replay]") {
  auto files = files_ending(kConfig / "valid", ".yml");
  CHECK(files.size() >= 2);
  for (const auto& example : files_ending(fs::path(SOURCE_DIR) / "config", ".yml")) {
    // Other files of that folder have other readers.
    if (contents(example).find("domains:") != std::string::npos) files.push_back(example);
  }
  for (const auto& path : files) {
    INFO(path.string());
    const auto loaded = load_settings(path.string());
    if (!loaded) FAIL_CHECK(loaded.error().message);
    if (loaded) CHECK(loaded->warnings.empty());
  }
}

}  // namespace
}  // namespace mta_sts::settings
