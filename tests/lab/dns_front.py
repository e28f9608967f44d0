#!/usr/bin/python3
"""The resolver that the exporter asks: passes every question to Unbound and every answer back octet by octet, apart from
a few names, for which it answers as no server of the lab can be told to.
Arguments: own address, Unbound's address, name=fault..."""

import asyncio
import sys

UPSTREAM_SECONDS = 5
MAX_MESSAGE = 65535

RESPONSE, RECURSION_AVAILABLE, SERVFAIL = 0x80, 0x80, 2
OPT = bytes([0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0])  # root name, type, size 1232, flags


def question_end(query):
    """The offset behind the one question, and its name."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode(errors="replace").lower())
        at += 1 + query[at]
    return at + 5, ".".join(labels)


def malformed(query, end):
    """One record of the type that is asked for, with a single octet of data: no TXT, MX, A or AAAA."""
    record = b"\xc0\x0c" + query[end - 4 : end] + bytes([0, 0, 0, 2, 0, 1, 255])
    counts = bytes([0, 1, 0, 1, 0, 0, 0, 0])
    return query[:2] + bytes([RESPONSE | query[2] & 1, RECURSION_AVAILABLE]) + counts + query[12:end] + record


def bogus(query, end):
    """SERVFAIL with EDE 6, DNSSEC Bogus (RFC 8914 4.7)."""
    option = bytes([0, 15, 0, 2, 0, 6])
    flags = bytes([RESPONSE | query[2] & 1, RECURSION_AVAILABLE | SERVFAIL])
    counts = bytes([0, 1, 0, 0, 0, 0, 0, 1])
    return query[:2] + flags + counts + query[12:end] + OPT + bytes([0, len(option)]) + option


FAULTS = {"malformed": malformed, "bogus": bogus}


class Front:
    def __init__(self, upstream, faults):
        self._upstream, self._faults = upstream, faults

    def own_answer(self, query):
        try:
            end, name = question_end(query)
        except IndexError:
            return None
        return FAULTS[self._faults[name]](query, end) if name in self._faults else None

    async def ask_upstream(self, query):
        """The answer by UDP, or nothing."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(lambda: OneAnswer(answer), remote_addr=(self._upstream, 53))
        try:
            transport.sendto(query)
            return await asyncio.wait_for(answer, UPSTREAM_SECONDS)
        except (asyncio.TimeoutError, OSError):
            return None
        finally:
            transport.close()

    async def serve_tcp(self, reader, writer):
        upstream = None
        try:
            from_upstream, upstream = await asyncio.open_connection(self._upstream, 53)
            while True:
                query = await read_message(reader)
                answer = self.own_answer(query)
                if not answer:
                    upstream.write(len(query).to_bytes(2, "big") + query)
                    answer = await asyncio.wait_for(read_message(from_upstream), UPSTREAM_SECONDS)
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError):
            pass  # one of both sides has gone
        finally:
            writer.close()
            if upstream:
                upstream.close()


async def read_message(reader):
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


class OneAnswer(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self._answer = answer

    def datagram_received(self, data, _address):
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, error):
        if not self._answer.done():
            self._answer.set_exception(error)


class Questions(asyncio.DatagramProtocol):
    def __init__(self, front):
        self._front, self._tasks = front, set()

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, address):
        task = asyncio.ensure_future(self._answer(data, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, query, address):
        answer = self._front.own_answer(query) or await self._front.ask_upstream(query)
        if answer:
            self._transport.sendto(answer, address)


async def serve(address, upstream, *faults):
    front = Front(upstream, dict(fault.split("=") for fault in faults))
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: Questions(front), local_addr=(address, 53))
    await asyncio.start_server(front.serve_tcp, address, 53, limit=MAX_MESSAGE)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
