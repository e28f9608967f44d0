#include "raw_client.h"

#include <array>
#include <poll.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <utility>
#include <zlib.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace {

ServerOptions on_loopback(ServerOptions options) {
  options.listen = {"127.0.0.1:0"};
  return options;
}

}  // namespace

int WireResponse::status() const { return status_line.size() < 12 ? 0 : std::stoi(status_line.substr(9, 3)); }

std::string WireResponse::field(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at < head.size()) {
    const auto end = head.find("\r\n", at + 2);
    const auto line = std::string_view(head).substr(at + 2, end == head.npos ? head.npos : end - at - 2);
    const auto colon = line.find(':');
    if (colon != line.npos && ascii::same(line.substr(0, colon), name)) {
      return std::string(ascii::trim(line.substr(colon + 1)));
    }
    at = end;
  }
  return "";
}

RawClient::RawClient(std::uint16_t port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("connect failed");
  }
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

bool RawClient::send(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

RawClient::Got RawClient::more(std::chrono::milliseconds wait) {
  pollfd ready{socket_, POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return Got::Nothing;
  std::array<char, 64 * 1024> octets;
  const auto received = ::recv(socket_, octets.data(), octets.size(), 0);
  reset_ = received < 0;
  if (received <= 0) return Got::End;
  buffer_.append(octets.data(), static_cast<std::size_t>(received));
  return Got::Octets;
}

namespace {

/// The content of the chunks at the front of `octets` and how many octets they take; nothing while the last one is
/// missing (RFC 9112 §7.1).
std::optional<std::pair<std::string, std::size_t>> unchunk(std::string_view octets) {
  std::string content;
  for (std::size_t at = 0;;) {
    const auto line = octets.find("\r\n", at);
    if (line == octets.npos) return std::nullopt;
    const std::size_t size = std::stoul(std::string(octets.substr(at, line - at)), nullptr, 16);
    at = line + 2 + size + 2;
    if (at > octets.size()) return std::nullopt;
    if (octets.substr(at - 2, 2) != "\r\n") throw std::runtime_error("a chunk without end");
    if (size == 0) return std::pair(std::move(content), at);
    content += octets.substr(line + 2, size);
  }
}

}  // namespace

std::optional<WireResponse> take_response(std::string& buffer, Expect expect) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  WireResponse response;
  response.head = buffer.substr(0, end);
  response.status_line = response.head.substr(0, response.head.find("\r\n"));
  if (expect == Expect::Content && response.field("Transfer-Encoding") == "chunked") {
    auto content = unchunk(std::string_view(buffer).substr(end + 4));
    if (!content) return std::nullopt;
    response.body = std::move(content->first);
    buffer.erase(0, end + 4 + content->second);
    return response;
  }
  const auto length = response.field("Content-Length");
  const std::size_t octets = expect == Expect::HeadOnly || length.empty() ? 0 : std::stoul(length);
  if (buffer.size() < end + 4 + octets) return std::nullopt;
  response.body = buffer.substr(end + 4, octets);
  buffer.erase(0, end + 4 + octets);
  return response;
}

std::optional<WireResponse> RawClient::read_response(Expect expect) {
  while (true) {
    if (auto response = take_response(buffer_, expect)) return response;
    if (more(kPatience) != Got::Octets) return std::nullopt;
  }
}

std::optional<std::string> RawClient::read_to_end() {
  while (true) {
    const auto got = more(kPatience);
    if (got == Got::End) return std::exchange(buffer_, {});
    if (got == Got::Nothing) return std::nullopt;
  }
}

bool RawClient::is_closed() { return more(std::chrono::milliseconds(0)) == Got::End; }

TestServer::TestServer(Handler handler, ServerOptions options)
    : server(Server::start(on_loopback(std::move(options)), std::move(handler), telemetry, log).value()) {}

TestServer::TestServer(AsyncHandler handler, ServerOptions options)
    : server(Server::start(on_loopback(std::move(options)), std::move(handler), telemetry, log).value()) {}

std::string get(std::string_view target, std::string_view more_fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more_fields) + "\r\n";
}

std::string gunzip(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string text;
  std::array<unsigned char, 64 * 1024> output;
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = output.data();
    stream.avail_out = static_cast<uInt>(output.size());
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(reinterpret_cast<const char*>(output.data()), output.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("no whole gzip member");
  return text;
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace mta_sts::web
