#!/usr/bin/env python3
"""A device renews its certificate: by the gateway's clock it asks when a third of its time is left, and comes with the new one when the old has run out.

The platform's clock is moved; certificates hold for 397 days (host/pki).
"""

import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "fault")]
from wasmbed_platform import Platform, device, wait_for  # noqa: E402
from wrong_clock import Clock  # noqa: E402

BOARDS = ("sim", "mps2-an385")
DAY = 86400


class Renewal(unittest.TestCase):
    def status(self, board):
        return self.platform.get("device", f"a-{board}")["status"]

    def each(self, what, probe):
        for board in BOARDS:
            with self.subTest(board):
                wait_for(f"{board}: {what}", lambda: probe(board))

    def test_a_certificate_is_renewed_in_time_and_the_new_one_is_used(self):
        self.platform = Platform()
        self.addCleanup(self.platform.destroy)
        clock = Clock(self.platform.home).set(-380 * DAY)
        self.platform.start(clock.environment)
        self.platform.apply(*(device(f"a-{board}", board) for board in BOARDS))
        self.each("connected", lambda board: self.platform.connected(f"a-{board}"))
        first = {board: self.status(board)["identity"] for board in BOARDS}

        # 17 days are left. The platform renews its own certificates when it starts.
        self.platform.stop()
        clock.set(0)
        self.platform.start(clock.environment)
        self.each("a new certificate is issued", lambda board: self.status(board)["identity"]["serial"] != first[board]["serial"])
        self.each("it keeps it", lambda board: "certificate renewed" in self.platform.console(f"a-{board}"))
        second = {board: self.status(board)["identity"] for board in BOARDS}
        for board in BOARDS:
            self.assertGreater(second[board]["notAfter"], first[board]["notAfter"])
            self.assertEqual(second[board]["publicKeySha256"], first[board]["publicKeySha256"], "the device keeps its key")

        clock.set(30 * DAY)  # the old certificate has run out: who connects now does it with the new one
        epochs = {board: self.status(board)["session"]["epoch"] for board in BOARDS}
        for board in BOARDS:
            self.platform.power(f"a-{board}", "reset")
        self.each("connected with its new certificate", lambda board: self.status(board)["session"]["epoch"] > epochs[board] and self.platform.connected(f"a-{board}"))
        for board in BOARDS:
            self.assertEqual(self.status(board)["identity"]["serial"], second[board]["serial"])
            self.assertEqual(self.platform.console(f"a-{board}").count("boot: key made"), 1)


if __name__ == "__main__":
    unittest.main()
