"""The whole lab: one temporary directory, DNS, web and mail servers made from the table."""

import fcntl
import shutil
import socket
import tempfile
from pathlib import Path

from dnsd import Dns, require_programs
from domains import DOMAINS, MX_HOSTS
from facts import IPV6, MULTICAST, MxHost
from faults import Faults
from mail import Mail, smtpds_of
from pki import Pki
from process import LabError
from web import Web, file_tail, sites_of

LOCK = "/tmp/mta-sts-lab.lock"


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind((IPV6, 0))
        return True
    except OSError:
        return False


def has_route(address):
    """Whether the kernel would send there; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        return probe.connect_ex((address, 9)) == 0


def without(address, domains, hosts):
    """The table without what lives at an address that this machine does not have; says what is left out."""
    skipped_hosts = {h.name for h in hosts if any(item.address == address for item in h.listeners)}
    kept = [
        d
        for d in domains
        if not any(web.address == address for web in d.web) and not skipped_hosts & {host for _, host in d.mx}
    ]
    left_out = [d.name for d in domains if d not in kept]
    print(f"lab: no {address} on this machine, left out: {', '.join(left_out)}")
    return kept, [h for h in hosts if h.name not in skipped_hosts]


def all_hosts(domains, hosts):
    """The MX hosts of the table, and the domains that are their own MX."""
    return [*hosts, *(MxHost(d.name, d.implicit) for d in domains if d.implicit)]


class Lab:
    """Starts with `with`; everything is ended and, unless it failed, removed at the end."""

    def __init__(self, domains=None, hosts=None, keep=False):
        self.domains, self.hosts = domains or DOMAINS, hosts or MX_HOSTS
        self._keep = keep
        self._servers = []

    def __enter__(self):
        missing = require_programs()
        if missing:
            raise LabError(f"not installed: {', '.join(missing)} (packaging/apt-packages.txt)")
        self._take_lock()
        if not has_ipv6():
            self.domains, self.hosts = without(IPV6, self.domains, self.hosts)
        if not has_route(MULTICAST):
            self.domains, self.hosts = without(MULTICAST, self.domains, self.hosts)
        self.directory = Path(tempfile.mkdtemp(prefix="mta-sts-lab-"))
        self.directory.chmod(0o755)  # Postfix's processes give up root
        try:
            self._start()
        except BaseException:
            self.print_logs()
            self.__exit__(LabError, None, None)
            raise
        return self

    def _take_lock(self):
        self._lock = open(LOCK, "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LabError("another lab runs on this machine: its addresses are taken") from None

    def _start(self):
        self.pki = Pki(self.directory / "pki")
        hosts = all_hosts(self.domains, self.hosts)
        sites, self.web_certificates, web_spots = self.make_sites()
        smtpds, self.mx_certificates, mail_spots = smtpds_of(hosts, self.pki)
        self.dns = Dns(self.directory, self.domains, self.hosts)
        self.web = Web(self.directory, sites)
        self.mail = Mail(self.directory, smtpds)
        self.web_faults = Faults("web_faults", self.directory, web_spots)
        self.mail_faults = Faults("mail_faults", self.directory, mail_spots)
        for server in (self.dns, self.web, self.mail, self.web_faults, self.mail_faults):
            self._servers.append(server)
            server.start()

    def make_sites(self):
        return sites_of(self.domains, self.pki)

    def __exit__(self, kind, _value, _trace):
        for server in reversed(self._servers):
            server.stop()
        self._lock.close()
        if self._keep or kind is not None:
            print(f"lab: kept {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def print_logs(self):
        for server in self._servers:
            for log in server.logs():
                tail = file_tail(log, 30)
                if tail:
                    print(f"--- {log}\n{tail}")

    def keep(self):
        """Leaves the directory for a look after a failure."""
        self._keep = True
