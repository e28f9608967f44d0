#include "exporter/targets/folder_watch.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <sys/inotify.h>

namespace mta_sts::targets {
namespace {

/// Not IN_MODIFY: who writes a file in place has not ended yet.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB;

}  // namespace

FolderWatch::FolderWatch(const boost::asio::any_io_executor& executor, std::function<void()> changed)
    : changed_(std::move(changed)), inotify_(executor) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) return;
  inotify_.assign(descriptor);
  listen();
}

void FolderWatch::watch(const std::vector<std::string>& folders) {
  if (!works()) return;
  std::erase_if(watches_, [&](const auto& watch) {
    if (std::find(folders.begin(), folders.end(), watch.first) != folders.end()) return false;
    inotify_rm_watch(inotify_.native_handle(), watch.second);
    return true;
  });
  for (const std::string& folder : folders) {
    // Anew for one that was replaced by another of its name: the kernel knows which it is.
    const int watch = inotify_add_watch(inotify_.native_handle(), folder.c_str(), kEvents);
    if (watch >= 0) watches_[folder] = watch;
  }
}

void FolderWatch::listen() {
  inotify_.async_read_some(boost::asio::buffer(events_), [this](boost::system::error_code error, std::size_t) {
    if (error) return;
    changed_();
    listen();
  });
}

}  // namespace mta_sts::targets
