#!/usr/bin/python3
"""pass_socket.py ADDRESS:PORT PROGRAM ARGUMENT...: becomes the program with a listening socket, as systemd passes it."""

import os
import socket
import sys

FIRST = 3  # SD_LISTEN_FDS_START

host, _, port = sys.argv[1].rpartition(":")
listener = socket.create_server((host, int(port)))
if listener.fileno() == FIRST:
    os.set_inheritable(FIRST, True)
else:
    os.dup2(listener.fileno(), FIRST)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
