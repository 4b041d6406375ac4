#!/usr/bin/env python3
"""Roles and boards killed at random moments under load, one by one and all at once: everything comes back by itself, and nothing is lost.

WASMBED_ROUNDS sets how many kills there are (one of each victim without it), WASMBED_SEED repeats a run.
"""

import collections
import contextlib
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from wasmbed_platform import NAMESPACE, NotSeen, Platform, WASMBED, application, device, wait_for  # noqa: E402

SEED = int(os.environ.get("WASMBED_SEED", random.SystemRandom().randrange(1 << 32)))
BOARDS = {"one": "sim", "two": "mps2-an385"}
ROLES = ["apiserver", "controller", "gateway", "emulator", "web"]
VICTIMS = [*ROLES, "board", "up", "everything"]  # `up` alone: what it started must go with it
ROUNDS = int(os.environ.get("WASMBED_ROUNDS", len(VICTIMS)))
TICKER = """
#include "wasmbed.h"
int main(void) {
    for (unsigned count = 1;; ++count) {
        char line[16] = "tick ";
        char digits[10];
        unsigned length = 0, at = 5, rest = count;
        do { digits[length++] = (char)('0' + rest % 10); rest /= 10; } while (rest);
        while (length) line[at++] = digits[--length];
        wasmbed_device_log(WASMBED_LOG_INFO, line, at);
        wasmbed_timer_sleep_ms(250);
    }
}
"""


class Writer(threading.Thread):
    """Writes ConfigMaps for as long as it lives, and keeps what was acknowledged."""

    NAMES = 20

    def __init__(self, platform):
        super().__init__(daemon=True)
        self.platform = platform
        self.stopping = threading.Event()
        self.tried = collections.Counter()
        self.acknowledged = collections.Counter()
        self.count = 0

    def run(self):
        while not self.stopping.wait(0.02):
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                self.write_until_cut()

    def write_until_cut(self):
        with contextlib.closing(self.platform.api_connection()) as connection:
            while not self.stopping.wait(0.02):
                self.count += 1
                self.write(connection, f"load-{self.count % self.NAMES}", self.count)

    def write(self, connection, name, value):
        self.tried[name] = value
        path = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
        data = {"data": {"value": str(value)}}
        status = self.send(connection, "PATCH", f"{path}/{name}", data, "application/merge-patch+json")
        if status == 404:
            status = self.send(connection, "POST", path, {"metadata": {"name": name}, **data}, "application/json")
        if status in (200, 201):
            self.acknowledged[name] = value

    @staticmethod
    def send(connection, method, path, body, content_type):
        connection.request(method, path, json.dumps(body), {"Content-Type": content_type})
        answer = connection.getresponse()
        answer.read()
        return answer.status


class Census(threading.Thread):
    """Counts, all the time, how many processes run on each board's store."""

    def __init__(self, platform):
        super().__init__(daemon=True)
        self.folder = f"{platform.data}/devices/{NAMESPACE}/"
        self.stopping = threading.Event()
        self.crowds = []

    def present(self):
        found = collections.defaultdict(set)
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            with contextlib.suppress(OSError):
                line = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().decode(errors="replace")
                if self.folder in line and "store.img" in line:
                    found[line.split(self.folder)[1].split("/")[0]].add(int(entry))
        return found

    def run(self):
        while not self.stopping.wait(0.03):
            self.crowds += [(name, pids) for name, pids in self.present().items() if len(pids) > 1]


