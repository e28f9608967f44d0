#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/web/http.h"

namespace mta_sts::web {

/// Compressed bodies for the connections of one server; one thread. A large body is compressed once as long as it
/// lives, however many scrapes share it, and in turns, so that small answers do not wait for it. Bodies are held
/// weakly: the store keeps no rendered text alive, only its compressed form.
class GzipStore {
 public:
  explicit GzipStore(boost::asio::any_io_executor executor);

  /// Never null. Only one large body is in work at a time, the others wait for it.
  boost::asio::awaitable<Body> compressed(Body body);

  static constexpr std::size_t kKeptFrom = 256 * 1024;  ///< octets; smaller bodies take about 1 ms and are not kept
  static constexpr std::size_t kTurn = 256 * 1024;      ///< octets compressed before others have their turn
  static constexpr std::size_t kEntries = 4;

 private:
  struct Entry {
    std::weak_ptr<const std::string> body;
    Body compressed;
  };

  Body find(const Body& body) const;
  void keep(const Body& body, Body compressed);
  boost::asio::awaitable<Body> compress(Body body);
  void release();

  boost::asio::any_io_executor executor_;
  std::vector<Entry> entries_;  ///< the oldest first
  bool busy_ = false;
  boost::asio::steady_timer freed_;  ///< never expires; cancelling it wakes those that wait for busy_
};

}  // namespace mta_sts::web
