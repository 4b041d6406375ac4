#!/usr/bin/env python3
"""A microcontroller in QEMU from first power-on to running programs made a moment before, and back from every kind of power cut."""

import pathlib
import random
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, Platform, WASMBED, application, device, wait_for  # noqa: E402

BOARD = "mps2-an385"
NONCE_SOURCE = """
#include "wasmbed.h"
static void put(unsigned long long value) {
    char line[24] = "nonce ";
    char digits[20];
    unsigned count = 0, at = 6;
    do { digits[count++] = (char)('0' + value % 10); value /= 10; } while (value);
    while (count) line[at++] = digits[--count];
    wasmbed_device_log(WASMBED_LOG_INFO, line, at);
}
int main(void) {
    for (unsigned counter = 1;; ++counter) {
        put(NONCEull * counter);
        wasmbed_timer_sleep_ms(200);
    }
}
"""


class DeviceInQemu(unittest.TestCase):
    """The steps build on each other, in the order of their numbers, as a day in the life of one device does."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.nonce = random.SystemRandom().randrange(1 << 24, 1 << 31)
        cls.platform.apply(device("board-1", BOARD))

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    def identity(self):
        return self.platform.get("device", "board-1")["status"]["identity"]["serial"]

    def boot_ids(self):
        return {record["bootId"] for record in self.platform.records("board-1", kinds="log", tail=10000)}

    def test_1_device_makes_its_key_enrolls_and_connects(self):
        wait_for("board-1 connected", lambda: self.platform.connected("board-1"))
        status = self.platform.get("device", "board-1")["status"]
        self.assertEqual(status["phase"], "Connected")
        self.assertEqual(status["enrollment"]["publicKeySha256"], status["identity"]["publicKeySha256"])
        console = self.platform.console("board-1")
        self.assertIn("boot: key made", console)
        self.assertRegex(console, r"boot: connected to .*TLSv1\.3")

    def test_2_program_with_a_fresh_nonce_answers_from_the_device(self):
        source = self.platform.home / "nonce.c"
        source.write_text(NONCE_SOURCE.replace("NONCE", str(self.nonce)))
        wasm = self.platform.home / "nonce.wasm"
        subprocess.run([WASMBED, "app", "build", source, "-o", wasm], check=True)
        self.platform.apply(application("nonce", wasm, ["board-1"]))
        expected = [f"nonce {self.nonce * counter}" for counter in range(1, 6)]
        wait_for("five products of the nonce", lambda: self.platform.logs("board-1", "nonce")[:5] == expected)
        self.assertEqual(self.platform.reported_app("board-1", "nonce")["state"], "Running")

    def test_3_led_seen_through_qemu_agrees_with_the_device(self):
        self.platform.apply(application("blink", BUNDLE / "apps/blink.wasm", ["board-1"], permissions=["led:0"]))
        events = lambda: [r for r in self.platform.records("board-1", kinds="event", tail=10000) if r.get("event") == "led" and r["index"] == 0]
        wait_for("four LED changes reported", lambda: len(events()) >= 4)
        values = [event["value"] for event in events()]
        self.assertTrue(all(a != b for a, b in zip(values, values[1:])), values)

        def agrees(want):
            before = events()[-1]
            seen = self.platform.leds("board-1")["0"]
            after = events()[-1]
            return before == after and before["value"] == want and seen == want

        for want in (1, 0):
            wait_for(f"monitor and report agree on {want}", lambda: agrees(want))

    def test_4_an_app_without_permission_does_not_start(self):
        self.platform.apply(application("thief", BUNDLE / "apps/blink.wasm", ["board-1"]))
        accepted = lambda: next(c for c in self.platform.get("application", "thief")["status"]["conditions"] if c["type"] == "Accepted")
        found = wait_for("thief not accepted", lambda: next((c for c in [accepted()] if c["status"] == "False"), None))
        self.assertEqual(found["reason"], "NotPermitted")
        self.assertIn("wasmbed_device.led_set", found["message"])

        # The controller cannot see which LED; the device does, at each call.
        self.platform.apply(application("thief", BUNDLE / "apps/blink.wasm", ["board-1"], permissions=["led:1"], restart={"policy": "Never"}))
        app = wait_for("thief failed", lambda: next((a for a in [self.platform.reported_app("board-1", "thief")] if a["state"] == "Failed"), None))
        self.assertEqual((app["reason"], app["exitCode"]), ("Exit", 1))
        self.platform.kubectl("delete", "application", "thief")
        wait_for("thief gone from the device", lambda: all(a["name"] != "thief" for a in self.platform.get("device", "board-1")["status"]["applications"]))

    def test_5_stored_apps_run_while_the_gateway_is_stopped(self):
        serial = self.identity()
        gateways = [str(pid) for pid in self.platform.gateways()]
        boots = self.boot_ids()
        subprocess.run(["kill", "-STOP", *gateways], check=True)
        try:
            mark = len(self.platform.console("board-1"))
            self.platform.power("board-1", "off")
            self.platform.power("board-1", "on")
            wait_for("nonce runs from the store", lambda: re.search(r"nonce: .*nonce \d|nonce: running", self.platform.console("board-1")[mark:]))
        finally:
            subprocess.run(["kill", "-CONT", *gateways], check=True)
        wait_for("a new boot's records", lambda: self.boot_ids() - boots)
        wait_for("connected again", lambda: self.platform.connected("board-1"))
        self.assertEqual(self.identity(), serial)
        self.assertNotIn("key made", self.platform.console("board-1")[mark:])

    def test_6_a_flipped_byte_in_the_stored_module_is_refused_told_and_mended(self):
        self.platform.stop()
        store = self.platform.board_folder("board-1") / "store.img"
        image = bytearray(store.read_bytes())
        needle = (self.platform.home / "nonce.wasm").read_bytes()
        places = [at for at in range(len(image)) if image.startswith(needle[:64], at)] if needle[:64] in image else []
        self.assertTrue(places, "the module is not found in the store image")
        for place in places:
            image[place + len(needle) // 2] ^= 0x01
        store.write_bytes(image)
        self.platform.start()
        security = lambda: [r for r in self.platform.records("board-1", kinds="event", tail=10000) if r.get("event") == "security"]
        event = wait_for("a security event", security)[0]
        self.assertEqual(event["app"], "nonce")
        self.assertRegex(event["text"], "stored module|digest")
        before = len(self.platform.logs("board-1", "nonce"))
        wait_for("nonce runs again, fetched anew", lambda: len(self.platform.logs("board-1", "nonce")) > before)
        self.assertEqual(self.platform.reported_app("board-1", "nonce")["state"], "Running")

    def test_7_nothing_is_left_after_the_end(self):
        self.assertEqual(self.platform.stop(), 0)
        self.assertEqual(self.platform.processes(), [])


if __name__ == "__main__":
    unittest.main()
