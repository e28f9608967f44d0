"""Debian's prometheus-blackbox-exporter on a fleet: for each domain the five probes that ask and judge what the
exporter does. Query names stand in a module, so that each domain has three modules of its own."""

import http.client
import json
import queue
import threading
from urllib.parse import urlencode

import pinned
from fleet import DNS_ADDRESS, policy_host
from fleet_exporter import free_port
from process import LabError, wait_until

PROGRAM = "prometheus-blackbox-exporter"
CLIENTS = 8


def dns_module(name, kind, wanted):
    dns = {"query_name": name, "query_type": kind, "transport_protocol": "udp", "preferred_ip_protocol": "ip4"}
    return {"prober": "dns", "dns": {**dns, "validate_answer_rrs": {"fail_if_none_matches_regexp": [wanted]}}}


def shared_modules(ca_file):
    tls = {"ca_file": str(ca_file)}
    dialogue = [
        {"expect": "^220 "},
        {"send": "EHLO probe.fleet.test\r"},
        {"expect": "^250[ -]STARTTLS"},
        {"send": "STARTTLS\r"},
        {"expect": "^220"},
        {"starttls": True},
        {"send": "EHLO probe.fleet.test\r"},
        {"expect": "^250 "},
        {"send": "QUIT\r"},
        {"expect": "^221"},
    ]
    policy = {"preferred_ip_protocol": "ip4", "tls_config": tls, "fail_if_body_not_matches_regexp": ["^version: STSv1"]}
    starttls = {"preferred_ip_protocol": "ip4", "tls_config": tls, "query_response": dialogue}
    return {"policy": {"prober": "http", "http": policy}, "starttls": {"prober": "tcp", "tcp": starttls}}


def modules_for(lab):
    modules = shared_modules(lab.certificates.ca_file)
    for domain in lab.fleet.domains:
        modules[f"sts-{domain}"] = dns_module(f"_mta-sts.{domain}", "TXT", "v=STSv1;")
        modules[f"tlsrpt-{domain}"] = dns_module(f"_smtp._tls.{domain}", "TXT", "v=TLSRPTv1;")
        modules[f"mx-{domain}"] = dns_module(domain, "MX", lab.fleet.mx_of(domain))
    return modules


def probes_for(fleet):
    """(module, target), as a Prometheus server would have them."""
    for domain in fleet.domains:
        for kind in ("sts", "tlsrpt", "mx"):
            yield f"{kind}-{domain}", f"{DNS_ADDRESS}:53"
        yield "policy", f"https://{policy_host(domain)}/.well-known/mta-sts.txt"
        yield "starttls", f"{fleet.mx_of(domain)}:25"


class Blackbox:
    """Runs while it is a context."""

    def __init__(self, lab):
        self._fleet = lab.fleet
        self._config = lab.directory / "blackbox.yml"
        self._config.write_text(json.dumps({"modules": modules_for(lab)}))
        self._log = lab.directory / "blackbox.log"
        self._port = free_port()

    def __enter__(self):
        argv = [PROGRAM, f"--config.file={self._config}", f"--web.listen-address=127.0.0.1:{self._port}"]
        self.process = pinned.start(PROGRAM, argv, self._log, pinned.MEASURED_CORE)
        wait_until(self._answers, 60, "blackbox_exporter answers")
        return self

    def __exit__(self, *_):
        self.process.stop()

    def _answers(self):
        self.process.check_alive()
        try:
            return b"Healthy" in self._get(http.client.HTTPConnection("127.0.0.1", self._port), "/-/healthy")
        except OSError:
            return False

    @staticmethod
    def _get(connection, path):
        connection.request("GET", path)
        return connection.getresponse().read()

    def _work(self, probes, failed):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not failed:
            try:
                module, target = probes.get_nowait()
            except queue.Empty:
                break
            path = "/probe?" + urlencode({"module": module, "target": target})
            if b"\nprobe_success 1\n" not in self._get(connection, path):
                failed.append(f"{module} {target}: {self._get(connection, path + '&debug=true').decode()}")
        connection.close()

    def pass_cpu(self):
        """CPU seconds of one probe of everything. Each must succeed."""
        probes, failed = queue.SimpleQueue(), []
        for probe in probes_for(self._fleet):
            probes.put(probe)
        before = pinned.settle(self.process)
        threads = [threading.Thread(target=self._work, args=(probes, failed)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise LabError(f"a probe of blackbox_exporter failed: {failed[0]}")
        return pinned.settle(self.process) - before
