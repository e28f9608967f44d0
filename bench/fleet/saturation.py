"""How many domains a second one core looks at when all are due at once."""

from fleet import Fleet
from fleet_exporter import FleetExporter
from fleet_lab import FleetLab
from pinned import cpu_seconds
from report import spread, table

DOMAINS = 10_000
PATIENCE = 3600


def saturation(options):
    fleet = Fleet(options.domains or DOMAINS)
    rates, shares, server_shares = [], [], {}
    with FleetLab(fleet, options.kept) as lab:
        for number in range(options.rounds):
            before = lab.used()
            with FleetExporter(options.exporter, lab, fleet.domains) as exporter:
                seconds = exporter.first_pass(PATIENCE)
                used = cpu_seconds(exporter.process.pid)
                after = lab.used()
                exporter.require_all_ok(len(fleet.mx_hosts))
            rates.append(fleet.count / seconds)
            shares.append(100 * used / seconds)
            for name in after:
                server_shares.setdefault(name, []).append(100 * (after[name] - before[name]) / seconds)
            print(f"round {number + 1} of {options.rounds}: {rates[-1]:.0f} domains/s, {shares[-1]:.0f} %", flush=True)
    rows = [["domains a second", *spread(rates, 0)], ["% of its core: mta_sts_exporter", *spread(shares, 0)]]
    rows += [[f"% of the servers' core: {name}", *spread(values, 0)] for name, values in server_shares.items()]
    head = f"{fleet.count} domains, {options.rounds} rounds, from the start of the process to the end of its pass.\n\n"
    return {"saturation": head + table(["", "least", "median", "most"], rows)}
