#!/usr/bin/env python3
"""The embedded API server as a process of its own: eight connections that write and read Devices, each write on disk before it is answered."""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from benchmark import HOST, row, scaled  # noqa: E402

CONNECTIONS = 8
OBJECTS = scaled(8000, 80)

out = subprocess.run([HOST / "bin/apiserver_load", HOST / "bin/wasmbed", str(OBJECTS), str(CONNECTIONS)], check=True, capture_output=True, text=True)
found = json.loads(out.stdout.splitlines()[-1])
row(f"creates per second, {CONNECTIONS} connections", f"{found['create']:,.0f}")
row(f"status patches per second, {CONNECTIONS} connections", f"{found['patchStatus']:,.0f}")
row(f"gets per second, {CONNECTIONS} connections", f"{found['get']:,.0f}")
row(f"private memory with {OBJECTS:,} Devices", f"{found['bytes'] / 1e6:.1f} MB", "≤ 40 MB")
row("start of the process to its first answer", f"{found['readySeconds'] * 1000:.0f} ms", "≤ 200 ms")
