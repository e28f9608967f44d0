#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace mta_sts::targets {

/// Tells when something in one of some folders was written, replaced, made or removed (inotify). On one executor; what
/// it cannot watch it does not tell of, so that its user looks from time to time as well. A machine has few instances
/// of inotify (fs.inotify.max_user_instances): without one it tells of nothing.
class FolderWatch {
 public:
  FolderWatch(const boost::asio::any_io_executor& executor, std::function<void()> changed);

  bool works() const { return inotify_.is_open(); }
  /// In place of the folders before.
  void watch(const std::vector<std::string>& folders);

 private:
  void listen();

  std::function<void()> changed_;
  boost::asio::posix::stream_descriptor inotify_;
  std::map<std::string, int> watches_;
  std::array<char, 4096> events_{};
};

}  // namespace mta_sts::targets
