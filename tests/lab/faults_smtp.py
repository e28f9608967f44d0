"""What an MX can do, well or badly, that Postfix cannot be told to do: one coroutine a behaviour, and where a sender's
dialogue with it ends."""

import asyncio

from facts import HOSTILE, Stage
from session import ALERT

GREETING = "220 faults.test ESMTP"
REPLIES = {"EHLO": ("250-faults.test", "250-SIZE 1000000", "250-STARTTLS", "250 HELP"), "QUIT": ("221 2.0.0 Bye",)}
GO_AHEAD = "220 2.0.0 Go ahead"


async def answer(session, replies):
    """Answers each command by its verb until the peer goes; 220 to STARTTLS is followed by the handshake."""
    while line := await session.hear():
        verb = line.split()[0].upper()
        reply = replies.get(verb, ("502 5.5.1 Not here",))
        if reply == (GO_AHEAD,):
            await session.start_tls(*reply)
        else:
            await session.say(*reply)
        if verb == "QUIT":
            return


async def good(session, greeting=(GREETING,), **replies):
    await session.say(*greeting)
    await answer(session, {**REPLIES, "STARTTLS": (GO_AHEAD,), **replies})


async def late(session):
    await asyncio.sleep(3)
    await good(session, ("220-faults.test ESMTP", "220-was asleep", "220 and is awake"))


async def last_line(session):
    await good(session, EHLO=("250-faults.test", "250-HELP", "250 STARTTLS"))


async def silent(session):
    await session.wait()


async def closes(_session):
    pass


async def resets(session):
    await asyncio.sleep(0.3)  # the peer must have seen the connection stand before it sees it reset
    session.reset()


async def drips(session):
    await session.drip(f"{GREETING} with all the time in the world" + " and more" * 10 + "\r\n")


async def greets_421(session):
    await session.say("421 4.3.2 faults.test is closing down")


async def greets_nonsense(session):
    await session.say("Welcome, whoever you are")
    await session.wait()


async def greets_endlessly(session):
    while True:
        await session.say("220-and another thing")


async def closes_at_ehlo(session):
    await session.say(GREETING)
    await session.hear()


async def silent_at_ehlo(session):
    await closes_at_ehlo(session)
    await session.wait()


async def endless_ehlo(session):
    await closes_at_ehlo(session)
    while True:
        await session.say("250-X-ANOTHER-EXTENSION")


async def endless_line(session):
    await closes_at_ehlo(session)
    await session.send(b"250-")
    while True:
        await session.send(b"x" * 1000)


async def helo_only(session):
    await good(session, EHLO=("502 5.5.1 EHLO is not known here",), HELO=("250 faults.test",))


async def refuses_ehlo(session):
    await good(session, EHLO=("550 5.7.1 Not for you",))


async def closes_with_5xx(session):
    await closes_at_ehlo(session)
    await session.say("554 5.7.1 Not for you, goodbye")


async def busy_421(session):
    await closes_at_ehlo(session)
    await session.say("421 4.7.0 Try again later")


async def busy_451(session):
    await good(session, EHLO=("451 4.3.0 Try again later",))


async def refuses_454(session):
    await good(session, STARTTLS=("454 4.7.0 TLS is not available",))


async def hostile(session):
    """Texts for whoever shows them unescaped: where it is quiet about it, as long as a sender may read."""
    await good(
        session,
        (f"220-{HOSTILE}", f"220 faults.test {HOSTILE}"),
        EHLO=("250-faults.test", *(f"250-X-{HOSTILE}" for _ in range(20)), "250-STARTTLS", f"250 {HOSTILE}"),
    )


async def refuses_501(session):
    await good(session, STARTTLS=("501 5.5.4 Syntax error",))


async def closes_at_starttls(session):
    await closes_at_ehlo(session)
    await session.say(*REPLIES["EHLO"])
    await session.hear()


async def up_to_tls(session, go_ahead=f"{GO_AHEAD}\r\n"):
    await closes_at_starttls(session)
    await session.send(go_ahead.encode())


async def silent_tls(session):
    await up_to_tls(session)
    await session.wait()


async def garbage_tls(session):
    await up_to_tls(session)
    await session.hear_octets()
    await session.say("250 this is no ServerHello")
    await session.wait()


async def alert_tls(session):
    await up_to_tls(session)
    await session.hear_octets()
    await session.send(ALERT)


async def resets_tls(session):
    await up_to_tls(session)
    await session.hear_octets()
    session.reset()


async def injects(session):
    await up_to_tls(session, f"{GO_AHEAD}\r\n250-faults.test\r\n250 INJECTED\r\n")
    await session.wait()


async def silent_inside(session):
    await closes_at_starttls(session)
    await session.start_tls(GO_AHEAD)
    await session.wait()


# behaviour -> (what it does, where the dialogue ends, the reason of contract/metrics.md)
BEHAVIOURS = {
    "good": (good, Stage.ENCRYPTED, ""),
    "late": (late, Stage.ENCRYPTED, ""),
    "last_line": (last_line, Stage.ENCRYPTED, ""),
    "sni_only": (good, Stage.ENCRYPTED, ""),  # who names no host gets a certificate for another one
    "silent": (silent, Stage.CONNECTED, "smtp_timeout"),
    "closes": (closes, Stage.CONNECTED, "smtp_closed"),
    "resets": (resets, Stage.CONNECTED, "smtp_closed"),
    "drips": (drips, Stage.CONNECTED, "smtp_timeout"),
    "greets_421": (greets_421, Stage.CONNECTED, "smtp_busy"),
    "greets_nonsense": (greets_nonsense, Stage.CONNECTED, "smtp_protocol"),
    "greets_endlessly": (greets_endlessly, Stage.CONNECTED, "smtp_protocol"),
    "closes_at_ehlo": (closes_at_ehlo, Stage.GREETED, "smtp_protocol"),
    "silent_at_ehlo": (silent_at_ehlo, Stage.GREETED, "smtp_timeout"),
    "endless_ehlo": (endless_ehlo, Stage.GREETED, "smtp_protocol"),
    "endless_line": (endless_line, Stage.GREETED, "smtp_protocol"),
    "helo_only": (helo_only, Stage.GREETED, "starttls_missing"),
    "refuses_ehlo": (refuses_ehlo, Stage.GREETED, "starttls_missing"),
    "closes_with_5xx": (closes_with_5xx, Stage.GREETED, "smtp_protocol"),
    "busy_421": (busy_421, Stage.GREETED, "smtp_busy"),
    "busy_451": (busy_451, Stage.GREETED, "smtp_busy"),
    "hostile": (hostile, Stage.ENCRYPTED, ""),
    "refuses_454": (refuses_454, Stage.GREETED, "starttls_refused"),
    "refuses_501": (refuses_501, Stage.GREETED, "starttls_refused"),
    "closes_at_starttls": (closes_at_starttls, Stage.GREETED, "smtp_protocol"),
    "silent_tls": (silent_tls, Stage.STARTTLS, "tls_timeout"),
    "garbage_tls": (garbage_tls, Stage.STARTTLS, "tls_handshake"),
    "alert_tls": (alert_tls, Stage.STARTTLS, "tls_handshake"),
    "resets_tls": (resets_tls, Stage.STARTTLS, "tls_handshake"),
    "injects": (injects, Stage.STARTTLS, "starttls_injection"),
    "silent_inside": (silent_inside, Stage.ENCRYPTED, "smtp_timeout"),
}
