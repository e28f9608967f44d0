#!/usr/bin/env python3
"""The running exporter behind --web.config.file, as strangers and friends meet it: old TLS is refused, wrong passwords and
unknown users are, clients without a certificate are, and a renewed certificate is served without a restart. Loopback only.

How long a refusal takes for a known and for an unknown user is measured and printed, never asserted: a busy machine decides."""

import argparse
import base64
import http.client
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from pathlib import Path

from running import PATIENCE, Exporter, make_certificate

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt  # Debian's Python has no other bcrypt

PASSWORD = "open sesame"
OPTIONS = argparse.Namespace()


def client_context(version=None, certificate=None):
    """A client that would speak anything: what is refused is refused by the exporter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        if version:
            context.minimum_version = version
            context.maximum_version = version
    if certificate:
        context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
    return context


def connect(port, context):
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context)


def status(port, context, user=None, password=PASSWORD, path="/-/healthy"):
    """The status of a request on a connection of its own; None where the exporter let nobody in."""
    headers = {}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    connection = connect(port, context)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except (ssl.SSLError, ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def served_certificate(port, context):
    connection = connect(port, context)
    connection.connect()
    certificate = ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(binary_form=True))
    connection.close()
    return certificate


class LockedDoor(unittest.TestCase):
    """One exporter with TLS and a password, one that asks for a certificate as well."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="locked-door-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        make_certificate(cls.folder, "authority", "")
        make_certificate(cls.folder, "server", "DNS:localhost")
        make_certificate(cls.folder, "client", "DNS:prometheus.example", "authority")
        make_certificate(cls.folder, "other", "DNS:other.example", "authority")
        make_certificate(cls.folder, "stranger", "DNS:prometheus.example")
        tls = "tls_server_config:\n  cert_file: ../server.crt\n  key_file: ../server.key\n"
        hashed = crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=1 << OPTIONS.cost))
        cls.password = cls.start("password", tls + f"basic_auth_users:\n  alice: {hashed}\n")
        cls.certificate = cls.start(
            "certificate", tls + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ../authority.crt\n"
            "  client_allowed_sans: [prometheus.example]\n")

    @classmethod
    def start(cls, name, web_config):
        (cls.folder / name).mkdir()
        exporter = Exporter(OPTIONS.exporter, cls.folder / name, web_config)
        cls.addClassCleanup(exporter.stop)
        return exporter

    def test_old_tls_is_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                self.assertIsNone(status(self.password.port, client_context(version), "alice"), version.name)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertEqual(status(self.password.port, client_context(version), "alice"), 200, version.name)

    def test_curl_comes_in_with_the_password_alone(self):
        def curl(*arguments):
            url = f"https://localhost:{self.password.port}/metrics"
            return subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE), "--cacert", self.folder / "server.crt",
                                   "-o", os.devnull, "-w", "%{http_code}", *arguments, url], capture_output=True, text=True).stdout
        self.assertEqual(curl("-u", f"alice:{PASSWORD}"), "200")
        self.assertEqual(curl("-u", "alice:wrong"), "401")
        self.assertEqual(curl(), "401")

    def test_wrong_passwords_and_unknown_users_are_refused_alike(self):
        context = client_context()
        times = {"alice": [], "mallory": []}
        for attempt in range(OPTIONS.tries):
            for user, taken in times.items():
                begin = time.monotonic()
                self.assertEqual(status(self.password.port, context, user, f"wrong {attempt}"), 401)
                taken.append(time.monotonic() - begin)
        self.assertEqual(status(self.password.port, context, "alice"), 200)
        self.assertEqual(status(self.password.port, context, "mallory"), 401)
        known, unknown = (statistics.median(taken) * 1000 for taken in times.values())
        apart = abs(known - unknown) / max(known, unknown) * 100
        print(f"\n{OPTIONS.tries} refusals each, median: wrong password {known:.1f} ms, unknown user {unknown:.1f} ms, "
              f"{apart:.1f} % apart ({'within' if apart <= 10 else 'NOT within'} 10 %)")

    def test_a_client_certificate_is_needed(self):
        port = self.certificate.port
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for certificate, expected in (("client", 200), ("other", None), ("stranger", None), (None, None)):
                path = certificate and self.folder / certificate
                self.assertEqual(status(port, client_context(version, path)), expected, f"{version.name} {certificate}")

    def test_a_renewed_certificate_is_served_to_the_next_connection(self):
        context = client_context()
        before = served_certificate(self.password.port, context)
        self.assertEqual(before, (self.folder / "server.crt").read_text())
        make_certificate(self.folder, "server", "DNS:localhost")
        after = served_certificate(self.password.port, context)
        self.assertEqual(after, (self.folder / "server.crt").read_text())
        self.assertNotEqual(before, after)

    def test_a_bad_file_is_refused_at_the_start_and_by_the_check(self):
        for name, flags in (("run", []), ("check", ["--config.check"])):
            bad = self.folder / f"bad-{name}.yml"
            bad.write_text("basic_auth_users:\n  alice: plain\n")
            good = self.folder / "password" / "exporter.yml"
            done = subprocess.run([OPTIONS.exporter, f"--config.file={good}", "--web.listen-address=127.0.0.1:0", *flags],
                                  env={**os.environ, "MTA_STS_EXPORTER_WEB_CONFIG_FILE": str(bad)},
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"{bad}:2:10: basic_auth_users.alice is no bcrypt hash", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exporter", required=True)
    parser.add_argument("--tries", type=int, default=50)
    parser.add_argument("--cost", type=int, default=10, help="of bcrypt")
    parser.parse_args(namespace=OPTIONS)
    unittest.main(argv=sys.argv[:1], verbosity=2)
