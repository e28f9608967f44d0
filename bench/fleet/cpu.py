"""CPU a domain at equal work, where each domain has a policy host and an MX host of its own; and where 100 domains
share an MX host, which the exporter looks at once and a probe a domain looks at 100 times."""

import rounds
from fleet import Fleet
from fleet_lab import FleetLab

DOMAINS = 3000
EXPORTER, WITH_HISTORY = "mta_sts_exporter", "mta_sts_exporter, history in sqlite"
BLACKBOX, BARE = "blackbox_exporter", "bare client"


def own(options):
    programs = {
        EXPORTER: lambda lab: rounds.exporter_pass(options.exporter, lab),
        BLACKBOX: rounds.blackbox_pass,
        BARE: lambda lab: rounds.bare_pass(options.bare_client, lab),
        WITH_HISTORY: lambda lab: rounds.exporter_pass(options.exporter, lab, "sqlite"),
    }
    wanted = [(EXPORTER, BLACKBOX, "0.70"), (EXPORTER, BARE, "1.2"), (WITH_HISTORY, BLACKBOX, "")]
    return {"cpu": _contest(options, Fleet(options.domains or DOMAINS), programs, wanted)}


def shared(options):
    """per_address_interval is 0s here: else an address is looked at slowly, which costs nothing."""
    programs = {
        EXPORTER: lambda lab: rounds.exporter_pass(options.exporter, lab, smtp={"per_address_interval": "0s"}),
        BLACKBOX: rounds.blackbox_pass,
    }
    fleet = Fleet(options.domains or DOMAINS, shared=2)
    return {"shared": _contest(options, fleet, programs, [(EXPORTER, BLACKBOX, "0.35")])}


def _contest(options, fleet, programs, wanted):
    with FleetLab(fleet, options.kept) as lab:
        costs = rounds.run(lab, programs, options.rounds)
    head = f"{fleet.count} domains, {len(fleet.mx_hosts)} MX hosts, {options.rounds} rounds.\n\n"
    return head + rounds.cost_table(costs, fleet.count) + "\n" + rounds.ratio_table(costs, wanted)
