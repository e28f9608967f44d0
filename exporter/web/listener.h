#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "exporter/base/result.h"

namespace mta_sts::web {

/// One --web.listen-address, written as in Go: ":8461", "127.0.0.1:8461", "[::1]:8461", "localhost:8461".
struct ListenAddress {
  std::string host;  ///< without brackets; "" and "::" mean every address of both families
  std::uint16_t port = 0;
};

Result<ListenAddress> parse_listen_address(std::string_view text);

/// A listening socket for the address as the user wrote it, which an error names with its cause. A name is resolved
/// once; of several addresses the first IPv4 one is taken. Without IPv6 on the machine, ":8461" is IPv4 only.
Result<boost::asio::ip::tcp::acceptor> open_listener(boost::asio::any_io_executor executor, std::string_view text);

/// The same for a listening socket that somebody else opened (passed_sockets()), which is ours from here on.
Result<boost::asio::ip::tcp::acceptor> adopt_listener(boost::asio::any_io_executor executor, int socket);

}  // namespace mta_sts::web
