#include "exporter/web/listener.h"

#include <charconv>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/system/error_code.hpp>

namespace mta_sts::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

enum class Families { One, Both };

struct Attempt {
  tcp::acceptor acceptor;
  error_code error;
};

Attempt listen_on(asio::any_io_executor executor, const tcp::endpoint& endpoint, Families families) {
  Attempt attempt{tcp::acceptor(executor), {}};
  auto& [acceptor, error] = attempt;
  acceptor.open(endpoint.protocol(), error);
  // A restart must not wait for the TIME_WAIT of old connections; on Linux this does not allow two listeners.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(families == Families::One), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return attempt;
}

bool means_no_ipv6(const error_code& error) {
  return error == asio::error::address_family_not_supported ||
         error == error_code(EADDRNOTAVAIL, boost::system::system_category());
}

Attempt listen_on_every_address(asio::any_io_executor executor, std::uint16_t port) {
  auto attempt = listen_on(executor, {tcp::v6(), port}, Families::Both);
  if (!means_no_ipv6(attempt.error)) return attempt;
  return listen_on(executor, {tcp::v4(), port}, Families::One);
}

Attempt listen_on_host(asio::any_io_executor executor, const ListenAddress& address) {
  error_code error;
  const auto literal = asio::ip::make_address(address.host, error);
  if (!error) return listen_on(executor, {literal, address.port}, Families::One);
  tcp::resolver resolver(executor);
  const auto found = resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error) return {tcp::acceptor(executor), error};
  auto chosen = found.begin()->endpoint();
  for (const auto& entry : found) {
    if (!entry.endpoint().address().is_v4()) continue;
    chosen = entry.endpoint();
    break;
  }
  return listen_on(executor, chosen, Families::One);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto refused =
      fail("\"" + std::string(text) + "\" is no address to listen on such as :8461, 127.0.0.1:8461 or [::1]:8461");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return refused;
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  error_code error;
  const bool is_v6 = (asio::ip::make_address_v6(std::string(host), error), !error);
  // Brackets and IPv6 go together: without them the port of ::1:8461 would be a guess.
  if (bracketed != is_v6) return refused;
  if (!bracketed && host.find_first_of("[]:") != std::string_view::npos) return refused;
  return ListenAddress{std::string(host), port};
}

Result<tcp::acceptor> open_listener(asio::any_io_executor executor, std::string_view text) {
  const auto address = parse_listen_address(text);
  if (!address) return tl::unexpected(address.error());
  auto attempt = address->host.empty() || address->host == "::" ? listen_on_every_address(executor, address->port)
                                                                : listen_on_host(executor, *address);
  if (attempt.error) return fail("cannot listen on \"" + std::string(text) + "\": " + attempt.error.message());
  return std::move(attempt.acceptor);
}

Result<tcp::acceptor> adopt_listener(asio::any_io_executor executor, int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return fail("the descriptor " + std::to_string(socket) + " is no socket");
  tcp::acceptor acceptor(executor);
  error_code error;
  acceptor.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, error);
  if (error) return fail("cannot listen on the passed socket " + std::to_string(socket) + ": " + error.message());
  return acceptor;
}

}  // namespace mta_sts::web
