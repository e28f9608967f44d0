#include "exporter/targets/domain_files.h"

#include <algorithm>
#include <filesystem>
#include <glob.h>
#include <set>

#include "exporter/settings/file_text.h"
#include "exporter/settings/limits.h"
#include "exporter/settings/target_groups.h"
#include "exporter/settings/yaml_tree.h"

namespace mta_sts::targets {

void DomainFiles::set_max_labels(unsigned max_labels) {
  if (max_labels == max_labels_) return;
  max_labels_ = max_labels;
  for (auto& [path, file] : files_) file.stamp = {};
}

std::vector<std::string> DomainFiles::paths() const {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(glob_.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (paths.size() > settings::kMaxDomainFiles) paths.resize(settings::kMaxDomainFiles);
  return paths;
}

void DomainFiles::read(const std::string& path, File& file, Refreshed& refreshed) {
  const auto text = settings::read_file(path, settings::YamlLimits{}.octets);
  auto domains = text ? settings::parse_target_groups(*text, path, max_labels_)
                      : Result<std::vector<settings::DomainSetting>>(fail(path + ": " + text.error().message));
  file.good = domains.has_value();
  if (domains) {
    refreshed.changed = true;
    file.domains = std::move(*domains);
  } else {
    ++errors_;
    refreshed.errors.push_back(domains.error().message);
  }
}

bool DomainFiles::good() const {
  return std::all_of(files_.begin(), files_.end(), [](const auto& file) { return file.second.good; });
}

DomainFiles::Refreshed DomainFiles::refresh(WallTime now) {
  Refreshed refreshed;
  const auto present = paths();
  refreshed.changed = std::erase_if(files_, [&](const auto& file) {
                        return std::find(present.begin(), present.end(), file.first) == present.end();
                      }) > 0;
  for (const std::string& path : present) {
    File& file = files_[path];
    // Before reading: what changes meanwhile is read the next time.
    const FileStamp stamp = stamp_of(path);
    if (file.stamp == stamp) continue;
    file.stamp = stamp;
    read(path, file, refreshed);
  }
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
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (std::filesystem::is_directory(folder, error)) folders.insert(folder.string());
  };
  add(glob_);
  for (const auto& [path, file] : files_) add(path);
  return {folders.begin(), folders.end()};
}

}  // namespace mta_sts::targets
