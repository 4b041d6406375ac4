#!/usr/bin/env python3
"""The first thing a new user does, on every board that is built, and a second time in the same folder."""

import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, Platform, WASMBED  # noqa: E402


def quickstart(platform, board):
    flags = [flag for name, port in platform.ports.items() for flag in (f"--{name}-port", str(port))]
    run = subprocess.run([WASMBED, "quickstart", "--once", "--board", board, "--data", platform.data, *flags], capture_output=True, text=True, timeout=240)
    return run.returncode, run.stdout, run.stdout + run.stderr


class Quickstart(unittest.TestCase):
    def check(self, board):
        platform = Platform()
        try:
            code, timeline, everything = quickstart(platform, board)
            self.assertEqual(code, 0, everything)
            recipe = json.loads((BUNDLE / f"firmware/{board}.emulator.json").read_text())
            absent = recipe.get("absent", [])
            if recipe.get("credentials") == "psk":
                self.check_with_pre_shared_key(platform, board, timeline)
                return
            for step in ("entropy ready", "key made", "enrolled as wasmbed/board-1", "TLSv1.3", "module verified", "hello from a Wasmbed app"):
                self.assertIn(step, timeline)
            for step in ("has no LED",) if "led" in absent else ("LED 0 on", "blink 1"):
                self.assertIn(step, timeline)
            self.assertEqual(platform.processes(), [])

            code, timeline, everything = quickstart(platform, board)
            self.assertEqual(code, 0, everything)
            self.assertIn("identity loaded", timeline)
            self.assertNotIn("key made", timeline)
            self.assertNotIn("enrolling", timeline)
            self.assertEqual(platform.processes(), [])
        finally:
            platform.destroy()

    def check_with_pre_shared_key(self, platform, board, timeline):
        for step in ("entropy ready", "identity is wasmbed/board-1", "connected, TLSv1.3 with a pre-shared key", "reports hello: Running", "hello from a Wasmbed app"):
            self.assertIn(step, timeline)
        self.assertNotIn("runs no apps", timeline)
        code, timeline, everything = quickstart(platform, board)
        self.assertEqual(code, 0, everything)
        self.assertIn("hello from a Wasmbed app", timeline)
        self.assertEqual(platform.processes(), [])

    def test_another_board_in_the_same_folder_takes_the_place_of_the_first(self):
        platform = Platform()
        try:
            for board in ("sim", "mps2-an385"):
                code, timeline, everything = quickstart(platform, board)
                self.assertEqual(code, 0, everything)
                self.assertIn(f" on {board}", timeline)
                self.assertIn("key made", timeline)
            self.assertIn("board-1 was a sim", timeline)
        finally:
            platform.destroy()


def on_board(board):
    return lambda self: self.check(board)


for recipe in sorted((BUNDLE / "firmware").glob("*.emulator.json")):
    board = recipe.name.removesuffix(".emulator.json")
    setattr(Quickstart, f"test_on_{board.replace('-', '_')}", on_board(board))


if __name__ == "__main__":
    unittest.main()
