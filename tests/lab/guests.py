"""/probe for domains that nobody configured: the same families as where they are, and nothing of them elsewhere."""

from concurrent.futures import ThreadPoolExecutor

from exposition import parse_text
from series import key

# What a single look without a past can say of a domain: verdicts that rest on earlier looks are not compared.
FAMILIES = ("mta_sts_check_ok", "mta_sts_record_present", "mta_sts_policy_present", "mta_sts_mx_delivery_ok")
TIMEOUT = {"X-Prometheus-Scrape-Timeout-Seconds": "25"}


def _shown(samples, domain):
    return {k: v for k, v in samples.items() if k[0] in FAMILIES and dict(k[1]).get("domain") == domain}


def guest_faults(exporter, samples, domains):
    """`samples`: a scrape of a daemon that has these domains configured."""

    def probe(domain):
        return parse_text(exporter.scrape(path=f"/probe?target={domain.name}", **TIMEOUT))

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(probe, [d for d in domains if not d.expect for _ in range(2)]))
    for i, domain in enumerate(d for d in domains if not d.expect):
        expected = _shown(samples, domain.name)
        for answer in answers[2 * i : 2 * i + 2]:
            found = _shown(answer, domain.name)
            if found != expected:
                yield f"{domain.name}: {sorted(set(found.items()) ^ set(expected.items()))[:4]} here or there only"
            if key("probe_success", {}) not in answer:
                yield f"{domain.name}: no probe_success"
    text = exporter.scrape()
    for domain in domains:
        if f'domain="{domain.name}"' in text:
            yield f"{domain.name} is in /metrics"
