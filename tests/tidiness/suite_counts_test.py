#!/usr/bin/env python3
"""docs/reference/wasm-suite.md has the counts that tests/spec/pinned_counts.hpp pins."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pinned(table):
    text = (ROOT / "tests/spec/pinned_counts.hpp").read_text(encoding="utf-8")
    rows = re.search(rf"{table}\[\] = {{(.*?)}};", text, re.S)[1]
    return {name: [int(number) for number in numbers.split(",")] for name, numbers in re.findall(r'{"([\w.-]+)", ([\d, ]+)}', rows)}


class SuiteCounts(unittest.TestCase):
    def test_the_reference_has_the_pinned_counts(self):
        said = {}
        for line in (ROOT / "docs/reference/wasm-suite.md").read_text(encoding="utf-8").splitlines():
            if row := re.fullmatch(r"\| ([\w.-]+) \| ([\d,]+) of ([\d,]+) \| ([\d,]+) of [\d,]+ \| (\d+) \| (\d+) \| (\d+) \|", line):
                said[row[1]] = [int(number.replace(",", "")) for number in row.groups()[1:]]
        host, board = pinned("kPinned"), pinned("kPinnedOnBoards")
        expected = {}
        for name, (passed, failed, skipped, in_other_words, *_) in host.items():
            expected[name] = [passed, passed + failed, board[name][0], failed, skipped, in_other_words]
        self.assertEqual(len(expected), 4)
        self.assertEqual(said, expected)


if __name__ == "__main__":
    unittest.main()
