#!/usr/bin/env python3
"""What docs/guides/troubleshooting.md quotes is in the sources, and every reason that users see is on the page: who searches finds it."""

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

    def on_the_page(self, words):
        self.assertGreater(len(words), 5)
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual([word for word in sorted(words) if f"`{word}`" not in page], [])

    def test_every_reason_of_a_condition_is_explained(self):
        objects = (ROOT / "docs/reference/objects.md").read_text(encoding="utf-8")
        table = objects.split("## Conditions that the controller writes", 1)[1].split("\n## ", 1)[0]
        cells = [row.split("|")[4] for row in table.splitlines() if row.startswith("|") and row.count("|") > 4]
        # A reason stands alone between commas; the rest of a cell is prose.
        parts = [part.removeprefix(" Unknown:").strip() for cell in cells for part in re.split(r"[,;]", cell)]
        self.on_the_page({part for part in parts if re.fullmatch(r"[A-Z][A-Za-z]+", part)} - {"AsExpected", "Complete"})

    def test_every_reason_of_a_device_is_explained(self):
        names = (ROOT / "core/proto/names.cpp").read_text(encoding="utf-8")
        block = names.split("AppReason reason", 1)[1].split("};", 1)[0]
        self.on_the_page(set(re.findall(r'"(\w+)"', block)))

    def test_every_kind_of_refusal_is_explained(self):
        self.on_the_page(set(re.findall(r'return "(\w+)";', (ROOT / "services/gateway/refusals.cpp").read_text(encoding="utf-8"))) - {"unknown"})


if __name__ == "__main__":
    unittest.main()
