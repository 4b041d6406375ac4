#!/usr/bin/env python3
"""Devices on a serial line: they come back after a gateway that dies, a cut line, a power cut and a reset within a session, and their images have no IP stack."""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, Platform, device, wait_for  # noqa: E402

BOARDS = ("olimex-stm32-h405", "stm32vldiscovery")


class SerialLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform()
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.start()
        cls.platform.apply(*(device(f"a-{board}", board) for board in BOARDS))
        for board in BOARDS:
            wait_for(f"{board} connected", lambda: cls.platform.connected(f"a-{board}"))

    def epoch(self, board):
        return self.platform.get("device", f"a-{board}")["status"]["session"]["epoch"]

    def comes_back_after(self, what, act):
        before = {board: self.epoch(board) for board in BOARDS}
        act()
        for board in BOARDS:
            with self.subTest(board):
                wait_for(f"{board} has a new session after {what}", lambda: self.epoch(board) > before[board] and self.platform.connected(f"a-{board}"))

    def test_a_gateway_that_is_killed_is_found_again(self):
        self.comes_back_after("the gateway's end", lambda: [os.kill(pid, signal.SIGKILL) for pid in self.platform.gateways()])

    def test_a_power_cut_begins_a_session_anew(self):
        def cut():
            for board in BOARDS:
                self.platform.power(f"a-{board}", "off")
                self.platform.power(f"a-{board}", "on")

        self.comes_back_after("a power cut", cut)

    def test_a_reset_within_a_session_begins_one_on_the_same_line(self):
        self.comes_back_after("a reset", lambda: [self.platform.power(f"a-{board}", "reset") for board in BOARDS])

    def test_a_line_that_is_cut_ends_the_session_and_one_begins_when_it_is_restored(self):
        def cut_and_restore():
            for board in BOARDS:
                self.platform.wasmbed("device", "link", "cut", f"a-{board}")
            for board in BOARDS:
                wait_for(f"{board} is gone", lambda: not self.platform.connected(f"a-{board}"))
            for board in BOARDS:
                self.platform.wasmbed("device", "link", "restore", f"a-{board}")

        self.comes_back_after("a cut line", cut_and_restore)

    def test_a_fast_clock_is_refused_as_their_secure_element_keeps_real_time(self):
        for board in BOARDS:
            with self.subTest(board):
                self.platform.wasmbed("device", "link", "cut", f"a-{board}")
                refused = self.platform.try_wasmbed("device", "clock", "fast", f"a-{board}")
                self.platform.wasmbed("device", "link", "restore", f"a-{board}")
                self.assertNotEqual(refused.returncode, 0)
                self.assertIn("its secure element answers in real time", refused.stdout + refused.stderr)
                wait_for(f"{board} is back", lambda: self.platform.connected(f"a-{board}"))

    def test_a_slow_line_carries_a_session(self):
        def slow_down_and_reset():
            for board in BOARDS:
                self.platform.wasmbed("device", "link", "delay", f"a-{board}", "20")
                self.platform.power(f"a-{board}", "reset")

        self.comes_back_after("a reset on a slow line", slow_down_and_reset)
        for board in BOARDS:
            self.platform.wasmbed("device", "link", "restore", f"a-{board}")

    def test_their_images_have_no_ip_stack(self):
        for board in BOARDS:
            names = subprocess.run(["arm-none-eabi-nm", BUNDLE / f"firmware/{board}.elf"], check=True, capture_output=True, text=True).stdout
            self.assertNotIn("lwip", names.lower())
            self.assertNotIn(" tcp_", names)


if __name__ == "__main__":
    unittest.main()
