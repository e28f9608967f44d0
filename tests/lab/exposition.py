"""Reading /metrics with Prometheus' own Python parsers, and checks of the exposition itself."""

import gzip
import re
import subprocess

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as parse_text_families

from exporter import OPENMETRICS, TEXT
from series import key, show

# Values that move between two scrapes.
MOVING = re.compile(
    "process_|mta_sts_exporter_|.*_probe_duration_seconds|.*_fetch_duration_seconds|.*_last_(probe|conclusive|success)_"
    "|.*_enforce_held_until_|.*_cached_policy_expiry_|.*_removal_safe_"
)


def samples_of(families):
    """key -> value. A series that is shown twice is an error of the exporter."""
    samples = {}
    for family in families:
        for sample in family.samples:
            sample_key = key(sample.name, sample.labels)
            if sample_key in samples:
                raise ValueError(f"shown twice: {show(sample_key)}")
            samples[sample_key] = sample.value
    return samples


def parse_text(text):
    return samples_of(parse_text_families(text))


def parse_openmetrics(text):
    samples = samples_of(parse_openmetrics_families(text))
    return {k: v for k, v in samples.items() if not k[0].endswith("_created")}


def _descriptions(families):
    """Sample name -> (type, help). Both parsers name a family without its suffix in their own way."""
    return {s.name: (f.type, f.documentation) for f in families for s in f.samples}


def _type_faults(text, openmetrics):
    plain = _descriptions(parse_text_families(text))
    rich = _descriptions(parse_openmetrics_families(openmetrics))
    for name, (kind, documentation) in plain.items():
        wanted = "info" if name.endswith("_info") and kind == "gauge" else kind
        if name in rich and rich[name] != (wanted, documentation):
            yield f"{name}: {kind} {documentation!r} as text, {rich[name][0]} {rich[name][1]!r} as OpenMetrics"
        if not documentation:
            yield f"{name}: no HELP"


def form_faults(exporter, attempts=10):
    """What text and OpenMetrics say differently, family by family. What moves must be there in both."""
    for _ in range(attempts):
        text, openmetrics = exporter.scrape(TEXT), exporter.scrape(OPENMETRICS)
        plain, rich = parse_text(text), parse_openmetrics(openmetrics)
        faults = [f"only as text: {show(k)}" for k in plain.keys() - rich.keys()]
        faults += [f"only as OpenMetrics: {show(k)}" for k in rich.keys() - plain.keys()]
        still = [k for k in plain.keys() & rich.keys() if not MOVING.match(k[0])]
        faults += [f"{show(k)}: {plain[k]} and {rich[k]}" for k in still if plain[k] != rich[k]]
        if not faults:
            break
    if not openmetrics.endswith("# EOF\n"):
        faults.append("OpenMetrics does not end with # EOF")
    return faults + list(_type_faults(text, openmetrics))


def order_faults(text):
    """All lines of a family together, HELP and TYPE before its samples."""
    seen, current = set(), ""
    for line in text.splitlines():
        name = line.split()[2] if line.startswith("# ") else line.partition("{")[0].partition(" ")[0]
        if line.startswith("# "):
            if name in seen and name != current:
                yield f"family {name} is shown twice"
            seen.add(name)
            current = name
        elif not name.startswith(current):
            yield f"{name} stands below {current}"


def promtool_faults(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    return (
        [] if done.returncode == 0 else [f"promtool check metrics: exit {done.returncode}", *done.stderr.splitlines()]
    )


def gzip_faults(exporter):
    _, headers, body = exporter.get("/metrics", **{"Accept": TEXT, "Accept-Encoding": "gzip"})
    if headers.get("Content-Encoding") != "gzip":
        return ["no gzip although it was asked for"]
    plain, packed = parse_text(exporter.scrape()), parse_text(gzip.decompress(body).decode())
    return [] if packed.keys() == plain.keys() else ["the packed text shows other series than the plain one"]


def content_type_faults(exporter):
    for accept, wanted in (
        (TEXT, "text/plain; version=0.0.4"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0"),
    ):
        got = exporter.get("/metrics", Accept=accept)[1].get("Content-Type", "")
        if not got.startswith(wanted):
            yield f"Content-Type {got!r} for Accept {accept!r}"
