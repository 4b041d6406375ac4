#!/usr/bin/env python3
"""What each board's firmware uses of its stack and arenas, measured while it does everything once, leaves the margins of its budget.h."""

import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[2] / "tools")]
from high_water import measure, recipes, run_boards  # noqa: E402
from wasmbed_platform import Platform  # noqa: E402


class HighWater(unittest.TestCase):
    def test_each_board_leaves_the_margins_that_its_budget_demands(self):
        platform = Platform()
        self.addCleanup(platform.destroy)
        measured = {board: measure(board, monitor) for board, monitor in run_boards(platform)}
        self.assertEqual(set(measured), set(recipes()))
        for board, rows in measured.items():
            for what, used, size, margin in rows:
                with self.subTest(board=board, what=what):
                    print(f"{board}: {what} {used:,} of {size:,} bytes were used, {margin:,} must be left")
                    self.assertGreater(used, 0)
                    self.assertLessEqual(used + margin, size)


if __name__ == "__main__":
    unittest.main()
