// The main of a fuzz target outside a fuzzing build: runs it over every file of the directories that are named.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "fuzz_target.h"

namespace {

void replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> octets((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::cerr << path.filename().string() << '\n';
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      replay(entry.path());
      ++count;
    }
  }
  if (count == 0) std::cerr << "no corpus\n";
  return count == 0 ? 1 : 0;
}
