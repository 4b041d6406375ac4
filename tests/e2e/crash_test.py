#!/usr/bin/env python3
"""Firmware that crashes, in every way and several times in a row: each board says why, comes back by itself, and tells its gateway.

The real firmware has no way to crash on demand, so a debugger makes its processor do what a bug would.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from debugger import PC, SP, UNDEFINED, debugger, start_with_debuggers, symbol  # noqa: E402
from wasmbed_platform import BUNDLE, application, device, wait_for  # noqa: E402

BOARDS = ("mps2-an385", "mps2-an505", "olimex-stm32-h405", "stm32vldiscovery")
NOTHING = 0xD0000000  # no board has anything there


class Crashes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = start_with_debuggers(BOARDS)
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.apply(*(device(f"a-{board}", board) for board in BOARDS))
        cls.platform.apply(application("hello", BUNDLE / "apps/hello.wasm", [f"a-{board}" for board in BOARDS], restart={"policy": "Never"}, limits={"stack": 256}))
        for board in BOARDS:
            wait_for(f"{board} ran hello", lambda: cls.platform.reported_app(f"a-{board}", "hello")["state"] == "Completed")

    def epoch(self, board):
        return self.platform.get("device", f"a-{board}")["status"]["session"]["epoch"]

    def faults(self, board):
        return self.platform.console(f"a-{board}").count("error fault: ")

    def told(self, board):
        """Crashes that the gateway was told of."""
        return sum("crashed before this boot: fault: " in record["text"] for record in self.platform.records(f"a-{board}", kinds="log", tail=10000))

    def test_each_board_comes_back_from_each_kind_of_crash_however_many_there_were(self):
        """Three in a row: from the second on, the firmware waits before it starts again."""
        for what, crash in (
            ("an undefined instruction", lambda board, at: debugger(self.platform, board).go_on({PC: at}, (at, UNDEFINED))),
            ("a jump to nowhere", lambda board, _: debugger(self.platform, board).go_on({PC: NOTHING})),
            ("a stack overflow", lambda board, _: debugger(self.platform, board).go_on({SP: symbol(board, "__stack_start") + 16})),
        ):
            before = {board: (self.epoch(board), self.faults(board), self.told(board)) for board in BOARDS}
            for board in BOARDS:
                crash(board, symbol(board, "__apps_arena_end") - 16)
            for board in BOARDS:
                with self.subTest(board=board, crash=what):
                    wait_for(f"{board} says that it crashed by {what}", lambda: self.faults(board) > before[board][1])
                    wait_for(f"{board} came back from {what}", lambda: self.epoch(board) > before[board][0] and self.platform.connected(f"a-{board}"))
                    wait_for(f"{board} tells its gateway of it", lambda: self.told(board) > before[board][2])
                    wait_for("the reason of the boot", lambda: self.platform.get("device", f"a-{board}")["status"]["firmware"]["resetReason"] == "software")


if __name__ == "__main__":
    unittest.main()
