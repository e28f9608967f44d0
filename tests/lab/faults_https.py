"""What a policy host can do, well or badly, that nginx cannot be told to do: one coroutine a behaviour, and what a
sender makes of it."""

from session import ALERT

HEADER = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


async def silent(session):
    await session.wait()


async def resets(session):
    await session.hear_octets()
    session.reset()


async def closes(session):
    await session.hear_octets()


async def alerts(session):
    await session.hear_octets()
    await session.send(ALERT)


async def plain_http(session):
    await session.hear_octets()
    await session.say("HTTP/1.1 400 Bad Request", "Content-Length: 0", "")
    await session.wait()


async def ask(session):
    """Up to the end of the request's header."""
    while await session.hear():
        pass


async def silent_inside(session):
    await ask(session)
    await session.wait()


async def drips(session):
    await ask(session)
    await session.send(f"{HEADER}Content-Length: {len(session.body)}\r\n\r\n".encode())
    await session.drip(session.body.decode())


async def endless(session):
    await ask(session)
    await session.send(f"{HEADER}Transfer-Encoding: chunked\r\n\r\n".encode())
    while True:
        await session.send(b"400\r\n" + b"#" * 1024 + b"\r\n")


async def truncated(session):
    await ask(session)
    await session.send(f"{HEADER}Content-Length: {len(session.body) + 1}\r\n\r\n".encode() + session.body)


async def garbage(session):
    await ask(session)
    await session.say("this is no status line", "")


async def http_1_0(session):
    await ask(session)
    await session.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + session.body)


# behaviour -> (what it does, the reason of contract/metrics.md, the HTTP status or None)
BEHAVIOURS = {
    "silent": (silent, "tls_timeout", None),
    "resets": (resets, "tls_handshake", None),
    "closes_tls": (closes, "tls_handshake", None),
    "alerts": (alerts, "tls_handshake", None),
    "plain_http": (plain_http, "tls_handshake", None),
    "silent_inside": (silent_inside, "http_timeout", None),
    "drips": (drips, "http_timeout", 200),
    "endless": (endless, "http_too_large", 200),
    "truncated": (truncated, "http_protocol", 200),
    "garbage": (garbage, "http_protocol", None),
    "http_1_0": (http_1_0, "", 200),
}
# These begin before the handshake; the others behind it.
BEFORE_TLS = ("silent", "resets", "closes_tls", "alerts", "plain_http")
