#!/usr/bin/env python3
"""A simulated fleet on the whole platform: a staged rollout writes as many objects as it has steps, not as many as there are devices."""

import collections
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, NAMESPACE, WASMBED, Platform, application, wait_for  # noqa: E402

DEVICES = 200
STEPS = 10
CONTROLLER = "system:wasmbed:controller"
# Counts in an Application's status: so many writes at once, then one a second (services/controller/status_pace.hpp).
COUNTS_AT_ONCE = 20


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform()
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.start()
        wait_for("the fleet can know whom to trust", lambda: cls.platform.kubectl("get", "configmap", "wasmbed-trust"))
        wait_for("there is a gateway", lambda: cls.platform.conditions("gateway", cls.platform.gateway)["Ready"][0] == "True")
        command = [WASMBED, "fleet", "--kubeconfig", cls.platform.kubeconfig, "-n", NAMESPACE, "--devices", DEVICES, "--identities", cls.platform.home / "identities", "--app-start-ms", 1]
        with open(cls.platform.home / "fleet.log", "wb") as log:
            cls.fleet = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end_fleet)
        wait_for(f"{DEVICES} devices connected", cls.all_connected, 240)

    @classmethod
    def all_connected(cls):
        if cls.fleet.poll() is not None:
            raise AssertionError((cls.platform.home / "fleet.log").read_text())
        return cls.platform.get("gateway", cls.platform.gateway)["status"]["connected"] == DEVICES

    @classmethod
    def end_fleet(cls):
        cls.fleet.terminate()
        cls.fleet.wait(30)

    def rolled_out(self, content):
        app = application("app", BUNDLE / "apps/hello.wasm", [], config={"args": [content]})
        app["spec"]["target"] = {"selector": {"matchLabels": {"wasmbed.io/simulated": "true"}}}
        app["spec"]["rollout"] = {"batches": [{"percent": 100 * step // STEPS} for step in range(1, STEPS)]}
        self.platform.apply(app)

        def complete():
            whole = self.platform.get("application", "app")
            status = whole["status"]
            done = status["observedGeneration"] == whole["metadata"]["generation"] and status["rollout"]["state"] == "Complete"
            return whole if done and status["running"] == DEVICES else None

        return wait_for(f"{content} runs everywhere", complete, 240)

    def controller_writes(self):
        """By resource, all that were ever acknowledged."""
        lines = [json.loads(line) for file in self.platform.data.glob("logs/audit.log*") for line in file.read_text().splitlines()]
        return collections.Counter(line["resource"] for line in lines if line["user"] == CONTROLLER and line["code"] < 300)

    def test_a_rollout_in_ten_steps_writes_a_few_objects_for_each_step(self):
        first = self.rolled_out("first")
        before, began = self.controller_writes(), time.monotonic()
        second = self.rolled_out("second")
        took = time.monotonic() - began
        writes = self.controller_writes() - before
        self.assertNotEqual(second["status"]["revision"], first["status"]["revision"])
        # The new one; and the former one signed as a rollback, which goes at the end (docs/adr/0003).
        self.assertLessEqual(writes["applicationrevisions"], 3)
        self.assertEqual(writes["devices"], 0)
        self.assertGreaterEqual(writes["applications"], STEPS)
        self.assertLessEqual(writes["applications"], 2 * STEPS + COUNTS_AT_ONCE + took, f"in {took:.1f} s")


if __name__ == "__main__":
    unittest.main()
