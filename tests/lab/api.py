"""The API of the running daemon: every answer has the form that docs/openapi.yml describes and says the same as the
metrics."""

import json
import urllib.parse
from pathlib import Path

import jsonschema
import yaml

from exposition import parse_text
from series import key

OPENAPI = Path(__file__).resolve().parents[2] / "docs/openapi.yml"
EXAMPLE = Path(__file__).resolve().parents[2] / "config/mta-sts-exporter.example.yml"


def _nullable(schema):
    """OpenAPI 3.0 says `nullable` where JSON schema says a type more."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _nullable(value) for name, value in schema.items() if name != "nullable"}
    if schema.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


class Api:
    def __init__(self, exporter):
        self.exporter = exporter
        self.document = _nullable(yaml.safe_load(OPENAPI.read_text()))

    def get(self, path, query=""):
        """(status, JSON), after a look at its form. `path` is one of the document, with its variable in braces filled in."""
        status, headers, body = self.exporter.get(f"/api/v1{urllib.parse.quote(path)}{query}")
        answer = json.loads(body)
        described = next(item for name, item in self.document["paths"].items() if _same(name, f"/api/v1{path}"))
        schema = described["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
        jsonschema.validate(answer, {**schema, "components": self.document["components"]})
        if headers["Content-Type"] != "application/json":
            raise jsonschema.ValidationError(f"Content-Type is {headers['Content-Type']}")
        return status, answer


def _same(described, path):
    parts = described.split("/"), path.split("/")
    return len(parts[0]) == len(parts[1]) and all(a == b or a.startswith("{") for a, b in zip(*parts, strict=True))


def _domain_faults(api, samples, row):
    """The page of one domain against its row in the list and its series."""
    name = row["domain"]
    _, page = api.get(f"/domains/{name}")
    shown = {(c, p["outcome"], p["reason"]) for c, found in page["checks"].items() for p in found["problems"]}
    listed = {(p["check"], p["outcome"], p["reason"]) for p in row["problems"]}
    if shown != listed:
        yield f"{name}: the page has {shown}, the list {listed}"
    for labels in _labels(samples, "mta_sts_check_problem", domain=name):
        problem = (labels["check"], labels["outcome"], labels["reason"])
        if problem not in shown:
            yield f"{name}: {problem} is a series and not in the API"
    for check, found in page["checks"].items():
        value = samples.get(key("mta_sts_check_ok", {"domain": name, "check": check}))
        if value != (None if found["ok"] is None else float(found["ok"])):
            yield f"{name}: {check} is {found['ok']} in the API and {value} in the metrics"
    _, report = api.get(f"/domains/{name}/report")
    if report["verdict"] != page["verdict"] or not report["text"].startswith(name):
        yield f"{name}: the report says {report['verdict']}, the page {page['verdict']}: {report['text'][:100]}"
    if not page["timeline"] and page["policy"]:
        yield f"{name}: has a policy and no timeline"


def _labels(samples, family, **wanted):
    for shown, labels in samples:
        labels = dict(labels)
        if shown == family and wanted.items() <= labels.items():
            yield labels


def api_faults(exporter, samples, domains):
    """`samples`: a scrape, while nothing changes."""
    api = Api(exporter)
    try:
        yield from _faults(api, samples, domains)
    except jsonschema.ValidationError as error:
        yield f"not as docs/openapi.yml says: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def probe_faults(exporter, samples, domains):
    """/probe shows what /metrics does of the domain, and success where `check` would exit with 0."""
    for domain in domains:
        text = exporter.scrape(path=f"/probe?target={domain.name}")
        probed = {k: v for k, v in parse_text(text).items() if dict(k[1]).get("domain") == domain.name}
        shown = {k for k in samples if dict(k[1]).get("domain") == domain.name}
        if probed.keys() != shown:
            yield f"{domain.name}: {sorted(shown ^ probed.keys())[:3]} in one of /probe and /metrics only"
        _, _, page = exporter.get(f"/api/v1/domains/{domain.name}")
        success = float(json.loads(page)["verdict"] == "ok")
        if parse_text(text).get(key("probe_success", {})) != success:
            yield f"{domain.name}: probe_success is not {success}"
    if exporter.get("/probe?target=unknown.test")[0] != 404:
        yield "unknown.test is not refused"
    transcript = exporter.get("/probe?target=certname.test&debug=true")[2].decode()
    if "cert_name_mismatch" not in transcript:
        yield f"no reason in the transcript: {transcript}"


def _config_faults(api, domains):
    """Every key that the example explains is there, with the value that the lab configured."""
    _, config = api.get("/config")
    example = yaml.safe_load(EXAMPLE.read_text())
    configured = yaml.safe_load(api.exporter.config_file.read_text())
    for section, keys in example.items():
        missing = keys.keys() - config[section].keys() if isinstance(keys, dict) else set()
        if missing:
            yield f"config: {section} lacks {missing}"
    for section in ("probe", "dns", "https", "smtp", "egress", "history"):
        for name, value in configured[section].items():
            if config[section][name] != value:
                yield f"config: {section}.{name} is {config[section][name]}, configured is {value}"
    if config["domains"] != len(domains):
        yield f"config: {config['domains']} domains"


def _looks_faults(api, domains):
    """The last looks, newest first but for what two workers ended at about one moment, and of domains that there are."""
    _, answer = api.get("/looks")
    looks = answer["looks"]
    unknown = {look["domain"] for look in looks} - {domain.name for domain in domains}
    times = [look["finished"] for look in looks]
    if not looks or unknown or times[0] < times[-1]:
        yield f"looks: {len(looks)}, of unknown domains {unknown}, from {times[:1]} to {times[-1:]}"


def _faults(api, samples, domains):
    yield from _looks_faults(api, domains)
    yield from _config_faults(api, domains)
    _, status = api.get("/status")
    _, everything = api.get("/domains", "?page_size=1000&sort=name")
    names = [row["domain"] for row in everything["domains"]]
    if names != sorted(d.name for d in domains) or status["domains"] != len(names):
        yield f"{len(names)} domains in the list, {status['domains']} in the status, {len(domains)} in the lab"
    counted = {v: sum(row["verdict"] == v for row in everything["domains"]) for v in status["verdicts"]}
    if counted != status["verdicts"]:
        yield f"the list has {counted}, the status {status['verdicts']}"
    _, failing = api.get("/domains", "?verdict=fail&page_size=1000")
    if failing["total"] != status["verdicts"]["fail"]:
        yield f"{failing['total']} with verdict=fail, {status['verdicts']['fail']} in the status"
    for row in everything["domains"]:
        yield from _domain_faults(api, samples, row)
    _, hosts = api.get("/mx", "?page_size=1000")
    for row in hosts["mx_hosts"]:
        code, host = api.get(f"/mx/{row['mx']}")
        if code != 200 or len(host["domain_names"]) < row["domains"]:
            yield f"{row['mx']}: {code}, used by {row['domains']}, {len(host.get('domain_names', []))} are named"
    for path, query in (("/domains/unknown.test", ""), ("/mx/unknown.test", ""), ("/domains", "?page=x")):
        code, _ = api.get(path, query)
        if code != (400 if query else 404):
            yield f"{path}{query} answers {code}"
