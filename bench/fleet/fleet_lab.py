"""The servers of a fleet, started together and ended together. The bench has a network of its own (scripts/bench), so
that its addresses, any of 127.0.0.0/8 with ports 25, 53 and 443, are nobody else's."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pinned
from certificates import Certificates
from dns_server import DnsServer
from fleet import DNS_ADDRESS
from nginx import make_mail, make_web
from process import LabError


def require_own_network():
    links = subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout
    if [line.split()[0] for line in links.splitlines()] != ["lo"]:
        raise LabError("not in a network of its own: start it by scripts/bench")


def be_the_resolver(directory):
    """Go's resolver and who else reads /etc/resolv.conf asks the fleet's server; in our mount namespace only."""
    file = directory / "resolv.conf"
    file.write_text(f"nameserver {DNS_ADDRESS}\n")
    subprocess.run(["mount", "--bind", file, "/etc/resolv.conf"], check=True)


class FleetLab:
    def __init__(self, fleet, kept):
        """Kept: the directory whose certificates outlive the run."""
        self.fleet = fleet
        self.certificates = Certificates(Path(kept) / "certificates")

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="mta-sts-bench-"))
        self.certificates.issue_for(self.fleet.domains)
        self.dns = DnsServer(self.directory, self.fleet)
        web = make_web(self.directory, self.fleet, self.certificates)
        mail = make_mail(self.directory, self.fleet, self.certificates)
        self.servers = []
        try:
            be_the_resolver(self.directory)
            for server in (self.dns, web, mail):
                server.start()
                self.servers.append(server)
        except BaseException:
            self.__exit__()
            raise
        return self

    def used(self):
        """CPU seconds of each server so far."""
        return {server.name: pinned.cpu_seconds(server.process.pid) for server in self.servers}

    def __exit__(self, *_):
        for server in reversed(self.servers):
            server.stop()
        subprocess.run(["umount", "/etc/resolv.conf"], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
