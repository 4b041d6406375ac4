#!/usr/bin/env python3
"""Cut, slow, lossy and half-open links, and a gateway that is away: what devices say arrives once, in order, and the status follows."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from faulty_link import FaultyLink  # noqa: E402
from wasmbed_platform import NAMESPACE, Platform, WASMBED, application, device, wait_for  # noqa: E402

SOAK_SECONDS = 60 * float(os.environ.get("WASMBED_SOAK", "0"))
HEARTBEAT = 1  # seconds; after three without a sign the other side counts as gone
COUNTER_SOURCE = """
#include "wasmbed.h"
int main(void) {
    for (unsigned counter = 1;; ++counter) {
        char line[16] = "count ", digits[10];
        unsigned length = 6, count = 0;
        for (unsigned value = counter; value; value /= 10) digits[count++] = (char)('0' + value % 10);
        while (count) line[length++] = digits[--count];
        wasmbed_device_log(WASMBED_LOG_INFO, line, length);
        wasmbed_timer_sleep_ms(PERIOD);
    }
}
"""


class LinkFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.addClassCleanup(cls.platform.destroy)
        cls.link = FaultyLink(cls.platform.ports["devices"])
        cls.addClassCleanup(cls.link.close)
        wait_for("the Gateway object", lambda: cls.platform.get("gateway", "default"))
        spec = '{"spec": {"endpoints": ["127.0.0.1:%d"], "heartbeatSeconds": %d}}' % (cls.link.port, HEARTBEAT)
        cls.platform.kubectl("patch", "gateway", "default", "--type", "merge", "-p", spec)
        cls.platform.apply(device("d1", "sim"))
        wait_for("d1 connected", lambda: cls.platform.connected("d1"))
        cls.platform.apply(application("counter", cls.build("counter", 70), ["d1"]))
        wait_for("the counter counts", lambda: len(cls.numbers()) > 3)

    @classmethod
    def build(cls, name, period):
        source, wasm = cls.platform.home / f"{name}.c", cls.platform.home / f"{name}.wasm"
        source.write_text(COUNTER_SOURCE.replace("PERIOD", str(period)))
        subprocess.run([WASMBED, "app", "build", source, "-o", wasm], check=True)
        return wasm

    @classmethod
    def stream(cls):
        return cls.platform.records("d1", kinds="log,event,dropped", tail=10000)

    @classmethod
    def numbers(cls, app="counter"):
        return [int(text.split()[1]) for text in cls.platform.logs("d1", app) if text.startswith("count ")]

    def connected(self):
        conditions = {c["type"]: c for c in self.platform.get("device", "d1")["status"]["conditions"]}
        return conditions["Connected"]

    def recovers(self):
        """The session is there again, and what the app says now arrives."""
        before = wait_for("records can be read", self.numbers)[-1]
        wait_for("Connected is True", lambda: self.connected()["status"] == "True")
        wait_for("newer records", lambda: self.numbers()[-1] > before + 10)

    def tearDown(self):
        self.link.delay = self.link.loss = 0.0
        self.link.frozen = self.link.refusing = False

    def check_stream(self):
        """Each record once and in order, and no number of the app missing beyond the drops that the device told."""
        records = self.stream()
        boots = {}
        for record in records:
            boots.setdefault(record["bootId"], []).append(record["seq"])
        for boot, sequence in boots.items():
            # The store keeps the newest 5,000 records of a device, so the first may be gone.
            self.assertEqual(sequence, list(range(sequence[0], sequence[0] + len(sequence))), f"boot {boot}")
        numbers = self.numbers()
        self.assertEqual(numbers, sorted(set(numbers)))
        missing = numbers[-1] - numbers[0] + 1 - len(numbers)
        told = sum(record["count"] for record in records if record["kind"] == "dropped")
        # The device also tells when an app said more than its share (device/runtime/apps/record_limit.hpp).
        told += sum(int(text.split()[0][1:]) for text in self.platform.logs("d1", "counter") if "lines dropped" in text)
        self.assertLessEqual(missing, told)
        return missing, told

    def test_1_cut_at_random_moments(self):
        end = time.monotonic() + max(8.0, SOAK_SECONDS)
        seed = os.environ.get("WASMBED_SEED", "1")
        print(f"WASMBED_SEED={seed}")
        chance = random.Random(seed)
        cuts, accepted = 0, self.link.accepted
        while time.monotonic() < end:
            # Some cuts hit the handshake, some the session: a number of bytes, or a moment.
            mark, limit = self.link.bytes + chance.randrange(1, 6000), time.monotonic() + chance.uniform(0.05, 1.5)
            while self.link.bytes < mark and time.monotonic() < limit:
                time.sleep(0.002)
            self.link.cut()
            cuts += 1
        self.assertGreater(cuts, 5)
        self.assertGreater(self.link.accepted, accepted)
        self.recovers()
        self.check_stream()

    def test_2_a_link_with_300_ms_each_way(self):
        self.link.delay = 0.3
        self.link.cut()
        self.recovers()
        self.platform.apply(application("late", self.build("late", 100), ["d1"]))
        wait_for("an app is installed over the slow link", lambda: self.platform.reported_app("d1", "late")["state"] == "Running")
        self.platform.kubectl("delete", "application", "late")
        self.recovers()
        self.check_stream()

    def test_3_a_link_that_loses_a_twentieth(self):
        self.link.loss = 0.05
        self.link.cut()
        self.recovers()
        mark = self.link.bytes
        wait_for("traffic under loss", lambda: self.link.bytes > mark + 10000)
        self.recovers()
        self.check_stream()

    def test_4_a_half_open_connection_is_noticed_by_both_sides(self):
        self.link.frozen = True
        wait_for("Connected is False", lambda: self.connected()["status"] == "False")
        self.assertEqual(self.connected()["reason"], "HeartbeatsMissed")
        self.link.frozen = False
        self.recovers()
        self.check_stream()

    def test_5_a_device_that_stands_still(self):
        pid = self.platform.get("device", "d1")["status"]["emulation"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_for("Connected is False", lambda: self.connected()["status"] == "False")
        finally:
            os.kill(pid, signal.SIGCONT)
        self.recovers()
        self.check_stream()

    def test_6_gateway_killed(self):
        for _ in range(2):
            before = self.platform.roles()["gateway"]
            os.kill(before, signal.SIGKILL)
            wait_for("another gateway", lambda: self.platform.roles().get("gateway", before) != before)
            self.recovers()
        self.check_stream()

    def test_7_gateway_away_for_longer_than_the_backlog_lasts(self):
        chatters = [f"chatter-{number}" for number in range(4)]
        wasm = self.build("chatter", 5)
        self.platform.apply(*(application(name, wasm, ["d1"]) for name in chatters))
        for name in chatters:
            wait_for(name, lambda name=name: len(self.numbers(name)) > 3)
        gateway = self.platform.roles()["gateway"]
        told = sum(record["count"] for record in self.stream() if record["kind"] == "dropped")
        os.kill(gateway, signal.SIGSTOP)
        try:
            # The length of the fault, no proof of anything: with 1 KB a second from each app the device's ring of 8 KB is full after two.
            time.sleep(5)
        finally:
            os.kill(gateway, signal.SIGCONT)
        self.recovers()
        self.platform.kubectl("delete", "application", *chatters)
        wait_for("the device tells its losses", lambda: sum(r["count"] for r in self.stream() if r["kind"] == "dropped") > told)
        missing, told = self.check_stream()
        self.assertGreater(told, missing)
        app = self.platform.reported_app("d1", "counter")
        self.assertEqual((app["state"], app["restarts"]), ("Running", 0))


if __name__ == "__main__":
    unittest.main(failfast=True)
