"""One scrape beside prometheus-cpp's own way (bench/render.cc), without any server."""

import subprocess

import pinned
from process import LabError

SIZES = (10_000, 100_000)


def render(options):
    sizes = [options.domains] if options.domains else SIZES
    argv = ["taskset", "-c", str(pinned.MEASURED_CORE), options.bench_render, *map(str, sizes)]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise LabError(f"bench_render ended with {done.returncode}: {done.stderr}")
    return {"render": done.stdout}
