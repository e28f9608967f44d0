#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/web/config.h"
#include "tests/unit/table_files.h"
#include "web_folder.h"

namespace mta_sts::web {
namespace {

namespace fs = std::filesystem;
namespace pki = net::test;

const fs::path kTable = fs::path(SOURCE_DIR) / "tests/config/web";
constexpr std::size_t kFewestBadFiles = 90;
constexpr std::size_t kFewestGoodFiles = 18;

using testing::contents;
using testing::files_ending;

/// What the files of the table name, good and bad.
void write_certificates(const WebFolder& folder) {
  const auto authority = pki::self_signed(authority_spec("Client CA"));
  const auto server = pki::self_signed(server_spec());
  auto weak = server_spec();
  weak.key = pki::KeyKind::Rsa1024;
  folder.write("server", server);
  folder.write("other", pki::self_signed(server_spec()));
  folder.write("ca", authority);
  folder.write("weak", pki::self_signed(weak));
  const auto certificate = pki::to_pem(*server.certificate);
  const auto key = pki::to_pem(*server.key);
  const auto authority_text = pki::to_pem(*authority.certificate);
  folder.write("chain.crt", certificate + authority_text);
  folder.write("all.pem", key + certificate);
  folder.write("encrypted.key", pki::to_pem(*server.key, "hunter2"));
  folder.write("empty.pem", "");
  folder.write("large.crt", std::string(kMostConfigOctets + 1, 'a'));
  const auto broken = [](std::string pem) { return pem.replace(pem.size() / 2, 4, "@@@@"); };
  folder.write("broken.crt", broken(certificate));
  folder.write("second_broken.crt", certificate + broken(authority_text));
  folder.write("broken.key", broken(key));
  fs::create_directory(folder.path("folder"));
}

/// The faults of a file of the table without the name of the temporary folder; "" where it is good.
std::string faults_of(const WebFolder& folder, const fs::path& file) {
  const auto path = folder.write(file.filename().string(), contents(file));
  const auto config = read_config(path).config;
  if (config) return "";
  auto text = config.error().message + "\n";
  const auto prefix = folder.path("");
  for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix)) text.erase(at, prefix.size());
  return text;
}

TEST_CASE("config table: every bad file is refused with the exact message beside it", "[web][config]") {
  const WebFolder folder;
  write_certificates(folder);
  const auto files = files_ending(kTable / "invalid", ".yml");
  CHECK(files.size() >= kFewestBadFiles);
  for (const auto& file : files) {
    INFO(file.filename().string());
    const auto faults = faults_of(folder, file);
    const auto expected = fs::path(file).replace_extension(".expect.txt");
    CHECK(fs::exists(expected));
    if (fs::exists(expected)) CHECK(faults == contents(expected));
    // What may be a password is never shown.
    CHECK(faults.find("hunter2") == faults.npos);
    CHECK(faults.find("$2y$10$QO") == faults.npos);
  }
}

TEST_CASE("config table: every expectation has its bad file", "[web][config]") {
  for (const auto& expected : files_ending(kTable / "invalid", ".expect.txt")) {
    const auto name = expected.filename().string();
    INFO(name);
    CHECK(fs::exists(expected.parent_path() / (name.substr(0, name.find('.')) + ".yml")));
  }
}

TEST_CASE("config table: every good file is taken", "[web][config]") {
  const WebFolder folder;
  write_certificates(folder);
  const auto files = files_ending(kTable / "valid", ".yml");
  CHECK(files.size() >= kFewestGoodFiles);
  for (const auto& file : files) {
    INFO(file.filename().string());
    CHECK(faults_of(folder, file).empty());
  }
}

TEST_CASE("config table: the example is taken", "[web][config]") {
  const WebFolder folder;
  write_certificates(folder);
  CHECK(faults_of(folder, fs::path(SOURCE_DIR) / "config/web.example.yml").empty());
}

}  // namespace
}  // namespace mta_sts::web
