#!/usr/bin/python3
"""The fault servers: one process, one loopback address a behaviour, for what nginx and Postfix cannot be told to do.
Argument: a file with the list of Spots. The kernel ends the process with its parent (process.py)."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from dataclasses import asdict, dataclass

import faults_https
import faults_smtp
from process import Process, wait_until
from session import Session, server_context

BLACK_HOLE = "black_hole"  # for both protocols: a connection never stands
BEHAVIOURS = {25: faults_smtp.BEHAVIOURS, 443: faults_https.BEHAVIOURS}

LIMIT_SECONDS = 90  # of a connection: longer than the exporter's default timeouts
END_SECONDS = 8  # more than the lab's timeouts: what is in flight at the end may go on so long
LIMIT_CONNECTIONS = 64  # at a time
LIMIT_OCTETS = 8192  # that are kept of what a peer sends


@dataclass(frozen=True)
class Spot:
    """One address and what is done there."""

    address: str
    port: int
    behaviour: str
    certificate: tuple = ()  # chain file, key file
    without_name: tuple = ()  # the certificate for who names no host
    body: str = ""


class Server:
    """`dialogues`: those in flight, of all servers."""

    dialogues = 0

    def __init__(self, spot):
        self._spot = spot
        self._run = BEHAVIOURS[spot.port][spot.behaviour][0]
        self._tls = server_context(*spot.certificate)
        if spot.without_name:
            self._tls = server_context(*spot.without_name, by_name=self._tls)
        self._slots = asyncio.Semaphore(LIMIT_CONNECTIONS)

    async def start(self):
        inside = self._spot.port == 443 and self._spot.behaviour not in faults_https.BEFORE_TLS
        return await asyncio.start_server(
            self._serve, self._spot.address, self._spot.port, limit=LIMIT_OCTETS, ssl=self._tls if inside else None
        )

    async def _serve(self, reader, writer):
        session = Session(reader, writer, self._tls, self._spot.body)
        Server.dialogues += 1
        try:
            async with self._slots:
                await asyncio.wait_for(self._run(session), LIMIT_SECONDS)
        except (OSError, ssl.SSLError, ValueError, asyncio.TimeoutError):
            pass  # the peer has gone, or had its time
        finally:
            Server.dialogues -= 1
            writer.close()


def open_black_hole(address, port):
    """A queue of one connection that nobody takes, filled by ourselves: the kernel drops every further SYN."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(0)
    fillers = []
    for _ in range(2):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex((address, port))
        fillers.append(filler)
    return listener, fillers


async def serve(spots):
    holes = [open_black_hole(s.address, s.port) for s in spots if s.behaviour == BLACK_HOLE]
    servers = [await Server(s).start() for s in spots if s.behaviour != BLACK_HOLE]
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    print(f"{len(spots)} addresses, {len(holes)} black holes", flush=True)
    await end.wait()
    for server in servers:
        server.close()
    await end_dialogues()


async def end_dialogues():
    """One that is cut in its middle would be a fault of its own."""
    for _ in range(int(END_SECONDS / 0.1)):
        if Server.dialogues == 0:
            return
        await asyncio.sleep(0.1)


class Faults:
    """The process as the lab sees it, for the spots of one port."""

    def __init__(self, name, directory, spots):
        self.directory = directory / name
        self.directory.mkdir()
        self._name, self._spots = name, spots
        self._file = self.directory / "spots.json"
        self._file.write_text(json.dumps([asdict(s) for s in spots]))
        self._log = self.directory / "log"
        self._process = None

    def start(self):
        begin = self._log.stat().st_size if self._log.exists() else 0
        self._process = Process(self._name, [sys.executable, "-B", __file__, self._file], self._log)
        wait_until(lambda: self._process.check_alive() and self._log.stat().st_size > begin, 15, f"{self._name} listens")

    def stop(self):
        if self._process:
            self._process.stop(END_SECONDS + 2)

    def logs(self):
        return [self._log]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(serve([Spot(**entry) for entry in json.load(file)]))
