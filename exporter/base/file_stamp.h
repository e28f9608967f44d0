#pragma once

#include <cstdint>
#include <string>

namespace mta_sts {

/// What tells that a file was changed or replaced since, without reading it. Links are followed.
struct FileStamp {
  std::string path;
  bool regular = false;  ///< false: absent, out of reach or no file; all that follows is 0
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;      ///< octets
  std::int64_t modified = 0;  ///< ns since 1970
  std::int64_t changed = 0;   ///< ns since 1970: also where mtime was set back

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::string& path);

}  // namespace mta_sts
