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


def sizes(options):
    counts = [options.domains] if options.domains else SIZES
    memory_rows, cpu = [], []
    for count in counts:
        rows, used = _measure(options, count, ("all", "core"))
        memory_rows += rows
        cpu.append((count, used))
        # The machine is not as fast at all times: each fleet stands between two passes of the smallest.
        if count != counts[0]:
            cpu.append((counts[0], _measure(options, counts[0], ("all",))[1]))
    head = ["domains", "families", "RSS at the end of the pass", "RSS at rest", "text", "rest"]
    return {"memory": "KiB a domain.\n\n" + table(head, memory_rows), "flat": _flat_table(cpu)}


def _measure(options, count, shown):
    """Memory with each set of families, and CPU milliseconds a domain with the first."""
    began, rows, cpu = time.monotonic(), [], []
    with FleetLab(Fleet(count), options.kept) as lab:
        print(f"{count} domains: servers up after {time.monotonic() - began:.0f} s", flush=True)
        for families in shown:
            empty = Look(options.exporter, lab, [], families)
            full = Look(options.exporter, lab, lab.fleet.domains, families)
            rows.append([f"{count}", families, *_memory_cells(empty, full, count)])
            cpu.append((full.cpu - empty.cpu) / count * MILLI)
            print(f"{rows[-1]}, pass of {full.seconds:.0f} s, {cpu[-1]:.3f} ms a domain", flush=True)
    return rows, cpu[0]


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


def _flat_table(cpu):
    least, rows = cpu[0][0], []
    for before, (count, used), after in zip(cpu[::2], cpu[1::2], cpu[2::2]):
        beside = (before[1] + after[1]) / 2
        rows.append([count, f"{used:.3f}", f"{before[1]:.3f}, {after[1]:.3f}", f"{used / beside:.2f}"])
    head = ["domains", "CPU ms a domain", f"{least} domains before and after", "beside their mean (goal: 0.80 to 1.20)"]
    return table(head, rows)
