"""The lab's certificate authorities, and every kind of good and bad certificate with what it says."""

import datetime
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from facts import HOSTILE

DAY = datetime.timedelta(days=1)

# kind -> the reason of contract/metrics.md; "" is a certificate that a sender accepts.
KINDS = {
    "good": "",
    "short_chain": "",  # the intermediate ends before the leaf
    "rsa": "",
    "ending": "",  # in five days, of six
    "due": "",  # for renewal: five days are left of ninety
    "wildcard": "",  # for one label below the name's parent
    "expired": "cert_expired",
    "not_yet_valid": "cert_not_yet_valid",
    "self_signed": "cert_self_signed",
    "unknown_ca": "cert_untrusted",
    "no_intermediate": "cert_untrusted",
    "chain_expired": "cert_chain_expired",
    "weak": "cert_weak",
    "client_only": "cert_purpose",
    "wrong_name": "cert_name_mismatch",
    "cn_only": "cert_name_mismatch",
    "wildcard_above": "cert_name_mismatch",  # the name is one label too deep for it
    "critical": "cert_invalid",  # an extension that nobody knows and that must not be ignored
    "hostile": "cert_name_mismatch",  # names for whoever shows them unescaped, 64 KiB of them
    "no_ca": "cert_invalid",  # the issuer is no CA
}


@dataclass(frozen=True)
class Issued:
    """A leaf on disk (chain and key in files of their own) and the values that the exporter must show for it."""

    chain_file: Path
    key_file: Path
    reason: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: float
    not_after: float
    chain_not_after: float | None  # None: no chain to a trusted root


@dataclass(frozen=True)
class Authority:
    cert: x509.Certificate
    key: object
    sent: tuple  # certificates that a server sends after the leaf
    trusted_ends: tuple | None  # ends of the issuers up to the trusted root; None: not trusted


def _seconds(moment):
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


# A dNSName is ASCII.
HOSTILE_NAME = HOSTILE.encode("ascii", "ignore").decode()


def _hostile_name():
    """64 KiB: more than a CA would write, and no more than OpenSSL reads of a chain."""
    text = HOSTILE + " " + "x" * (64 * 1024 - len(HOSTILE.encode()))
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text, _validate=False)])


def _name(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "MTA-STS Lab"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _serial():
    """20 octets with a first hex digit that is not 0: one hex form only."""
    return int.from_bytes(bytes([0x10 + secrets.randbelow(0x60)]) + secrets.token_bytes(19), "big")


def _builder(subject, issuer, public_key, begin, end):
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
    return builder.serial_number(_serial()).not_valid_before(begin).not_valid_after(end)


class Pki:
    """Makes its authorities at once; issues leaves on demand below `directory`."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True)
        self.now = datetime.datetime.utcnow().replace(microsecond=0)
        self._key = ec.generate_private_key(ec.SECP256R1())  # one key for all leaves: quick, and nothing looks at it
        self._serial_number = 0
        root = self._root("Lab Root CA")
        unknown = self._root("Unknown Root CA")
        self._authorities = {
            "": self._intermediate("Lab Intermediate CA", root, 300 * DAY),
            "short_chain": self._intermediate("Lab Short Intermediate CA", root, 20 * DAY),
            "chain_expired": self._intermediate("Lab Expired Intermediate CA", root, -2 * DAY),
            "hostile": self._intermediate(HOSTILE, root, 300 * DAY),
            "no_ca": self._intermediate("Lab Office", root, 300 * DAY, ca=False),
            "unknown_ca": self._intermediate("Unknown Intermediate CA", unknown, 300 * DAY, trusted=False),
        }
        self.ca_file = self.directory / "root.pem"
        self.ca_file.write_bytes(root.cert.public_bytes(serialization.Encoding.PEM))

    def _root(self, common_name):
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name)
        begin, end = self.now - 400 * DAY, self.now + 3000 * DAY
        return Authority(self._sign_ca(name, name, key, key, begin, end), key, (), (_seconds(end),))

    def _intermediate(self, common_name, parent, lifetime, trusted=True, ca=True):
        key = ec.generate_private_key(ec.SECP256R1())
        end = self.now + lifetime
        cert = self._sign_ca(_name(common_name), parent.cert.subject, key, parent.key, self.now - 300 * DAY, end, ca)
        ends = (_seconds(end), *parent.trusted_ends) if trusted and ca else None
        return Authority(cert, key, (cert,), ends)

    def _sign_ca(self, subject, issuer, key, signer, begin, end, ca=True):
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = _builder(subject, issuer, key.public_key(), begin, end)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return builder.sign(signer, hashes.SHA256())

    def _lifetime(self, kind):
        if kind == "expired":
            return self.now - 90 * DAY, self.now - DAY
        if kind == "not_yet_valid":
            return self.now + 10 * DAY, self.now + 90 * DAY
        if kind == "due":
            return self.now - 85 * DAY, self.now + 5 * DAY
        return self.now - DAY, self.now + (5 if kind == "ending" else 60) * DAY

    def _shown_names(self, names, kind):
        if kind == "wrong_name":
            return ["elsewhere.test"]
        if kind == "hostile":
            return [HOSTILE_NAME]
        if kind in ("wildcard", "wildcard_above"):
            return ["*." + names[0].split(".", 1 if kind == "wildcard" else 2)[-1]]
        return names

    def _sign_leaf(self, names, kind, key, authority):
        begin, end = self._lifetime(kind)
        subject = _hostile_name() if kind == "hostile" else _name(names[0][:64])
        issuer, signer = (subject, key) if kind == "self_signed" else (authority.cert.subject, authority.key)
        builder = _builder(subject, issuer, key.public_key(), begin, end)
        if kind != "cn_only":
            shown = [x509.DNSName(n) for n in self._shown_names(names, kind)]
            builder = builder.add_extension(x509.SubjectAlternativeName(shown), False)
        if kind == "critical":
            unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
            builder = builder.add_extension(unknown, critical=True)
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if kind == "client_only" else ExtendedKeyUsageOID.SERVER_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        return builder.sign(signer, hashes.SHA256())

    def issue(self, names, kind="good", file_name=None):
        """A leaf for `names` of one of KINDS. A given file name is overwritten: a server's is swapped."""
        key = self._key
        if kind in ("weak", "rsa"):
            key = rsa.generate_private_key(65537, 1024 if kind == "weak" else 2048)
        authority = self._authorities.get(kind, self._authorities[""])
        leaf = self._sign_leaf(names, kind, key, authority)
        sent = () if kind in ("self_signed", "no_intermediate") else authority.sent
        self._serial_number += 1
        stem = file_name or f"{self._serial_number:04}-{names[0].replace('*', '_')}"
        chain_file, key_file = self.directory / f"{stem}.pem", self.directory / f"{stem}.key"
        chain_file.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, *sent)))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return self._facts(leaf, kind, authority, chain_file, key_file)

    def _facts(self, leaf, kind, authority, chain_file, key_file):
        end = _seconds(leaf.not_valid_after)
        chained = authority.trusted_ends and kind not in ("self_signed", "no_intermediate")
        return Issued(
            chain_file=chain_file,
            key_file=key_file,
            reason=KINDS[kind],
            issuer=leaf.issuer.rfc4514_string(),
            serial=f"{leaf.serial_number:x}",
            fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
            not_before=_seconds(leaf.not_valid_before),
            not_after=end,
            chain_not_after=min(end, *authority.trusted_ends) if chained else None,
        )
