#!/usr/bin/env python3
"""Runs the benchmarks, prints one table, and keeps it in docs/reference/benchmarks.md."""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from benchmark import ROOT, SCALE  # noqa: E402

PAGE = ROOT / "docs/reference/benchmarks.md"
HEAD = """# Benchmarks

Written by `./dev bench`; a section by `./dev bench NAME`. What is measured and how: [bench/](../../bench/README.md). A target is what
the figure should reach on an idle machine; "beside" is a peer's figure of the same run.
"""


def command_output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    qemu = re.search(r"version (\S+)", command_output("qemu-system-arm", "--version"))
    parts = [cpu[1] if cpu else platform.machine(), f"{os.cpu_count()} cores", f"{int(memory[1]) / 2**20:.1f} GiB", f"Linux {platform.release()}"]
    if qemu:
        parts.append(f"QEMU {qemu[1]}")
    return ", ".join(parts)


def run(name, arguments):
    """The rows of one folder; none when its program failed."""
    process = subprocess.Popen([sys.executable, ROOT / "bench" / name / "figures.py", *arguments], stdout=subprocess.PIPE, text=True)
    rows = [json.loads(line) for line in process.stdout if line.startswith("{")]
    if process.wait() != 0:
        print(f"bench: {name} failed with status {process.returncode}", file=sys.stderr)
        return None
    return rows


def section(name, rows):
    load = os.getloadavg()[0]
    scale = "" if SCALE == 1 else f" Shortened run (BENCH_SCALE={SCALE:g}): figures are rough."
    lines = [f"<!-- {name} -->", f"## {name}", f"`./dev bench {name}` on {machine()}; load {load:.1f} at the end.{scale}", ""]
    lines += ["| figure | value | target | beside |", "|---|---|---|---|"]
    lines += [f"| {row['figure']} | {row['value']} | {row.get('target', '')} | {row.get('beside', '')} |" for row in rows]
    return "\n".join(lines) + "\n"


def keep(sections):
    """Replaces the sections of this run in the page; the others stay."""
    page = PAGE.read_text() if PAGE.exists() else HEAD
    kept = dict(re.findall(r"^(?=<!-- ([\w-]+) -->\n)(.*?)(?=^<!-- |\Z)", page, re.M | re.S))
    kept.update(sections)
    PAGE.write_text(HEAD + "\n" + "\n".join(kept[name].rstrip() + "\n" for name in sorted(kept)))


def main():
    there = sorted(path.parent.name for path in (ROOT / "bench").glob("*/figures.py"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=there, help="one folder of bench/; without it all")
    parser.add_argument("arguments", nargs="*", help="for that folder's program; the table is then only printed")
    parser.add_argument("--dry-run", action="store_true", help="only print the table")
    args = parser.parse_args()
    sections, failed = {}, False
    for name in [args.name] if args.name else there:
        rows = run(name, args.arguments)
        failed |= rows is None
        if rows:
            sections[name] = section(name, rows)
            print(sections[name].split("\n", 1)[1], flush=True)
    if not args.dry_run and not args.arguments:
        keep(sections)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
