"""The domains of the bench and where each of their servers is. Names and addresses only; every domain is in order."""

from dataclasses import dataclass

ZONE = "fleet.test"
MX_WILDCARD = f"*.mx.{ZONE}"
DNS_ADDRESS = "127.0.0.53"
DIGITS = 6  # of a domain's number


@dataclass(frozen=True)
class Fleet:
    """`count` domains. Each policy host has an address of its own, and so has each MX host, which serves 10^`shared`
    domains: the number of an MX host is that of its domains without their last `shared` digits."""

    count: int
    shared: int = 0

    @property
    def domains(self):
        return [f"d{number:0{DIGITS}}.{ZONE}" for number in range(self.count)]

    def mx_of(self, domain):
        return f"mx{domain[1:1 + DIGITS - self.shared]}.mx.{ZONE}"

    @property
    def mx_hosts(self):
        return list(dict.fromkeys(self.mx_of(domain) for domain in self.domains))


def policy_host(domain):
    return f"mta-sts.{domain}"


def _address(network, number):
    return f"127.{network + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def policy_address(number):
    """Of the policy host of the domain with this number."""
    return _address(100, number)


def mx_address(number):
    return _address(120, number)
