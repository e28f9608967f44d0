#include "exporter/targets/domain_files.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "../web/web_folder.h"

namespace mta_sts::targets {
namespace {

using web::WebFolder;
using Names = std::vector<std::string>;

constexpr WallTime kNow{std::chrono::seconds(1'750'000'000)};

Names names(const DomainFiles& files) {
  Names names;
  for (const auto& list : files.lists()) {
    for (const auto& domain : list.domains) names.push_back(domain->name.text());
  }
  return names;
}

/// The folder "d", with a.example alone, goes away for two minutes.
void check_kept_while_away(const WebFolder& folder, DomainFiles& files, const std::string& error) {
  std::filesystem::rename(folder.path("d"), folder.path("away"));
  const auto refreshed = files.refresh(kNow + std::chrono::minutes(1));
  CHECK(!refreshed.changed);
  CHECK(refreshed.errors == Names{error});
  CHECK(names(files) == Names{"a.example"});
  CHECK(files.status().good == false);
  CHECK(files.status().last_success == kNow);
  CHECK(files.refresh(kNow + std::chrono::minutes(2)).errors.empty());
  std::filesystem::rename(folder.path("away"), folder.path("d"));
  CHECK(!files.refresh(kNow + std::chrono::minutes(3)).changed);
  CHECK(files.status().good == true);
}

TEST_CASE("domain files: all files of the glob count, by name", "[targets][domain_files]") {
  const WebFolder folder;
  folder.write("b.yml", "- targets: [b.example]");
  folder.write("a.yml", "- targets: [a.example]");
  folder.write("a.yml.bak", "- targets: [old.example]");
  DomainFiles files(folder.path("*.yml"), 8);
  CHECK(files.refresh(kNow).changed);
  CHECK(names(files) == Names{"a.example", "b.example"});
  CHECK(files.status().domains == 2);
  CHECK(files.status().last_success == kNow);
  CHECK(!files.refresh(kNow).changed);
}

TEST_CASE("domain files: a file that became bad keeps the domains that it had", "[targets][domain_files]") {
  const WebFolder folder;
  folder.write("a.yml", "- targets: [a.example]");
  DomainFiles files(folder.path("*.yml"), 8);
  files.refresh(kNow);
  SECTION("half written") { folder.write("a.yml", ""); }
  SECTION("no list") { folder.write("a.yml", "- targets: [a.example, 192.0.2.1]"); }
  const auto refreshed = files.refresh(kNow + std::chrono::minutes(1));
  CHECK(!refreshed.changed);
  REQUIRE(refreshed.errors.size() == 1);
  CHECK(refreshed.errors[0].starts_with(folder.path("a.yml") + ":1:"));
  CHECK(names(files) == Names{"a.example"});
  CHECK(files.status().errors == 1);
  CHECK(files.status().good == false);
  CHECK(files.status().last_success == kNow);
  // It is told once, and is no success until it is good again.
  CHECK(files.refresh(kNow + std::chrono::minutes(2)).errors.empty());
  CHECK(files.status().last_success == kNow);
  folder.write("a.yml", "[]");
  CHECK(files.refresh(kNow + std::chrono::minutes(3)).changed);
  CHECK(names(files).empty());
  CHECK(files.status().good == true);
  CHECK(files.status().last_success == kNow + std::chrono::minutes(3));
}

TEST_CASE("domain files: a file that is gone takes its domains with it", "[targets][domain_files]") {
  const WebFolder folder;
  const auto path = folder.write("a.yml", "- targets: [a.example]");
  DomainFiles files(folder.path("*.yml"), 8);
  files.refresh(kNow);
  std::filesystem::remove(path);
  CHECK(files.refresh(kNow).changed);
  CHECK(names(files).empty());
}

TEST_CASE("domain files: while a folder cannot be read its files keep their domains", "[targets][domain_files]") {
  const WebFolder folder;
  std::filesystem::create_directory(folder.path("d"));
  folder.write("d/a.yml", "- targets: [a.example]");
  DomainFiles files(folder.path("d/*.yml"), 8);
  files.refresh(kNow);
  check_kept_while_away(folder, files, folder.path("d/*.yml") + ": the folder cannot be read");
}

TEST_CASE("domain files: a file without a pattern keeps its domains while its folder cannot be read",
          "[targets][domain_files]") {
  const WebFolder folder;
  std::filesystem::create_directory(folder.path("d"));
  const auto path = folder.write("d/a.yml", "- targets: [a.example]");
  DomainFiles files(path, 8);
  files.refresh(kNow);
  REQUIRE(names(files) == Names{"a.example"});
  check_kept_while_away(folder, files, path + ": the folder cannot be read: No such file or directory");
  // Out of a folder that can be read it is really gone.
  std::filesystem::remove(path);
  CHECK(files.refresh(kNow + std::chrono::minutes(4)).changed);
  CHECK(names(files).empty());
  CHECK(files.status().good == true);
}

TEST_CASE("domain files: a link that leads elsewhere is a change, as in a Kubernetes volume",
          "[targets][domain_files]") {
  const WebFolder folder;
  for (const std::string version : {"v1", "v2"}) {
    std::filesystem::create_directory(folder.path(version));
    folder.write(version + "/a.yml", "- targets: [" + version + ".example]");
  }
  std::filesystem::create_symlink("v1", folder.path("data"));
  std::filesystem::create_symlink("data/a.yml", folder.path("a.yml"));
  DomainFiles files(folder.path("*.yml"), 8);
  files.refresh(kNow);
  CHECK(names(files) == Names{"v1.example"});
  std::filesystem::create_symlink("v2", folder.path("next"));
  std::filesystem::rename(folder.path("next"), folder.path("data"));
  CHECK(files.refresh(kNow).changed);
  CHECK(names(files) == Names{"v2.example"});
}

TEST_CASE("domain files: with another limit of labels all files are read anew", "[targets][domain_files]") {
  const WebFolder folder;
  folder.write("a.yml", "- targets: [a.example]\n  labels: {one: a, two: b}");
  DomainFiles files(folder.path("*.yml"), 1);
  CHECK(files.refresh(kNow).errors.size() == 1);
  files.set_max_labels(2);
  CHECK(files.refresh(kNow).changed);
}

}  // namespace
}  // namespace mta_sts::targets
