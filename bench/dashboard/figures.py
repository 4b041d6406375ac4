#!/usr/bin/env python3
"""The dashboard in Debian's Chromium against the real platform; measure.mjs does it, with the parts of tests/browser."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from benchmark import scaled  # noqa: E402

HERE = pathlib.Path(__file__).parent

if __name__ == "__main__":
    sys.exit(subprocess.run(["node", HERE / "measure.mjs", str(scaled(10_000, 500))], check=False).returncode)
