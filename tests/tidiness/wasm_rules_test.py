#!/usr/bin/env python3
"""docs/reference/wasm-rules.md has the numbers and texts of core/wasm/rules.inc: whoever reads a board's console finds the rule."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class WasmRules(unittest.TestCase):
    maxDiff = None

    def test_the_reference_has_every_rule_of_the_engine(self):
        source = (ROOT / "core/wasm/rules.inc").read_text(encoding="utf-8")
        rules = [(int(number, 16), text) for number, text in re.findall(r'^RULE\(0x([0-9a-f]{2}), \w+, "([^"]+)"\)$', source, re.M)]
        self.assertEqual(len(rules), len(re.findall(r"^RULE\(", source, re.M)))
        page = (ROOT / "docs/reference/wasm-rules.md").read_text(encoding="utf-8")
        self.assertEqual([(int(number), text) for number, text in re.findall(r"^\| (\d+) \| (.+) \|$", page, re.M)], rules)


if __name__ == "__main__":
    unittest.main()
