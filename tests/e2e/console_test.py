#!/usr/bin/env python3
"""The console of a device: several people watch, one types, and the firmware answers."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import WASMBED, Platform, device, wait_for  # noqa: E402

BOARDS = ("sim", "mps2-an385", "mps2-an386", "olimex-stm32-h405")
NO_COMMANDS = "stm32vldiscovery"  # 8 KB of RAM: no room for them


class Viewer:
    """A person at `wasmbed console DEVICE`."""

    def __init__(self, platform, name, number):
        self.file = platform.home / f"viewer-{name}-{number}"
        environment = {**os.environ, "KUBECONFIG": str(platform.kubeconfig)}
        with self.file.open("wb") as output:
            self.process = subprocess.Popen([WASMBED, "console", name], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=environment)

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def sees(self, pattern):
        return re.search(pattern, self.file.read_bytes().decode(errors="replace"))

    def leave(self):
        self.process.kill()
        self.process.communicate()


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform()
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.start()
        cls.platform.apply(*(device(f"a-{board}", board) for board in (*BOARDS, NO_COMMANDS)))
        for board in (*BOARDS, NO_COMMANDS):
            wait_for(f"{board} connected", lambda: cls.platform.connected(f"a-{board}"))

    def epoch(self, board):
        return self.platform.get("device", f"a-{board}")["status"]["session"]["epoch"]

    def viewers(self, board, count=2):
        viewers = [Viewer(self.platform, f"a-{board}", number) for number in range(count)]
        for viewer in viewers:
            self.addCleanup(viewer.leave)
            wait_for("the boot is seen", lambda: viewer.sees("info boot: connected"))
        return viewers

    def test_what_one_types_is_answered_and_all_see_it(self):
        for board in BOARDS:
            with self.subTest(board):
                one, other = self.viewers(board)
                answer = rf"> info\r\nwasmbed \S+ on {board}, up \d+ ms after \S+, wasmbed/a-{board}, connected"
                wait_for("the keyboard is free", lambda: one.type("info\n") or one.sees("> info"))
                for viewer in (one, other):
                    wait_for(f"{board} answers", lambda: viewer.sees(answer))
                other.type("apps\n")
                wait_for("one types at a time", lambda: other.sees("somebody else is typing"))
                self.assertFalse(one.sees("> apps"))

    def test_reset_restarts_the_board(self):
        one, = self.viewers("mps2-an386", 1)
        epoch = self.epoch("mps2-an386")
        wait_for("the keyboard is free", lambda: one.type("reset\n") or one.sees("> reset"))
        wait_for("it starts again", lambda: len(re.findall(r"wasmbed \S+ on mps2-an386\r\n", self.platform.console("a-mps2-an386"))) >= 2)
        wait_for("it connects again", lambda: self.epoch("mps2-an386") > epoch and self.platform.connected("a-mps2-an386"))

    def test_a_board_that_is_off_is_said_to_be(self):
        name = f"a-{NO_COMMANDS}"
        self.platform.wasmbed("device", "power", "off", name)
        wait_for("it is off", lambda: self.platform.get("device", name)["status"]["emulation"]["state"] == "Stopped")
        viewer = Viewer(self.platform, name, "off")
        self.addCleanup(viewer.leave)
        wait_for("it is told", lambda: viewer.sees(f"{name} is off"))
        boots = lambda: len(re.findall(r"info boot: wasmbed", viewer.file.read_text(errors="replace")))
        before = boots()
        self.platform.wasmbed("device", "power", "on", name)
        wait_for("the viewer sees it boot", lambda: boots() > before)
        wait_for("it connects again", lambda: self.platform.connected(name))

    def test_a_board_without_commands_goes_on_when_typed_to(self):
        one, = self.viewers(NO_COMMANDS, 1)
        one.type("info\n" * 100)
        epoch = self.epoch(NO_COMMANDS)
        self.platform.wasmbed("device", "reset", f"a-{NO_COMMANDS}")
        wait_for("it is reset and connects", lambda: self.epoch(NO_COMMANDS) > epoch and self.platform.connected(f"a-{NO_COMMANDS}"))
        self.assertFalse(one.sees("> info"))


if __name__ == "__main__":
    unittest.main()
