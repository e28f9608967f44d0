"""What a domain costs in small and in large fleets, each domain with an MX host of its own: memory after a first pass,
beside the octets of its text on /metrics, and the CPU of the pass."""

import time

import pinned
from fleet import Fleet
from fleet_exporter import FleetExporter
from fleet_lab import FleetLab
from report import table
from rounds import MILLI

SIZES = (1000, 10_000, 100_000)
PATIENCE = 3600
KIB = 1024


class Look:
    """What an exporter has used when its first pass is done and it has come to rest."""

    def __init__(self, program, lab, domains, families):
        with FleetExporter(program, lab, domains, metrics={"families": families}) as exporter:
            self.seconds = exporter.first_pass(PATIENCE)
            self.memory_at_once = pinned.memory_octets(exporter.process.pid)
            self.cpu = exporter.settled_cpu()
            self.memory = pinned.memory_octets(exporter.process.pid)
            if domains:
                exporter.require_all_ok(len(lab.fleet.mx_hosts))
            self.text = exporter.metrics_octets()


def memory(options):
    rows = []
    for count in [options.domains] if options.domains else SIZES:
        for families, (empty, full) in _looks(options, count, ("all", "core")).items():
            rows.append([f"{count}", families, *_memory_cells(empty, full, count)])
            print(rows[-1], flush=True)
    head = ["domains", "families", "RSS at the end of the pass", "RSS at rest", "text", "rest"]
    return {"memory": "KiB a domain.\n\n" + table(head, rows)}


def flat(options):
    """The machine is not as fast at all times: each fleet stands between two passes of the smallest."""
    least = SIZES[0]
    before, rows = _cpu(options, least), []
    for count in [options.domains] if options.domains else SIZES[1:]:
        used, after = _cpu(options, count), _cpu(options, least)
        rows.append([count, f"{used:.3f}", f"{before:.3f}, {after:.3f}", f"{2 * used / (before + after):.2f}"])
        before = after
    head = ["domains", "CPU ms a domain", f"{least} domains before and after", "beside their mean (goal: 0.80 to 1.20)"]
    return {"flat": table(head, rows)}


def _cpu(options, count):
    """Milliseconds a domain."""
    [(empty, full)] = _looks(options, count, ("all",)).values()
    return (full.cpu - empty.cpu) / count * MILLI


def _looks(options, count, shown):
    """Without domains and with all, by the families that are shown."""
    began, looks = time.monotonic(), {}
    with FleetLab(Fleet(count), options.kept) as lab:
        print(f"{count} domains: servers up after {time.monotonic() - began:.0f} s", flush=True)
        for families in shown:
            empty = Look(options.exporter, lab, [], families)
            full = Look(options.exporter, lab, lab.fleet.domains, families)
            looks[families] = empty, full
            used = (full.cpu - empty.cpu) / count * MILLI
            print(f"{families} families: pass of {full.seconds:.0f} s, {used:.3f} ms a domain", flush=True)
    return looks


def _memory_cells(empty, full, count):
    at_once, rest, text = (
        (value - base) / count / KIB
        for value, base in (
            (full.memory_at_once, empty.memory_at_once),
            (full.memory, empty.memory),
            (full.text, empty.text),
        )
    )
    return [f"{value:.2f}" for value in (at_once, rest, text, rest - text)]
