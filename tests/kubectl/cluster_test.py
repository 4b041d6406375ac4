#!/usr/bin/env python3
"""Wasmbed's roles on a real kube-apiserver, with the manifests, accounts and rights of deploy/."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cluster import BUNDLE, Cluster, wait_for, why_not  # noqa: E402
from wasmbed_platform import application, device  # noqa: E402

FAILOVER_LIMIT = 60  # seconds; the test prints what it took, 9 s when this was written


class OnARealCluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        problem = why_not()
        if problem:
            print(f"\nSKIPPED, NOTHING OF THIS IS TESTED: {problem}", file=sys.stderr)
            raise unittest.SkipTest(problem)
        cls.cluster = Cluster().start()
        cls.addClassCleanup(cls.cluster.destroy)
        for name in ("controller-1", "controller-2"):
            cls.cluster.start_controller(name)
        cls.cluster.start_gateway()
        cls.cluster.start_emulator()
        cls.cluster.apply(device("sim-1", "sim"))

    def conditions(self, kind, name):
        return {c["type"]: (c["status"], c["reason"]) for c in self.cluster.get(kind, name).get("status", {}).get("conditions", [])}

    def leader(self):
        return self.cluster.get("lease", "wasmbed-controller")["spec"]["holderIdentity"]

    def test_a_device_enrolls_and_runs_an_application(self):
        wait_for("sim-1 connected", lambda: self.conditions("device", "sim-1").get("Connected", ("",))[0] == "True")
        self.cluster.apply(application("hello", BUNDLE / "apps/hello.wasm", ["sim-1"], restart={"policy": "Never"}))
        wait_for("hello completed", lambda: self.cluster.get("application", "hello")["status"].get("completed") == 1)
        self.cluster.kubectl("delete", "application", "hello", "--timeout=60s")
        wait_for("its revisions collected", lambda: self.cluster.kubectl("get", "applicationrevisions", "-o", "name") == "")

    def test_gateway_is_ready(self):
        wait_for("gateway ready", lambda: self.conditions("gateway", "default").get("Ready", ("",))[0] == "True")

    def test_of_two_controllers_the_other_takes_over_from_a_killed_one(self):
        first = wait_for("a leader", self.leader)
        wait_for("trust is published", lambda: self.cluster.kubectl("get", "configmap", "wasmbed-trust", "-o", "name"))
        self.cluster.kill(first)
        killed = time.monotonic()
        wait_for("another leader", lambda: self.leader() != first, FAILOVER_LIMIT)
        took = time.monotonic() - killed
        self.cluster.apply(application("later", BUNDLE / "apps/hello.wasm", ["nobody"], restart={"policy": "Never"}))
        wait_for("a revision by the new leader", lambda: self.cluster.get("application", "later")["status"].get("revision"))
        print(f"\ncontroller failover after kill -9: {took:.1f} s", file=sys.stderr)
        self.cluster.kubectl("delete", "application", "later", "--timeout=60s")
        self.cluster.start_controller(first)

    def test_silent_gateway_is_told(self):
        wait_for("sim-1 connected", lambda: self.conditions("device", "sim-1").get("Connected", ("",))[0] == "True")
        self.cluster.kill("gateway")
        killed = time.monotonic()
        wait_for("gateway not ready", lambda: self.conditions("gateway", "default").get("Ready") == ("False", "LeaseExpired"))
        wait_for("sim-1's session unknown", lambda: self.conditions("device", "sim-1").get("Connected") == ("Unknown", "GatewayLost"))
        print(f"\nsilent gateway told after {time.monotonic() - killed:.1f} s", file=sys.stderr)
        self.cluster.start_gateway()

    def can(self, account, verb, resource):
        return self.cluster.run_kubectl("auth", "can-i", verb, resource, f"--as=system:serviceaccount:wasmbed:wasmbed-{account}").stdout.strip() == "yes"

    def test_accounts_have_the_rights_they_need_and_no_more(self):
        allowed = [("controller", "update", "devices.wasmbed.io/status"), ("controller", "create", "secrets"), ("gateway", "update", "gateways.wasmbed.io/status"),
                   ("gateway", "create", "devices.wasmbed.io"), ("gateway", "update", "leases.coordination.k8s.io"), ("emulator", "get", "secrets"), ("web", "list", "devices.wasmbed.io")]
        denied = [("controller", "delete", "devices.wasmbed.io"), ("controller", "create", "pods"), ("gateway", "create", "secrets"), ("gateway", "update", "applications.wasmbed.io"),
                  ("gateway", "delete", "devices.wasmbed.io"), ("emulator", "update", "secrets"), ("web", "get", "secrets"), ("web", "update", "devices.wasmbed.io")]
        for right in allowed:
            self.assertTrue(self.can(*right), right)
        for right in denied:
            self.assertFalse(self.can(*right), right)


if __name__ == "__main__":
    unittest.main()
