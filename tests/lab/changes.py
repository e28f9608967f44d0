"""Changes to a running lab: what an operator does to a domain, well or badly."""

import dataclasses

from dnsd import zone_data
from facts import Txt
from pki import KINDS
from process import LabError


class Changes:
    def __init__(self, lab):
        self._lab = lab

    def _domain(self, name):
        for domain in self._lab.domains:
            if domain.name == name:
                return domain
        raise LabError(f"no domain {name} in the lab")

    def _replace(self, name, **fields):
        changed = dataclasses.replace(self._domain(name), **fields)
        self._lab.domains = [changed if d.name == name else d for d in self._lab.domains]
        self._lab.dns.reload(zone_data(self._lab.domains, self._lab.hosts))
        return changed

    def record(self, name, text):
        """The TXT record at _mta-sts; without text it is removed."""
        self.records(name, *([text] if text else []))

    def records(self, name, *texts):
        """The TXT records at _mta-sts."""
        self._replace(name, record=Txt(texts))

    def mx(self, name, *hosts):
        """The MX set, with preferences 10, 20, ..."""
        self._replace(name, mx=tuple((10 * (i + 1), host) for i, host in enumerate(hosts)))

    def policy(self, name, text):
        """The policy at every address of the policy host."""
        host = self._domain(name).policy_host
        sites = [s for s in self._lab.web.sites if host in s.names]
        if not sites:
            raise LabError(f"{host} has no server")
        for site in sites:
            self._lab.web.policy_file(site).write_text(text)

    def policy_certificate(self, name, kind):
        """The certificate of the policy host: one of pki.KINDS."""
        host = self._domain(name).policy_host
        for site in self._lab.web.sites:
            if host in site.names:
                self._issue(list(site.names), kind, site.issued)
        self._lab.web.reload()

    def mx_certificate(self, host, kind):
        """The certificate of every address of an MX host."""
        listeners = {listener.address for h in self._lab.hosts if h.name == host for listener in h.listeners}
        for smtpd in self._lab.mail.smtpds:
            if smtpd.address in listeners:
                self._issue([host], kind, smtpd.issued)
        self._lab.mail.reload()

    def _issue(self, names, kind, issued):
        if kind not in KINDS:
            raise LabError(f"kinds of certificates: {', '.join(KINDS)}")
        self._lab.pki.issue(names, kind, file_name=issued.chain_file.stem)
