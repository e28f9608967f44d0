#include "exporter/settings/file_text.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace mta_sts::settings {
namespace {

tl::unexpected<Error> cannot_read(int error) {
  return fail("cannot be read: " + std::generic_category().message(error));
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return cannot_read(errno);
  std::string text;
  char block[64 * 1024];
  while (text.size() <= most) {
    errno = 0;
    const auto count = std::fread(block, 1, sizeof block, file.get());
    text.append(block, count);
    if (count < sizeof block) {
      if (std::ferror(file.get()) != 0) return cannot_read(errno);
      break;
    }
  }
  if (text.size() > most) text.resize(most + 1);
  return text;
}

}  // namespace mta_sts::settings
