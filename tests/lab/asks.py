"""The commands that ask a running exporter: what they print and leave with is what its API says."""

import json
import subprocess

PLAN_CODES = {"now": 0, "not_yet": 1, "unknown": 2}
CODES = {"ok": 0, "fail": 1, "inconclusive": 2}
SECONDS = 20


def _run(program, *words):
    """(exit code, standard output, standard error)."""
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def ask_faults(program, exporter, domains):
    """While nothing changes."""
    url = f"--url=http://{exporter.listen}"
    for domain in domains:
        page = json.loads(exporter.get(f"/api/v1/domains/{domain.name}")[2])
        code, report, error = _run(program, "check", url, domain.name)
        if code != CODES[page["verdict"]] or not report.startswith(domain.name) or error:
            yield f"check {domain.name}: {code} for {page['verdict']}: {report[:100]} {error}"
        code, text, error = _run(program, "history", url, domain.name)
        if code != 0 or len(text.splitlines()) != len(page["timeline"]) + 2 or error:
            yield f"history {domain.name}: {code}, not {len(page['timeline'])} entries: {text} {error}"
        yield from _plan_faults(program, url, domain, page)
    yield from _unknown_faults(program, url, domains[0].name)


def _plan_faults(program, url, domain, page):
    """To the MX hosts that it has: whether they pass is what its page says of them."""
    names = [host["name"] for host in page["mx"]]
    if not names:
        return
    code, out, error = _run(program, "plan", url, "--json", domain.name, *(f"--mx={name}" for name in names))
    plan = json.loads(out)
    if code != PLAN_CODES[plan["answer"]] or error:
        yield f"plan {domain.name}: {code} for {plan['answer']}: {error}"
    for host in page["mx"]:
        passes = [endpoint.get("passes") for endpoint in host["endpoints"]]
        said = next(h["passes"] for h in plan["mx"] if h["name"] == host["name"])
        if said is True and (not passes or not all(passes)) or said is None and passes and all(passes):
            yield f"plan {domain.name}: {host['name']} is {said}, the page has {passes}"


def _unknown_faults(program, url, known):
    code, out, error = _run(program, "check", url, "--json", "unknown.test", known)
    names = [domain["domain"] for domain in json.loads(out)["domains"]]
    if names != [known] or code not in (1, 2) or "unknown.test is not known there" not in error:
        yield f"check of unknown.test and {known}: {code}, {names}, {error}"
    code, _, error = _run(program, "history", url, "unknown.test")
    if code != 2 or "unknown.test is not known there" not in error:
        yield f"history of unknown.test: {code}, {error}"
    code, _, error = _run(program, "check", "--url=http://127.0.0.1:1", known)
    if code != 2 or "cannot ask http://127.0.0.1:1" not in error:
        yield f"check of nobody: {code}, {error}"
