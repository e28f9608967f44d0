"""MX hosts of the lab: one Postfix with an smtpd for each address. Nothing is delivered; the log counts dialogues."""

import datetime
import os
import pwd
import re
import signal
from dataclasses import dataclass

import faults_smtp
from facts import Stage
from faults import BLACK_HOLE, Spot
from process import Process, run_tool, wait_until
from web import accepts, bracketed, write_openssl_conf

# behaviour -> options of its smtpd
BEHAVIOURS = {
    "": {},
    "no_starttls": {"smtpd_tls_security_level": "none"},
    "refuse_starttls": {"smtpd_command_filter": "regexp:{ {/^STARTTLS/ LABREFUSED} }"},
    "busy": {"smtpd_delay_reject": "no", "smtpd_client_restrictions": "defer"},
    "rejects": {"smtpd_delay_reject": "no", "smtpd_client_restrictions": "reject"},
    "slow": {"smtpd_delay_reject": "no", "smtpd_client_restrictions": "sleep 2, permit"},
    "old_tls": {"smtpd_tls_protocols": ">=TLSv1.1, <=TLSv1.1"},
    "tls12": {"smtpd_tls_protocols": ">=TLSv1.2, <=TLSv1.2"},
}

# behaviour, of Postfix or of the fault server -> where the dialogue ends, the reason of contract/metrics.md
ENDS = {
    "": (Stage.ENCRYPTED, ""),
    "slow": (Stage.ENCRYPTED, ""),
    "tls12": (Stage.ENCRYPTED, ""),
    "no_starttls": (Stage.GREETED, "starttls_missing"),
    "refuse_starttls": (Stage.GREETED, "starttls_refused"),
    "busy": (Stage.CONNECTED, "smtp_busy"),
    "rejects": (Stage.CONNECTED, "smtp_rejected"),
    "old_tls": (Stage.STARTTLS, "tls_version"),
    BLACK_HOLE: (Stage.NOTHING, "connect_timeout"),
    **{name: (stage, reason) for name, (_, stage, reason) in faults_smtp.BEHAVIOURS.items()},
}


READINESS = "127.80.25.254"  # a listener that is nobody's MX: asking it is no dialogue with one


@dataclass(frozen=True)
class Smtpd:
    address: str
    issued: object
    smtp: str = ""


def smtpds_of(hosts, pki):
    """One smtpd an address; its certificate covers every MX name there. Also: (MX name, address) -> certificate, and the
    spots of faults.py."""
    by_address = {}
    for host in hosts:
        for listener in host.listeners:
            if listener.listening:
                by_address.setdefault(listener.address, []).append((host.name, listener))
    smtpds, issued, spots = [], {}, []
    for address, users in by_address.items():
        listener = users[0][1]
        certificate = pki.issue([name for name, _ in users], listener.cert)
        if listener.smtp in BEHAVIOURS:
            smtpds.append(Smtpd(address, certificate, listener.smtp))
        else:
            spots.append(_spot(address, listener, certificate, pki))
        issued.update({(name, address): certificate for name, _ in users})
    return smtpds, issued, spots


def _spot(address, listener, certificate, pki):
    other = pki.issue(["elsewhere.test"]) if listener.smtp == "sni_only" else None
    files = [(str(c.chain_file), str(c.key_file)) if c else () for c in (certificate, other)]
    return Spot(address, 25, listener.smtp, *files)


class Mail:
    def __init__(self, directory, smtpds, readiness=READINESS):
        self.directory = directory / "mail"
        self._readiness = readiness
        self.log = self.directory / "mail.log"
        self.smtpds = smtpds
        self._process = None
        (self.directory / "config").mkdir(parents=True)
        self._openssl_conf = write_openssl_conf(self.directory / "config")
        self._make_queue()
        self._write_main_cf()
        self._write_master_cf()

    def _make_queue(self):
        owner = pwd.getpwnam("postfix")
        for name in ("private", "public", "pid", "data"):
            (self.directory / "queue" / name).mkdir(parents=True)
        for name in ("queue/private", "queue/public", "queue/data"):
            os.chown(self.directory / name, owner.pw_uid, -1)

    def _write_main_cf(self):
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.directory / "queue",
            "data_directory": self.directory / "queue/data",
            "maillog_file": self.log,
            "maillog_file_prefixes": self.directory,
            "mail_owner": "postfix",
            "myhostname": "lab.test",
            "mynetworks": "127.0.0.0/8 [::1]/128",
            "inet_interfaces": "loopback-only",
            "inet_protocols": "all",
            "mydestination": "",
            "alias_maps": "",
            "local_recipient_maps": "",
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_count_limit": 0,
            "smtpd_client_connection_rate_limit": 0,
            "smtpd_tls_security_level": "may",
            "smtpd_tls_loglevel": 1,
            "smtpd_relay_restrictions": "reject",
            "tls_config_file": self._openssl_conf,
            "tls_medium_cipherlist": "DEFAULT:@SECLEVEL=0",
        }
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.directory / "config/main.cf").write_text(text)

    def _write_master_cf(self):
        services = [
            "postlog unix-dgram n - n - 1 postlogd",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "anvil unix - - n - 1 anvil",
            f"{self._readiness}:25 inet n - n - - smtpd",
        ]
        for smtpd in self.smtpds:
            options = {
                "syslog_name": f"lab/{smtpd.address.replace(':', '_')}",
                "smtpd_banner": f"$myhostname ESMTP lab {smtpd.address}",
                "smtpd_tls_chain_files": f"{smtpd.issued.key_file}, {smtpd.issued.chain_file}",
                **BEHAVIOURS[smtpd.smtp],
            }
            services.append(f"{bracketed(smtpd.address)}:25 inet n - n - - smtpd")
            services += [f"  -o {{ {name} = {value} }}" for name, value in options.items()]
        (self.directory / "config/master.cf").write_text("\n".join(services) + "\n")

    def start(self):
        config = self.directory / "config"
        daemons = run_tool(["postconf", "-c", config, "-h", "daemon_directory"]).strip()
        # The master itself: the postfix command refuses configurations that the system's own does not name.
        argv = [f"{daemons}/master", "-c", config, "-d"]
        self._process = Process("postfix", argv, self.directory / "master.out", {"MAIL_CONFIG": str(config)})
        wait_until(self._answers, 15, "Postfix accepts connections")

    def _answers(self):
        self._process.check_alive()
        return accepts(self._readiness, 25)

    def reload(self):
        """New certificates and options: idle smtpd processes end, others with their next client."""
        self._write_master_cf()
        self._process.send(signal.SIGHUP)

    def stop(self):
        if self._process:
            self._process.stop()

    def mark(self):
        """The present end of the log, for `since`."""
        return self.log.stat().st_size if self.log.exists() else 0

    def dialogues(self, address, since=0):
        """When each dialogue with an address began, as Postfix logged it (whole seconds)."""
        text = self.log.read_bytes()[since:].decode(errors="replace") if self.log.exists() else ""
        name = re.escape(f"lab/{address.replace(':', '_')}/smtpd")
        lines = re.findall(rf"^(\w+ +\d+ [\d:]+) \S+ {name}\[\d+\]: connect from", text, re.M)
        year = datetime.datetime.now().year
        return [datetime.datetime.strptime(f"{year} {when}", "%Y %b %d %H:%M:%S").timestamp() for when in lines]

    def logs(self):
        return [self.directory / "master.out", self.log]
