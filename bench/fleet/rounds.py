"""Programs that do the same work, one after the other and again: what each costs a domain, and the ratios of each
round, in which a machine that is slow for a while is slow for all."""

from dataclasses import dataclass, field

import bare_client
from blackbox import Blackbox
from fleet_exporter import FleetExporter
from report import spread, table

MILLI = 1000
PATIENCE = 600


def exporter_pass(program, lab, history="memory:", **overrides):
    """CPU seconds of a first pass, without those of an exporter that has nothing to do."""
    with FleetExporter(program, lab, [], history, **overrides) as empty:
        empty.first_pass(PATIENCE)
        idle = empty.settled_cpu()
    with FleetExporter(program, lab, lab.fleet.domains, history, **overrides) as exporter:
        exporter.first_pass(PATIENCE)
        used = exporter.settled_cpu()
        exporter.require_all_ok(len(lab.fleet.mx_hosts))
        exporter.require_all_written()
    return used - idle


def blackbox_pass(lab):
    with Blackbox(lab) as blackbox:
        return blackbox.pass_cpu()


def bare_pass(program, lab):
    return bare_client.pass_cpu(program, lab)


@dataclass
class Cost:
    """Of one program, an entry a round: CPU milliseconds a domain. And the questions that its last round asked."""

    milliseconds: list = field(default_factory=list)
    questions: dict = field(default_factory=dict)


def run(lab, programs, rounds):
    """Programs: name -> function of the lab that gives CPU seconds. The cost of each."""
    costs = {name: Cost() for name in programs}
    for number in range(rounds):
        for name, measure in programs.items():
            before = lab.dns.asked()
            used = measure(lab) * MILLI / lab.fleet.count
            asked = lab.dns.asked()
            costs[name].milliseconds.append(used)
            costs[name].questions = {kind: count - before.get(kind, 0) for kind, count in asked.items()}
            print(f"round {number + 1} of {rounds}: {name}: {used:.3f} ms a domain", flush=True)
    return costs


def shown_questions(questions, domains):
    return ", ".join(f"{count / domains:.4g} {kind}" for kind, count in sorted(questions.items()) if count)


def cost_table(costs, domains):
    rows = [[name, *spread(c.milliseconds), shown_questions(c.questions, domains)] for name, c in costs.items()]
    return table(["CPU ms a domain", "least", "median", "most", "DNS questions a domain"], rows)


def ratio_table(costs, wanted):
    """Wanted: (name, name of the peer, goal)."""
    rows = []
    for name, peer, goal in wanted:
        ratios = [ours / theirs for ours, theirs in zip(costs[name].milliseconds, costs[peer].milliseconds)]
        rows.append([f"{name} / {peer}", *spread(ratios), goal])
    return table(["ratio of each round", "least", "median", "most", "goal"], rows)
