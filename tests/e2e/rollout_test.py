#!/usr/bin/env python3
"""Staged rollouts over several simulated boards: step by step, held, failed and taken back, and the end of an Application."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import WASMBED, Platform, application, device, wait_for  # noqa: E402

BOARDS = [f"roll-{number}" for number in range(5)]
BEAT = '#include "wasmbed.h"\nint main(void) { for (;;) { wasmbed_log("%s"); wasmbed_timer_sleep_ms(300); } }'
SPIN = '#include "wasmbed.h"\nint main(void) { wasmbed_log("greedy"); for (volatile int i = 0;; i++) {} }'
TRAP = '#include "wasmbed.h"\nint main(void) { wasmbed_log("bad"); __builtin_trap(); }'


class Rollouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.platform.apply(*(device(name, "sim") for name in BOARDS))
        for name in BOARDS:
            wait_for(f"{name} connected", lambda: cls.platform.connected(name))
        cls.wasm = {}
        for name, source in {"v1": BEAT % "v1", "v2": BEAT % "v2", "bad": TRAP, "greedy": SPIN}.items():
            path = cls.platform.home / f"{name}.c"
            path.write_text(source)
            cls.wasm[name] = path.with_suffix(".wasm")
            subprocess.run([WASMBED, "app", "build", path, "-o", cls.wasm[name]], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    def roll(self, app, version, rollout, **spec):
        """Applies a version, and gives the revision that is made of it."""
        before = self.status(app).get("revision")
        self.platform.apply(application(app, self.wasm[version], BOARDS, rollout=rollout, restart={"policy": "OnFailure", "backoffMs": 200}, **spec))

        def made():
            revision = self.status(app).get("revision")
            return revision if revision != before else None

        return wait_for(f"a revision of {version}", made)

    def status(self, app):
        try:
            return self.platform.get("application", app).get("status", {})
        except subprocess.CalledProcessError:
            return {}

    def state(self, app, state, **fields):
        def probe():
            rollout = self.status(app).get("rollout", {})
            return rollout if rollout.get("state") == state and all(rollout.get(key) == value for key, value in fields.items()) else None

        return wait_for(f"{app}: rollout {state} {fields}", probe)

    def running(self, app, revision):
        """The devices that report this revision running."""
        found = []
        for name in BOARDS:
            try:
                reported = self.platform.reported_app(name, app)
            except KeyError:
                continue
            if reported.get("revision") == revision and reported["state"] == "Running":
                found.append(name)
        return found

    def remove(self, app):
        self.platform.kubectl("delete", "application", app, "--timeout=60s")
        for name in BOARDS:
            self.assertNotIn(app, [entry["name"] for entry in self.platform.get("device", name)["status"]["applications"]])

    def test_steps_wait_for_a_word_and_move_exactly_as_many_devices_as_they_say(self):
        rollout = {"batches": [{"count": 1}, {"percent": 60}], "approval": "Manual"}
        first = self.roll("steps", "v1", {"batches": []})
        self.state("steps", "Complete", stable=first)
        second = self.roll("steps", "v2", rollout)
        self.state("steps", "WaitingForApproval", step=1, moved=1)
        self.assertEqual(len(self.running("steps", second)), 1)
        self.assertEqual(len(self.running("steps", first)), 4)
        self.roll_on("steps", second, 2)
        self.state("steps", "WaitingForApproval", step=2, moved=3)
        self.assertEqual(len(self.running("steps", second)), 3)
        self.assertEqual(len(self.running("steps", first)), 2)
        self.roll_on("steps", second, 3)
        self.state("steps", "Complete", stable=second)
        wait_for("all five", lambda: self.running("steps", second) == BOARDS)
        self.remove("steps")

    def roll_on(self, app, revision, step):
        patch = f'{{"spec": {{"rollout": {{"approved": {{"revision": "{revision}", "step": {step}}}}}}}}}'
        self.platform.kubectl("patch", "application", app, "--type=merge", "-p", patch)

    def test_bad_revision_reaches_one_device_and_is_taken_back(self):
        first = self.roll("guarded", "v1", {"batches": [{"count": 1}]})
        self.state("guarded", "Complete", stable=first)
        bad = self.roll("guarded", "bad", {"batches": [{"count": 1}]})
        rollout = self.state("guarded", "RolledBack", target=bad, stable=first)
        had_it = {name for name in BOARDS if "bad" in self.platform.logs(name, "guarded")}
        self.assertEqual(len(had_it), 1, "one device in the first step")
        back = rollout["rollback"]
        wait_for("the device that had it runs the rollback", lambda: set(self.running("guarded", back)) == had_it)
        self.assertEqual(set(self.running("guarded", first)), set(BOARDS) - had_it, "nobody else was touched")
        self.assertTrue(all(self.platform.reported_app(name, "guarded")["restarts"] == 0 for name in BOARDS))
        events = self.platform.kubectl("get", "events", "-o", "jsonpath={.items[*].reason}")
        self.assertIn("RolledBack", events.split())
        repaired = self.roll("guarded", "v2", {"batches": [{"count": 1}]})
        self.state("guarded", "Complete", stable=repaired)
        wait_for("all five repaired", lambda: self.running("guarded", repaired) == BOARDS)
        self.remove("guarded")

    def test_revision_that_needs_more_fuel_than_its_limit_is_taken_back(self):
        limits = {"fuelPerSecond": 20000}
        first = self.roll("frugal", "v1", {"batches": []}, limits=limits)
        self.state("frugal", "Complete", stable=first)
        greedy = self.roll("frugal", "greedy", {"batches": [{"count": 1}], "minReadySeconds": 300}, limits=limits)
        rollout = self.state("frugal", "RolledBack", target=greedy, stable=first)
        self.assertIn("fails on 1 of 1 devices", rollout["message"])
        logs = {name: self.platform.logs(name, "frugal") for name in BOARDS}
        had_it = {name for name in BOARDS if "greedy" in logs[name]}
        self.assertEqual(len(had_it), 1, "one device in the first step")
        wait_for("it runs the rollback", lambda: set(self.running("frugal", rollout["rollback"])) == had_it)
        self.remove("frugal")

    def test_pause_holds_and_a_selector_chooses_who_is_first(self):
        self.platform.kubectl("label", "device", BOARDS[3], "ring=canary")
        first = self.roll("rings", "v1", {"batches": []})
        self.state("rings", "Complete", stable=first)
        second = self.roll("rings", "v2", {"batches": [{"selector": {"matchLabels": {"ring": "canary"}}}], "approval": "Manual"})
        self.state("rings", "WaitingForApproval", step=1, moved=1)
        self.assertEqual(self.running("rings", second), [BOARDS[3]])
        self.platform.kubectl("patch", "application", "rings", "--type=merge", "-p", '{"spec": {"rollout": {"paused": true}}}')
        self.state("rings", "Paused")
        self.roll_on("rings", second, 9)
        self.assertEqual(self.running("rings", second), [BOARDS[3]])
        self.platform.kubectl("patch", "application", "rings", "--type=merge", "-p", '{"spec": {"rollout": {"paused": false}}}')
        self.state("rings", "Complete", stable=second)
        self.remove("rings")


if __name__ == "__main__":
    unittest.main()
