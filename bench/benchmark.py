"""What the figures.py of all folders share."""

import json
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
HOST = pathlib.Path(os.environ.get("WASMBED_BUILD", BUILD / "host"))  # where CMake built the programs of bench/
SCALE = float(os.environ.get("BENCH_SCALE", "1"))


def row(figure, value, target="", beside=""):
    """One line of the table: what, how much (with its unit), what it should be, what a peer did in the same run."""
    print(json.dumps({"figure": figure, "value": value, "target": target, "beside": beside}), flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


def scaled(count, least=1):
    return max(least, int(count * SCALE))


def firmware_with(folder, board, options):
    """A copy of the firmware in `folder`, whose recipe gives QEMU more options for this board; for `up --firmware`."""
    shutil.copytree(BUILD / "firmware", folder)
    recipe = folder / f"{board}.emulator.json"
    content = json.loads(recipe.read_text())
    content["args"] += options
    recipe.write_text(json.dumps(content))
    return str(folder)


def percentile(values, share):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]


def median(values):
    return percentile(values, 50)
