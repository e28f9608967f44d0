#!/usr/bin/python3
"""The lab and the exporter for a person: look at it in the browser, break something, see what the exporter says."""

import argparse
import cmd
import shlex
import signal
import sys
import threading

from changes import Changes
from exporter import Exporter, configuration
from lab import Lab
from monitoring import Alertmanager, Prometheus, make_rules
from pki import KINDS
from process import LabError
from run import configured

FOR_DIVISOR = 60

INTRODUCTION = """
The exporter watches {count} domains, each with its own fault or none:
  http://{listen}/                                    status page
  http://{listen}/metrics                             all series
  http://{listen}/domains/certname.test               why one fails
  http://{prometheus}/alerts                              Prometheus with the alert rules; `for` is a sixtieth: an hour is a minute
  http://{alertmanager}/                                    Alertmanager with the example's routes: who is told, and what is muted
Domains are looked at every {domain}, MX hosts every {mx}. The lab is in {directory}.
Break something here (help lists all):
  mxcert mx1.mailhost.test expired                    nearly every domain shares this MX
  webcert healthy.test wrong_name
  policy healthy.test testing mx1.mailhost.test       a new policy under the old id
  mx healthy.test mx1.mailhost.test a.twin.test       an MX that is not in the policy
  record healthy.test                                 the record is removed
Then:  curl -s http://{listen}/metrics | grep -E 'problem.*(healthy.test|mx1)'
Ctrl-C ends everything.
"""


class Prompt(cmd.Cmd):
    prompt = "lab> "

    def __init__(self, changes):
        super().__init__()
        self._changes = changes

    def onecmd(self, line):
        try:
            return super().onecmd(line)
        except (LabError, TypeError, ValueError) as error:
            print(f"{error}; see: help {line.split()[0]}")
            return False

    def emptyline(self):
        return False

    def do_record(self, line):
        """record DOMAIN [TEXT]: the TXT record at _mta-sts.DOMAIN; without TEXT it is removed"""
        name, _, text = line.partition(" ")
        self._changes.record(name, text.strip())

    def do_mx(self, line):
        """mx DOMAIN HOST...: the MX set"""
        self._changes.mx(*shlex.split(line))

    def do_policy(self, line):
        """policy DOMAIN MODE [PATTERN...]: the policy, with max_age 604800"""
        name, mode, *patterns = shlex.split(line)
        lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {p}" for p in patterns), "max_age: 604800"]
        self._changes.policy(name, "\n".join(lines) + "\n")

    def do_webcert(self, line):
        self._changes.policy_certificate(*shlex.split(line))

    def do_mxcert(self, line):
        self._changes.mx_certificate(*shlex.split(line))

    do_webcert.__doc__ = f"webcert DOMAIN KIND: certificate of the policy host; KIND: {', '.join(KINDS)}"
    do_mxcert.__doc__ = f"mxcert HOST KIND: certificate of an MX host; KIND: {', '.join(KINDS)}"


def interrupt(_number, _frame):
    raise KeyboardInterrupt


def serve(lab, options):
    intervals = {"domain_interval": "10s", "mx_interval": "10s"}
    settings = configuration(list(configured(lab.domains)), lab.pki.ca_file, probe=intervals)
    exporter = Exporter(options.exporter, lab.directory, settings, options.listen)
    monitoring = []
    try:
        exporter.wait_ready(60)
        alertmanager = Alertmanager(lab.directory, wait="5s", listen=options.alertmanager)
        monitoring.append(alertmanager)
        rules = make_rules(lab.directory, FOR_DIVISOR)
        prometheus = Prometheus(lab.directory, options.listen, rules, options.alertmanager, "5s", options.prometheus)
        monitoring.append(prometheus)
        print(
            INTRODUCTION.format(
                count=len(lab.domains),
                listen=options.listen,
                prometheus=options.prometheus,
                alertmanager=options.alertmanager,
                directory=lab.directory,
                domain=intervals["domain_interval"],
                mx=intervals["mx_interval"],
            ),
            flush=True,
        )
        prompt = Prompt(Changes(lab))
        prompt.prompt = prompt.prompt if sys.stdin.isatty() else ""
        for line in iter_lines(prompt):
            prompt.onecmd(line)
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nending")
    finally:
        for part in (*reversed(monitoring), exporter):
            part.stop()


def iter_lines(prompt):
    """Lines of standard input up to its end."""
    while True:
        try:
            yield input(prompt.prompt)
        except EOFError:
            return


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--exporter", required=True, help="path of the daemon")
    arguments.add_argument("--listen", default="127.0.0.1:8461")
    arguments.add_argument("--prometheus", default="127.0.0.1:9090")
    arguments.add_argument("--alertmanager", default="127.0.0.1:9093")
    options = arguments.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with Lab() as lab:
            serve(lab, options)
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
