#!/usr/bin/env python3
"""A folder of exporter/ includes lower floors only, never one on its own floor (docs/architecture.md), and a source begins with the
header of its name, which so compiles alone. Exit 1 names each include that climbs, each folder without a floor, and each source that
begins otherwise."""

import re
import sys
from pathlib import Path

FLOORS = {
    "base": 0,
    "telemetry": 1,
    "formats": 1,
    "settings": 2,
    "net": 3,
    "judge": 3,
    "probe": 4,
    "metrics": 4,
    "history": 4,
    "targets": 4,
    "board": 5,
    "schedule": 6,
    "web": 7,
    "commands": 8,
    "daemon": 8,
}
MAIN_FLOOR = 9
INCLUDE = re.compile(r'^\s*#include "exporter/([^/"]+)/', re.MULTILINE)
FIRST_INCLUDE = re.compile(r'^#include [<"]([^>"]+)[>"]', re.MULTILINE)
LINK = re.compile(r"\bexporter_([a-z]+)\b")


def climbs(folder, names):
    """The names among `names` that are not on a lower floor than the folder."""
    own = FLOORS.get(folder, MAIN_FLOOR)
    return sorted({name for name in names if name != folder and FLOORS.get(name, MAIN_FLOOR) >= own})


def begins_otherwise(file, root):
    header = file.with_suffix(".h")
    first = FIRST_INCLUDE.search(file.read_text())
    return header.exists() and first and first[1] != str(header.relative_to(root))


def check(root):
    faults = []
    for file in sorted((root / "exporter").rglob("*")):
        folder = file.relative_to(root / "exporter").parts[0]
        if file.suffix in (".h", ".cc"):
            names = INCLUDE.findall(file.read_text())
            if file.suffix == ".cc" and begins_otherwise(file, root):
                faults.append(f"{file.relative_to(root)}: does not include its own header first")
        elif file.name == "CMakeLists.txt" and folder in FLOORS:
            names = [name for name in LINK.findall(file.read_text()) if name in FLOORS]
        else:
            continue
        if folder not in FLOORS and folder != "main.cc":
            faults.append(f"{file.relative_to(root)}: the folder has no floor")
        faults += [f"{file.relative_to(root)}: {folder} must not reach {name}" for name in climbs(folder, names)]
    return faults


if __name__ == "__main__":
    found = check(Path(sys.argv[1]))
    print("\n".join(found) or "no arrow upwards, every header first in its source")
    sys.exit(1 if found else 0)
