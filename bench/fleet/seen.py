"""What a scrape of a fleet says, domain by domain."""

import re
import time
import zlib
from array import array
from collections import Counter
from dataclasses import dataclass, field

import pinned

PIECE = 1 << 20
NEVER = 0.0
# By the first label. A domain and its MX host have the same number, where each has one of its own.
OF_NUMBER = re.compile(rb'\{(?:domain="d|mx="mx)(\d+)\.')
ENDED, TOOK = b"mta_sts_domain_last_probe_timestamp_seconds", b"mta_sts_domain_probe_duration_seconds"
OWN = b"mta_sts_exporter_"


def _of_domains(family, lines):
    """(number, value) of each series. Looked for first: of 400 MB of text few have the family."""
    if family + b"{" not in lines:
        return []
    return re.findall(family + rb'\{domain="d(\d+)[^}]*\} (\S+)\n', lines)


@dataclass
class Seen:
    """One scrape, as Prometheus asks for it: with gzip. `wall` and `memory` are those of its beginning and its end."""

    wall: float
    seconds: float
    wire: int
    memory: int
    asked: int  # MX questions so far
    text: int = 0
    own: bytes = b""
    series: Counter = field(default_factory=Counter)  # by number, of the domain or of its MX host
    begun: array = None  # the last look that has ended, by number; NEVER: no such series

    @classmethod
    def of(cls, exporter, dns, count):
        wall, began = time.time(), time.monotonic()
        packed = exporter.get("/metrics", **{"Accept-Encoding": "gzip"})
        seconds = time.monotonic() - began
        seen = cls(wall, seconds, len(packed), pinned.memory_octets(exporter.process.pid), dns.asked()["MX"])
        seen.begun = array("d", [NEVER]) * count
        found = Counter()
        for lines in _whole_lines(packed):
            seen.text += len(lines)
            found.update(OF_NUMBER.findall(lines))
            if OWN in lines:
                seen.own += b"\n".join(re.findall(rb"^mta_sts_exporter_.*", lines, re.M)) + b"\n"
            for number, value in _of_domains(ENDED, lines):
                seen.begun[int(number)] += float(value)
            for number, value in _of_domains(TOOK, lines):
                seen.begun[int(number)] -= float(value)
        seen.series = Counter({int(number): lines for number, lines in found.items()})
        return seen

    def own_value(self, series):
        """Of one of the exporter's own, without its prefix."""
        return float(re.search(rf"^mta_sts_exporter_{re.escape(series)} (\S+)$".encode(), self.own, re.M)[1])

    def series_of(self, numbers):
        return sum(self.series[number] for number in numbers)


def _whole_lines(packed):
    unpacker, rest = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
    while packed:
        piece = rest + unpacker.decompress(packed, PIECE)
        packed = unpacker.unconsumed_tail
        whole, end, rest = piece.rpartition(b"\n")
        yield whole + end
    yield rest + unpacker.flush()


def looks_in(scrapes, number):
    """When each look at the domain began that these scrapes show."""
    return sorted({scrape.begun[number] for scrape in scrapes} - {NEVER})
