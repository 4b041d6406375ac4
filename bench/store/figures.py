#!/usr/bin/env python3
"""The device's key-value store, as a host program: what a commit costs in CPU and in programmed bytes."""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from benchmark import HOST, row, scaled  # noqa: E402

for value_bytes in (16, 256, 4096):
    out = subprocess.run([HOST / "bin/store_bench", str(scaled(200_000)), str(value_bytes)], check=True, capture_output=True, text=True)
    found = json.loads(out.stdout)
    row(f"commits per second of CPU, {value_bytes}-byte values", f"{found['commitsPerSecond']:,.0f}")
    row(f"bytes programmed per byte of value, {value_bytes}-byte values", f"{found['amplification']:.2f}")
