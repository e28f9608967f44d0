#pragma once

#include <chrono>
#include <cstddef>

namespace mta_sts::web {

/// What one client may take. The defaults are meant for use; tests shorten the times.
struct Limits {
  std::size_t connections = 512;         ///< when reached, the one that waits longest makes room
  std::size_t header = 16 * 1024;        ///< octets of request line and header fields: 431 above
  std::size_t body = 64 * 1024;          ///< octets of a request body: 413 above
  std::size_t gzip_from = 1024;          ///< octets of an answer from which compressing is worth it
  std::size_t gzip_at_once = 64 * 1024;  ///< octets up to which that is done in one turn, so that its length is known
  std::chrono::milliseconds handshake{10'000};  ///< of TLS, from the connection on
  std::chrono::milliseconds idle{120'000};      ///< between two requests; longer than the usual scrape interval
  std::chrono::milliseconds read{10'000};       ///< from the first octet of a request to its last
  std::chrono::milliseconds stall{10'000};      ///< without the client taking a single octet of the answer
  std::chrono::milliseconds room_after{2'000};  ///< of stall: before that a connection with an answer makes no room
  std::chrono::milliseconds write{60'000};      ///< for the whole answer, however steadily it is taken
  std::chrono::milliseconds drain{1'000};       ///< for the client to close after the last answer
};

}  // namespace mta_sts::web
