"""Certificates of the fleet: a root, an intermediate, below it a leaf for every policy host and one for all MX
hosts. Kept between runs, since 100,000 of them take a minute; made anew when they are old."""

import datetime
import os
import shutil
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fleet import MX_WILDCARD, policy_host

DAY = datetime.timedelta(days=1)
KEPT_SECONDS = 30 * 86400  # of the 90 days that a leaf lasts
PEM = serialization.Encoding.PEM


def _name(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "MTA-STS Bench"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class Certificates:
    def __init__(self, directory):
        self.directory = directory
        self.ca_file = directory / "root.pem"
        self.key_file = directory / "leaf.key"
        self.mx_file = directory / "mx.pem"
        self._intermediate_key_file = directory / "intermediate.key"
        self._intermediate_file = directory / "intermediate.pem"
        self._now = datetime.datetime.utcnow()
        if not self.mx_file.exists() or time.time() - self.mx_file.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            self._make_authorities()
        self._key = self._read_key(self.key_file)
        self._issuer_key = self._read_key(self._intermediate_key_file)
        self._sent = self._intermediate_file.read_bytes()
        self._issuer = x509.load_pem_x509_certificate(self._sent)
        if not self.mx_file.exists():
            self._issue(MX_WILDCARD, self.mx_file)

    def policy_file(self, host):
        return self.directory / f"{host}.pem"

    def issue_for(self, domains):
        there = set(os.listdir(self.directory))
        missing = [host for host in map(policy_host, domains) if f"{host}.pem" not in there]
        for host in missing:
            self._issue(host, self.policy_file(host))

    @staticmethod
    def _read_key(file):
        return serialization.load_pem_private_key(file.read_bytes(), None)

    @staticmethod
    def _write_key(key, file):
        file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def _make_authorities(self):
        root_key, key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        root = self._sign_authority("Bench Root CA", root_key, "Bench Root CA", root_key)
        intermediate = self._sign_authority("Bench Intermediate CA", key, "Bench Root CA", root_key)
        self.ca_file.write_bytes(root.public_bytes(PEM))
        self._intermediate_file.write_bytes(intermediate.public_bytes(PEM))
        self._write_key(key, self._intermediate_key_file)
        self._write_key(leaf_key, self.key_file)

    def _builder(self, subject, issuer, key, lifetime):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(self._now - DAY).not_valid_after(self._now + lifetime)

    def _sign_authority(self, common_name, key, issuer, issuer_key):
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = self._builder(_name(common_name), _name(issuer), key, 1000 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    def _issue(self, host, file):
        builder = self._builder(_name(host), self._issuer.subject, self._key, 90 * DAY)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        leaf = builder.sign(self._issuer_key, hashes.SHA256())
        file.write_bytes(leaf.public_bytes(PEM) + self._sent)
