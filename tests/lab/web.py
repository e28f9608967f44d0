"""Policy hosts of the lab: one nginx with a server block for each policy host and address."""

import re
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from faults import Spot
from process import Process, wait_until

# answer -> what nginx does at the well-known path; {file} is the policy's file.
ANSWERS = {
    "policy": "types {{}} default_type text/plain; alias {file};",
    "charset": 'types {{}} default_type "text/plain; charset=utf-8"; alias {file};',
    "empty": "types {{}} default_type text/plain; alias {file};",
    "large": "types {{}} default_type text/plain; alias {file};",
    "html": "types {{}} default_type text/html; alias {file};",
    "untyped": 'types {{}} default_type ""; alias {file};',
    "coded": "types {{}} default_type text/plain; add_header Content-Encoding gzip; alias {file};",
    "204": "return 204;",
    "206": "return 206 partial;",
    "404": "return 404;",
    "500": "return 500;",
    "301": "return 301 https://mta-sts.healthy.test/.well-known/mta-sts.txt;",
    "closes": "return 444;",
}
ANSWER_REASONS = {
    "policy": "",
    "charset": "",
    "empty": "",  # fetched; it is no policy
    "large": "http_too_large",
    "html": "http_content_type",
    "untyped": "http_content_type",
    "coded": "http_encoding",
    "204": "http_status",
    "206": "http_status",
    "404": "http_status",
    "500": "http_status",
    "301": "http_redirect",
    "closes": "http_protocol",
}
ANSWER_STATUS = {"204": 204, "206": 206, "301": 301, "404": 404, "500": 500, "closes": None}  # 200 otherwise

TLS = {
    "": "",
    "old": "ssl_protocols TLSv1.1;",
    "reject": "ssl_reject_handshake on;",
}
TLS_REASONS = {"": "", "old": "tls_version", "reject": "tls_handshake"}

# Servers of the lab may use what Debian's defaults forbid: short keys and TLS 1.1.
OPENSSL_CONF = """openssl_conf = lab
[lab]
ssl_conf = lab_ssl
[lab_ssl]
system_default = lab_defaults
[lab_defaults]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
"""

WELL_KNOWN = "/.well-known/mta-sts.txt"


def write_openssl_conf(directory):
    path = directory / "openssl.cnf"
    path.write_text(OPENSSL_CONF)
    return path


def bracketed(address):
    return f"[{address}]" if ":" in address else address


@dataclass(frozen=True)
class Site:
    """One server block: names served alike at one address."""

    names: tuple
    address: str
    issued: object
    body: str
    answer: str = "policy"
    tls: str = ""


def sites_of(domains, pki):
    """The server blocks of the lab's table, the certificate of each (policy host, address), and the spots of
    faults.py."""
    sites, issued, spots = [], {}, []
    for domain in domains:
        for web in domain.web:
            if not web.listening:
                continue
            certificate = pki.issue([domain.policy_host], web.cert)
            issued[domain.policy_host, web.address] = certificate
            policy = web.policy or domain.policy
            if web.fault:
                files = (str(certificate.chain_file), str(certificate.key_file))
                spots.append(Spot(web.address, 443, web.fault, files, body=policy.text()))
                continue
            body = {"empty": "", "large": policy.text() + "#" * 70000}.get(web.answer, policy.text())
            sites.append(Site((domain.policy_host,), web.address, certificate, body, web.answer, web.tls))
    return sites, issued, spots


class Web:
    def __init__(self, directory, sites):
        self.directory = directory / "web"
        (self.directory / "policies").mkdir(parents=True)
        self._openssl_conf = write_openssl_conf(self.directory)
        self.sites = sites
        self._process = None
        self.write_conf()

    def policy_file(self, site):
        return self.directory / "policies" / f"{site.names[0]}@{site.address.replace(':', '_')}.txt"

    def _server(self, site):
        file = self.policy_file(site)
        file.write_bytes(site.body.encode(errors="surrogateescape"))
        location = ANSWERS[site.answer].format(file=file)
        certificate = f"ssl_certificate {site.issued.chain_file}; ssl_certificate_key {site.issued.key_file};"
        return (
            f"server {{ listen {bracketed(site.address)}:443 ssl; server_name {' '.join(site.names)};\n"
            f"  {TLS[site.tls]} {certificate}\n  location = {WELL_KNOWN} {{ {location} }}\n"
            f"  location / {{ return 404; }} }}\n"
        )

    def _default_servers(self):
        """A name that is not served is refused in the handshake, as at a provider's front."""
        addresses = sorted({s.address for s in self.sites if not s.tls})
        listen = " ".join(f"listen {bracketed(a)}:443 ssl default_server;" for a in addresses)
        return f"server {{ {listen} ssl_reject_handshake on; }}\n"

    def write_conf(self):
        scratch = "".join(
            f"{kind}_temp_path {self.directory}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        servers = "".join(self._server(site) for site in self.sites)
        (self.directory / "nginx.conf").write_text(
            f"daemon off; user root; worker_processes 1; pid {self.directory}/nginx.pid;\n"
            f"error_log {self.directory}/error.log warn;\nevents {{ worker_connections 1024; }}\nhttp {{\n"
            "log_format lab '$msec $server_addr $host $status \"$request\"';\n"
            f"access_log {self.directory}/access.log lab;\n{scratch}"
            "server_names_hash_bucket_size 256; server_names_hash_max_size 8192;\n"
            f"ssl_session_cache off; keepalive_timeout 5s;\n{self._default_servers()}{servers}}}\n"
        )

    def start(self):
        argv = ["nginx", "-p", self.directory, "-e", self.directory / "error.log", "-c", self.directory / "nginx.conf"]
        environment = {"OPENSSL_CONF": str(self._openssl_conf)}
        self._process = Process("nginx", argv, self.directory / "nginx.out", environment)
        wait_until(self._answers, 15, "nginx answers")

    def _answers(self):
        self._process.check_alive()
        return all(accepts(site.address, 443) for site in self.sites[:1])

    def reload(self):
        """Reads configuration and certificates again; policies are read with every request anyway."""
        self._process.send(signal.SIGHUP)

    def stop(self):
        if self._process:
            self._process.stop()

    def fetches(self, host):
        """How often the policy of a host was asked for."""
        log = self.directory / "access.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return len(re.findall(rf"^\S+ \S+ {re.escape(host)} ", text, re.M))

    def logs(self):
        return [self.directory / "nginx.out", self.directory / "error.log"]


def accepts(address, port):
    """Whether something listens there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def file_tail(path, lines=40):
    path = Path(path)
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
