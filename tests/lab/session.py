"""One connection of a fault server, with what its behaviours need."""

import asyncio
import socket
import ssl
import struct

# An alert record as TLS 1.2 writes it: level fatal, description handshake_failure.
ALERT = bytes([21, 3, 3, 0, 2, 2, 40])


class Session:
    def __init__(self, reader, writer, tls, body=""):
        self._reader, self._writer, self._tls = reader, writer, tls
        self.body = body.encode()

    async def send(self, octets):
        self._writer.write(octets)
        await self._writer.drain()  # never more than one buffer is kept for a peer that does not read
        await asyncio.sleep(0)  # drain() may return without giving the loop a chance to tell of a lost peer

    async def say(self, *lines):
        await self.send("".join(f"{line}\r\n" for line in lines).encode())

    async def hear(self):
        """The next line without its end; nothing when the peer has gone."""
        return (await self._reader.readline()).decode(errors="replace").strip()

    async def hear_octets(self):
        """What comes first, such as a ClientHello; nothing is made of it."""
        return await self._reader.read(4096)

    async def wait(self):
        """Silence until the peer gives up."""
        while await self._reader.read(4096):
            pass

    async def drip(self, text):
        """An octet a second."""
        for octet in text.encode():
            await self.send(bytes([octet]))
            await asyncio.sleep(1)

    async def start_tls(self, *lines):
        """The handshake after these lines. Nothing is read between: a quick ClientHello would be lost in the buffer."""
        self._writer.transport.pause_reading()
        await self.say(*lines)
        await self._writer.start_tls(self._tls)

    def reset(self):
        """RST instead of FIN."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


def server_context(chain_file, key_file, by_name=None):
    """With `by_name` (a context) that certificate is shown to who names a host (SNI), the other one to who does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain_file, key_file)

    def choose(connection, name, _context):
        if name and by_name:
            connection.context = by_name

    context.sni_callback = choose
    return context
