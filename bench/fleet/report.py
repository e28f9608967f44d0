"""Tables, and their places in docs/performance.md and docs/scale.md."""

import re
import statistics
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (DOCS / "performance.md", DOCS / "scale.md")


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def spread(values, digits=2):
    """Least, median and greatest, as three cells."""
    return [f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values))]


def write(name, text):
    """Replaces what stands between the markers of `name` on the page that has them; all around them stays."""
    begin, end = f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"
    place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    for page in PAGES:
        text_before = page.read_text()
        if place.search(text_before):
            page.write_text(place.sub(lambda _: begin + text + end, text_before))
            return
    raise SystemExit(f"no page has {begin.strip()}")
