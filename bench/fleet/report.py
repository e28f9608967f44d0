"""Tables, and their places in docs/performance.md."""

import re
import statistics
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/performance.md"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def spread(values, digits=2):
    """Least, median and greatest, as three cells."""
    return [f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values))]


def write(name, text):
    """Replaces what stands between the markers of `name`; all around them stays."""
    page = PAGE.read_text()
    begin, end = f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"
    place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    if not place.search(page):
        raise SystemExit(f"{PAGE} has no {begin.strip()}")
    PAGE.write_text(place.sub(lambda _: begin + text + end, page))
