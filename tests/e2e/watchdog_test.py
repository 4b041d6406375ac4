#!/usr/bin/env python3
"""Firmware that hangs, on each board whose model has a watchdog: it is reset, runs again, and tells its gateway where it hung.

The real firmware has no way to hang on demand, so a debugger sends its processor into an endless loop.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from debugger import ENDLESS_LOOP, PC, debugger, start_with_debuggers, symbol  # noqa: E402
from wasmbed_platform import device, wait_for  # noqa: E402

BOARDS = ("mps2-an385", "mps2-an505")


class Watchdog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = start_with_debuggers(BOARDS)
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.apply(*(device(f"a-{board}", board) for board in BOARDS))

    def test_hung_firmware_is_reset_and_tells_where_it_hung(self):
        hung = {board: symbol(board, "__apps_arena_end") - 16 for board in BOARDS}
        for board in BOARDS:
            wait_for(f"{board} connected", lambda: self.platform.connected(f"a-{board}"))
            debugger(self.platform, board).go_on({PC: hung[board]}, (hung[board], ENDLESS_LOOP))
        for board in BOARDS:
            with self.subTest(board):
                said = f"crashed before this boot: watchdog: superloop stopped pc={hung[board]:08x} lr="
                wait_for(f"{board} says that it hung", lambda: any(said in r["text"] for r in self.platform.records(f"a-{board}", kinds="log", tail=1000)))
                wait_for(f"{board} connected again", lambda: self.platform.connected(f"a-{board}"))
                wait_for("the reason of the boot", lambda: self.platform.get("device", f"a-{board}")["status"]["firmware"]["resetReason"] == "watchdog")
                self.assertIn("error watchdog: superloop stopped", self.platform.console(f"a-{board}"))


if __name__ == "__main__":
    unittest.main()
