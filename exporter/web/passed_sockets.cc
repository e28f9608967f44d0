#include "exporter/web/passed_sockets.h"

#include <cstring>
#include <string>

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

namespace mta_sts::web {
namespace {

bool is_tcp_listener(int socket) { return sd_is_socket_inet(socket, AF_UNSPEC, SOCK_STREAM, 1, 0) > 0; }

}  // namespace

Result<std::vector<int>> passed_sockets() {
  const int count = sd_listen_fds(0);
  if (count < 0)
    return fail("--web.systemd-socket: the passed sockets cannot be taken: " + std::string(std::strerror(-count)));
  if (count == 0)
    return fail("--web.systemd-socket: no socket was passed; expected to be started by a systemd .socket unit");
  std::vector<int> sockets;
  for (int socket = SD_LISTEN_FDS_START; socket < SD_LISTEN_FDS_START + count; ++socket) {
    if (!is_tcp_listener(socket)) {
      return fail("--web.systemd-socket: the passed descriptor " + std::to_string(socket) +
                  " is no listening TCP socket; expected ListenStream=PORT or ADDRESS:PORT, and Accept=no");
    }
    sockets.push_back(socket);
  }
  return sockets;
}

}  // namespace mta_sts::web
