#!/usr/bin/env python3
"""docs/reference/faults.md names tests that exist."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Faults(unittest.TestCase):
    def test_every_test_that_is_named_exists(self):
        named, missing, default = 0, [], ""
        for line in (ROOT / "docs/reference/faults.md").read_text(encoding="utf-8").splitlines():
            if heading := re.search(r"test, in `([^`]+)`", line):
                default = heading[1]
            if not line.startswith("|"):
                continue
            for file, name in re.findall(r"`([\w./]*): (\w+)`", line):
                named += 1
                path = ROOT / (file or default)
                if not path.is_file() or not re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")):
                    missing.append(f"{file or default}: {name}")
        self.assertGreater(named, 40)
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
