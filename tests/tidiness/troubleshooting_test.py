#!/usr/bin/env python3
"""What docs/guides/troubleshooting.md quotes is in the sources, so that a reader who searches for a message finds it."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/guides/troubleshooting.md"


def sources():
    """All literals, as the compiler joins them, in one text."""
    text = ""
    for folder in ("core/proto", "host", "services", "cmd", "device/runtime"):
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            if not path.name.endswith("_test.cpp"):
                text += path.read_text(encoding="utf-8")
    return re.sub(r'"\s*\n?\s*"', "", text).replace('\\"', '"')


class Troubleshooting(unittest.TestCase):
    def test_every_quoted_message_exists(self):
        text = sources()
        rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        first_cells = [row.split("|")[1] for row in rows]
        quoted = [quote for cell in first_cells for quote in re.findall(r"`([^`]+)`", cell) if quote not in ("False", "Unknown", "?")]
        self.assertGreater(len(quoted), 30)
        self.assertEqual([quote for quote in quoted if quote not in text], [])


if __name__ == "__main__":
    unittest.main()