class Crashes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"WASMBED_SEED={SEED} WASMBED_ROUNDS={ROUNDS}", flush=True)
        cls.random = random.Random(SEED)
        cls.platform = Platform().start()
        cls.addClassCleanup(lambda: cls.platform.destroy(keep=bool(os.environ.get("WASMBED_KEEP"))))
        source = cls.platform.home / "ticker.c"
        source.write_text(TICKER)
        cls.wasm = cls.platform.home / "ticker.wasm"
        subprocess.run([WASMBED, "app", "build", source, "-o", cls.wasm], check=True)
        cls.platform.apply(*(device(name, board) for name, board in BOARDS.items()))
        cls.platform.apply(application("ticker", cls.wasm, BOARDS))
        cls.census = Census(cls.platform)
        cls.census.start()

    # ---- what must hold

    def identities(self, names=BOARDS):
        status = {name: self.platform.get("device", name)["status"] for name in names}
        return {name: (each["identity"]["serial"], each["identity"]["publicKeySha256"]) for name, each in status.items()}

    def settled(self, names, apps, since):
        """All roles are there, each board is one process, and the dashboard answers. Every device is connected, and what it reports is the
        newest revision of each app; the ticker ticked after `since`."""
        if missing := set(ROLES) - set(self.platform.roles()):
            raise ValueError(f"no {missing}")
        processes = self.census.present()
        if crowds := {name: processes.get(name) for name in names if len(processes.get(name, [])) != 1}:
            raise ValueError(f"not one process each: {crowds}")
        with urllib.request.urlopen(f"http://127.0.0.1:{self.platform.ports['dashboard']}/readyz", timeout=10) as answer:
            answer.read()
        wanted = {app: self.platform.get("application", app)["status"] for app in apps}
        for name in names:
            found = self.platform.get("device", name)["status"]
            conditions = {c["type"]: c["status"] for c in found["conditions"]}
            reported = {app["name"]: app for app in found["applications"]}
            if conditions["Connected"] != "True" or conditions["Ready"] != "True" or found["apps"] != f"{len(apps)}/{len(apps)}":
                raise ValueError(f"{name}: {conditions} {found['apps']} {found.get('emulation')}")
            for app, status in wanted.items():
                if reported[app]["state"] != "Running" or reported[app]["revision"] != status["revision"]:
                    raise ValueError(f"{name}: {reported[app]}, wanted revision {status['revision']}")
            last = self.platform.records(name, app="ticker", kinds="log", tail=1)
            if not last or last[0]["time"] <= since:
                raise ValueError(f"{name}: no tick after {since}")
        return True

    def no_instance_beside_another(self, name):
        """Within one boot, an app's count goes up by one or starts again at one, and no record comes twice."""
        previous = {}
        seen = set()
        records = self.platform.records(name, app="ticker", kinds="log", tail=10000)
        lossy = {r.get("bootId") for r in self.platform.records(name, kinds="dropped", tail=1000)}
        for record in records:
            place = (record["bootId"], record["seq"])
            self.assertNotIn(place, seen, f"{name}: a record is there twice")
            seen.add(place)
            count = int(record["text"].split()[1])
            before = previous.get(record["bootId"])
            follows = before is None or count in (1, before + 1) or (record["bootId"] in lossy and count > before)
            self.assertTrue(follows, f"{name}: tick {count} after {before} in boot {record['bootId']}")
            previous[record["bootId"]] = count

    def no_acknowledged_write_is_lost(self, writer):
        acknowledged = dict(writer.acknowledged)  # now: the writer goes on
        items = json.loads(self.platform.kubectl("get", "configmaps", "-o", "json"))["items"]
        found = {item["metadata"]["name"]: int(item["data"]["value"]) for item in items if item["metadata"]["name"].startswith("load-")}
        for name, value in acknowledged.items():
            self.assertIn(name, found)
            self.assertGreaterEqual(found[name], value, name)
            self.assertLessEqual(found[name], writer.tried[name], name)

    def made_one_key(self, name):
        text = (self.platform.data / "devices" / NAMESPACE / name / "console.log").read_text(errors="replace")
        self.assertEqual(text.count("boot: key made"), 1, f"{name} made keys:\n" + "\n".join(line for line in text.splitlines() if "key made" in line))

    # ---- what is done

    def kill(self, victim):
        if victim == "everything":
            self.platform.crash()
            wait_for("no process is left", lambda: not self.census.present(), limit=20)
            self.platform.start()
            return
        if victim == "up":
            self.platform.process.kill()
            self.platform.process.wait(60)
            wait_for("what it had started is gone", lambda: not [line for line in self.platform.processes() if "kubectl" not in line], limit=20)
            self.platform.log.close()
            self.platform.start()
            return
        if victim == "board":
            pids = self.census.present().get(self.random.choice(list(BOARDS)), [])
        else:
            pids = [pid for role, pid in self.platform.roles().items() if role == victim]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)

    def test_1_boards_killed_while_they_enroll_enroll_once(self):
        names = dict(zip(("young-one", "young-two"), BOARDS.values()))
        self.platform.apply(*(device(name, board) for name, board in names.items()))
        for name in names:
            killed = 0
            while killed < min(7, max(3, ROUNDS // 10)):  # the emulator waits twice as long each time
                pids = wait_for(f"a process of {name}", lambda: self.census.present().get(name))
                time.sleep(self.random.uniform(0, 0.6))
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, 9)
                wait_for("it is gone", lambda: not pids & self.census.present().get(name, set()))
                killed += 1
        for name in names:
            wait_for(f"{name} connected", lambda: self.platform.connected(name))
            status = self.platform.get("device", name)["status"]
            self.assertEqual(status["enrollment"]["publicKeySha256"], status["identity"]["publicKeySha256"])
        self.platform.kubectl("delete", "device", *names)
        wait_for("their processes are gone", lambda: not set(names) & set(self.census.present()))

    def test_2_killed_at_random_moments_everything_comes_back(self):
        self.platform.apply(application("changing", self.wasm, BOARDS, config={"env": {"ROUND": "0"}}))
        wait_for("all runs", lambda: self.settled(BOARDS, ("ticker", "changing"), ""))
        before = self.identities()
        writer = Writer(self.platform)
        writer.start()
        try:
            for number in range(1, ROUNDS + 1):
                victim = VICTIMS[number - 1] if number <= len(VICTIMS) else self.random.choice(VICTIMS)
                since = self.round(number, victim)
                try:
                    took = time.monotonic()
                    wait_for("all is as it was", lambda: self.settled(BOARDS, ("ticker", "changing"), since))
                    print(f"round {number}: {victim}, back after {time.monotonic() - took:.1f} s", flush=True)
                except NotSeen as missing:
                    self.fail(f"round {number}, {victim} killed: {missing}; WASMBED_SEED={SEED}")
                self.assertEqual(self.identities(), before, victim)
                self.assertEqual(self.census.crowds, [], "two processes on one board's store")
                self.no_acknowledged_write_is_lost(writer)
        finally:
            writer.stopping.set()
        writer.join(30)
        self.assertGreater(sum(writer.acknowledged.values()), ROUNDS, "the writer did not get through")
        for name in BOARDS:
            self.no_instance_beside_another(name)
            self.made_one_key(name)

    def round(self, number, victim):
        """Changes an app and kills the victim somewhere in the middle of that; the time it was done by."""
        change = application("changing", self.wasm, BOARDS, config={"env": {"ROUND": str(number)}})
        apply = threading.Thread(target=lambda: wait_for("applied", lambda: self.platform.apply(change) is None or True), daemon=True)
        apply.start()
        time.sleep(self.random.uniform(0, 0.8))  # the random moment; nothing is waited for
        self.kill(victim)
        apply.join(120)
        self.assertFalse(apply.is_alive(), "the change could not be applied")
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "."

    def test_3_nothing_is_left_after_the_end(self):
        self.census.stopping.set()
        self.assertEqual(self.platform.stop(), 0)
        wait_for("no process is left", lambda: self.platform.processes() == [], limit=20)


if __name__ == "__main__":
    unittest.main()
