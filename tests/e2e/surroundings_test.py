#!/usr/bin/env python3
"""The world around an emulated board: what its sensor measures reaches an app, its network cable can be pulled and plugged in again, and while it is
out, time goes faster."""

import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, WASMBED, Platform, application, device, wait_for  # noqa: E402


class Surroundings:
    """The same on each kind of board; BOARD is its name. EXACT: its fast clock counts what it does, and so does not run on while it waits for the host."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform()
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.start()
        cls.platform.apply(device("board-1", cls.BOARD))
        cls.platform.apply(application("thermometer", BUNDLE / "apps/thermometer.wasm", ["board-1"], permissions=["sensor:temperature"]))
        source = cls.platform.home / "minutes.c"
        source.write_text('#include "wasmbed.h"\nint main(void) { for (;;) { wasmbed_log("minute"); wasmbed_timer_sleep_ms(60000); } }\n')
        cls.wasm = source.with_suffix(".wasm")
        subprocess.run([WASMBED, "app", "build", source, "-o", cls.wasm], check=True)
        wait_for("a first measurement", lambda: cls.lines())

    @classmethod
    def lines(cls):
        return cls.platform.logs("board-1", "thermometer")

    def set(self, value):
        self.platform.wasmbed("device", "set", "board-1", "sensor/temperature", str(value))

    def test_an_app_reads_the_temperature_that_the_host_sets(self):
        for value, line in ((36.5, "temperature 36.500 C"), (-12.25, "temperature -12.250 C"), (36.5, "temperature 36.500 C")):
            self.set(value)
            wait_for(line, lambda: self.lines()[-1] == line)
            self.assertEqual(self.platform.wasmbed("device", "sensors", "board-1"), f"temperature {value}\n")

    def test_the_temperature_stays_over_a_reset_and_a_power_cut(self):
        self.set(21)
        wait_for("21 degrees", lambda: self.lines()[-1] == "temperature 21.000 C")
        for disturb in (lambda: self.platform.wasmbed("device", "reset", "board-1"), lambda: (self.platform.power("board-1", "off"), self.platform.power("board-1", "on"))):
            before = len(self.lines())
            disturb()
            wait_for("measured again", lambda: len(self.lines()) > before and self.lines()[-1] == "temperature 21.000 C")

    def test_what_cannot_be_set_is_said(self):
        for wrong, why in (("sensor/humidity", "it has: temperature"), ("led/0", "what can be set is sensor/<name>")):
            self.assertIn(why, self.refusal("set", "board-1", wrong, "1"))
        self.assertIn("out of range", self.refusal("set", "board-1", "sensor/temperature", "10000000"))

    def refusal(self, *words):
        run = self.platform.try_wasmbed("device", *words)
        self.assertNotEqual(run.returncode, 0)
        return run.stdout + run.stderr

    def minutes(self):
        """Seconds of the board's time at which the app of that name said a line."""
        return [int(second) for second in re.findall(r"^\[ *(\d+)\.\d{3}\] info minutes: ", self.platform.console("board-1"), re.M)]

    def test_time_goes_faster_while_the_link_is_cut_and_an_apps_schedule_with_it(self):
        self.platform.apply(application("minutes", self.wasm, ["board-1"]))
        wait_for("the app runs and the board is connected", lambda: self.minutes() and self.platform.connected("board-1"))
        self.assertIn("a fast clock needs a cut link", self.refusal("clock", "fast", "board-1"))
        self.platform.wasmbed("device", "link", "cut", "board-1")
        mark = len(self.minutes())
        self.platform.wasmbed("device", "clock", "fast", "board-1")
        # Ten minutes, which is far longer than what is waited for.
        wait_for("ten minutes of the board's time", lambda: len(self.minutes()) > mark + 11, limit=600)
        said = self.minutes()[mark + 1:]  # behind a restart, where the fast clock needs one
        pauses = [later - earlier for earlier, later in zip(said, said[1:])]
        self.assertGreaterEqual(min(pauses), 60, said)
        if self.EXACT:
            self.assertLessEqual(max(pauses), 61, said)
        self.platform.wasmbed("device", "link", "restore", "board-1")
        wait_for("connected again", lambda: self.platform.connected("board-1"))
        self.platform.kubectl("delete", "application", "minutes")

    def test_the_link_is_cut_and_restored(self):
        wait_for("connected", lambda: self.platform.connected("board-1"))
        self.platform.wasmbed("device", "link", "cut", "board-1")
        self.set(5)
        wait_for("measured without a link", lambda: "temperature 5.000 C" in self.platform.console("board-1"))
        self.assertNotIn("temperature 5.000 C", self.lines())
        self.platform.wasmbed("device", "link", "restore", "board-1")
        wait_for("what was measured meanwhile", lambda: self.lines()[-1] == "temperature 5.000 C")
        wait_for("connected again", lambda: self.platform.connected("board-1"))
        self.platform.wasmbed("device", "link", "delay", "board-1", "20")
        self.set(6)
        wait_for("measured over a slow link", lambda: self.lines()[-1] == "temperature 6.000 C")
        self.platform.wasmbed("device", "link", "restore", "board-1")


class OnAMicrocontroller(Surroundings, unittest.TestCase):
    BOARD = "mps2-an385"
    EXACT = True


class OnTheSimulatedBoard(Surroundings, unittest.TestCase):
    BOARD = "sim"
    EXACT = False  # ten milliseconds of the host are a second


if __name__ == "__main__":
    unittest.main()
