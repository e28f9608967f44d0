#include "exporter/targets/domain_files.h"

#include <algorithm>
#include <filesystem>
#include <glob.h>
#include <set>
#include <system_error>

#include "exporter/settings/file_text.h"
#include "exporter/settings/limits.h"
#include "exporter/settings/target_groups.h"
#include "exporter/settings/yaml_tree.h"

namespace mta_sts::targets {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// glob() opens no folder where the last part of a path is literal: to it, a file is not there also where nobody can
/// tell. A folder with a pattern of its own is left to it.
std::error_code cannot_open_folder_of(const std::string& glob) {
  const auto folder = folder_of(glob);
  std::error_code error;
  if (folder.string().find_first_of("*?[\\") == std::string::npos)
    const std::filesystem::directory_iterator opened(folder, error);
  return error;
}

}  // namespace

void DomainFiles::set_max_labels(unsigned max_labels) {
  if (max_labels == max_labels_) return;
  max_labels_ = max_labels;
  for (auto& [path, file] : files_) file.stamp = {};
}

Result<std::vector<std::string>> DomainFiles::paths() const {
  glob_t found{};
  // Without GLOB_ERR a folder that cannot be read has no files, and all domains would go.
  const int result = ::glob(glob_.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<std::string> paths;
  if (result == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) return fail(glob_ + ": the folder cannot be read");
  if (const auto error = result == GLOB_NOMATCH ? cannot_open_folder_of(glob_) : std::error_code())
    return fail(glob_ + ": the folder cannot be read: " + error.message());
  if (paths.size() > settings::kMaxDomainFiles)
    return fail(glob_ + ": more than " + std::to_string(settings::kMaxDomainFiles) + " files");
  return paths;
}

/// One line for what goes on, not one a look.
void DomainFiles::fail_once(std::string& known, const std::string& error, Refreshed& refreshed) {
  if (known == error) return;
  known = error;
  ++errors_;
  refreshed.errors.push_back(error);
}

void DomainFiles::read(const std::string& path, File& file, Refreshed& refreshed) {
  // Before reading: what changes meanwhile is read the next time.
  const FileStamp stamp = stamp_of(path);
  if (file.stamp == stamp) return;
  file.stamp = stamp;
  const auto text = settings::read_file(path, settings::YamlLimits{}.octets);
  if (!text) {
    file.stamp = {};  // it may be readable the next time, unchanged
    return fail_once(file.error, path + ": " + text.error().message, refreshed);
  }
  auto domains = settings::parse_target_groups(*text, path, max_labels_);
  if (!domains) return fail_once(file.error, domains.error().message, refreshed);
  file.error.clear();
  refreshed.changed |= file.domains != *domains;
  file.domains = std::move(*domains);
}

bool DomainFiles::good() const {
  return error_.empty() &&
         std::all_of(files_.begin(), files_.end(), [](const auto& file) { return file.second.error.empty(); });
}

DomainFiles::Refreshed DomainFiles::refresh(WallTime now) {
  Refreshed refreshed;
  const auto present = paths();
  if (!present) {
    fail_once(error_, present.error().message, refreshed);
    return refreshed;
  }
  error_.clear();
  refreshed.changed = std::erase_if(files_, [&](const auto& file) {
                        return std::find(present->begin(), present->end(), file.first) == present->end();
                      }) > 0;
  for (const std::string& path : *present) read(path, files_[path], refreshed);
  if (good()) last_success_ = now;
  return refreshed;
}

std::vector<DomainList> DomainFiles::lists() const {
  std::vector<DomainList> lists;
  for (const auto& [path, file] : files_) lists.push_back({path, file.domains});
  return lists;
}

SourceStatus DomainFiles::status() const {
  SourceStatus status{glob_, 0, good(), last_success_, errors_};
  for (const auto& [path, file] : files_) status.domains += file.domains.size();
  return status;
}

std::vector<std::string> DomainFiles::folders() const {
  std::set<std::string> folders;
  const auto add = [&](const std::filesystem::path& path) {
    std::error_code error;
    const auto folder = folder_of(path);
    if (std::filesystem::is_directory(folder, error)) folders.insert(folder.string());
  };
  add(glob_);
  for (const auto& [path, file] : files_) add(path);
  return {folders.begin(), folders.end()};
}

}  // namespace mta_sts::targets
