"""The real program on a free port of loopback, and certificates for it."""

import os
import re
import signal
import subprocess
import time

PATIENCE = 20  # s, for what should take moments
WATCHING_NOTHING = 'domains: []\nhistory: {url: "memory:"}\n'


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificate(folder, name, names, issuer=None):
    """NAME.crt and NAME.key, renamed into place as certificate tools do."""
    arguments = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    arguments += ["-subj", f"/CN={name}", "-keyout", "new.key", "-out", "new.crt"]
    if names:
        arguments += ["-addext", f"subjectAltName={names}"]
    if issuer:
        arguments += ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    openssl(*arguments, folder=folder)
    os.rename(folder / "new.key", folder / f"{name}.key")
    os.rename(folder / "new.crt", folder / f"{name}.crt")


class Exporter:
    def __init__(self, program, folder, web_config="", config=WATCHING_NOTHING):
        (folder / "exporter.yml").write_text(config)
        (folder / "web.yml").write_text(web_config)
        self.log = folder / "exporter.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, f"--config.file={folder / 'exporter.yml'}", f"--web.config.file={folder / 'web.yml'}",
                 "--web.listen-address=127.0.0.1:0"], stderr=log)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r'msg="listening" address=127\.0\.0\.1:(\d+)', self.log.read_text())
            if found:
                return int(found[1])
            time.sleep(0.02)  # polling; the log is the only sign
        raise RuntimeError(self.log.read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)
