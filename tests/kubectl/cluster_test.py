#!/usr/bin/env python3
"""Wasmbed's roles on a real kube-apiserver, with the manifests, accounts and rights of deploy/: what takes several of a role."""

import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cluster import BUNDLE, CONTROLLERS, GATEWAYS, Cluster, wait_for  # noqa: E402
from wasmbed_platform import application, device  # noqa: E402

# Seconds. Generous, as the machine may be busy; what it took is printed, and bench/cluster has the targets.
TAKEOVER_LIMIT = 60


class OnARealCluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.destroy)
        cls.cluster.start()
        cls.cluster.apply(device("sim-1", "sim"))

    def leader(self):
        return self.cluster.get("lease", "wasmbed-controller")["spec"]["holderIdentity"]

    def session(self):
        return self.cluster.get("device", "sim-1")["status"]["session"]

    def test_a_device_enrolls_and_runs_an_application(self):
        wait_for("sim-1 connected", lambda: self.cluster.connected("sim-1"))
        self.cluster.apply(application("hello", BUNDLE / "apps/hello.wasm", ["sim-1"], restart={"policy": "Never"}))
        wait_for("hello completed", lambda: self.cluster.get("application", "hello")["status"].get("completed") == 1)
        self.cluster.kubectl("delete", "application", "hello", "--timeout=60s")
        wait_for("its revisions collected", lambda: self.cluster.kubectl("get", "applicationrevisions", "-o", "name") == "")

    def test_of_two_controllers_the_other_takes_over_from_a_killed_one(self):
        first = wait_for("a leader", self.leader)
        self.assertIn(first, CONTROLLERS)
        self.cluster.kill_pod(first)
        killed = time.monotonic()
        wait_for("another leader", lambda: self.leader() != first, TAKEOVER_LIMIT)
        took = time.monotonic() - killed
        self.cluster.apply(application("later", BUNDLE / "apps/hello.wasm", ["nobody"], restart={"policy": "Never"}))
        wait_for("a revision by the new leader", lambda: self.cluster.get("application", "later")["status"].get("revision"))
        print(f"\ncontroller failover after kill -9: {took:.1f} s", file=sys.stderr)
        self.cluster.kubectl("delete", "application", "later", "--timeout=60s")
        self.cluster.start_pod(first)

    def test_of_two_gateways_the_other_serves_the_devices_of_a_killed_one(self):
        wait_for("sim-1 connected", lambda: self.cluster.connected("sim-1"))
        before = self.session()
        self.cluster.kill_pod(before["gateway"])
        killed = time.monotonic()
        wait_for("sim-1 at the other gateway", lambda: self.session()["gateway"] != before["gateway"] and self.cluster.connected("sim-1"), TAKEOVER_LIMIT)
        print(f"\ndevice of a killed gateway at the other after {time.monotonic() - killed:.1f} s", file=sys.stderr)
        self.assertGreater(self.session()["epoch"], before["epoch"], "what the dead gateway still writes is of an older epoch")
        wait_for("the silent gateway is told", lambda: self.cluster.conditions("gateway", before["gateway"]).get("Ready") == ("False", "LeaseExpired"))
        self.cluster.start_pod(before["gateway"])
        wait_for("ready again", lambda: self.cluster.conditions("gateway", before["gateway"]).get("Ready", ("",))[0] == "True")

    def test_a_revoked_certificate_ends_its_session(self):
        self.cluster.apply(device("sim-2", "sim"))
        wait_for("sim-2 connected", lambda: self.cluster.connected("sim-2"))
        serial = self.cluster.get("device", "sim-2")["status"]["identity"]["serial"]
        self.cluster.kubectl("annotate", "device", "sim-2", f"wasmbed.io/revoke-certificate={serial}")
        asked = time.monotonic()
        wait_for("the session ended", lambda: not self.cluster.connected("sim-2"), TAKEOVER_LIMIT)
        print(f"\nsession of a revoked certificate ended after {time.monotonic() - asked:.1f} s", file=sys.stderr)
        self.assertIn(serial, [each["serial"] for each in self.cluster.get("device", "sim-2")["status"]["revoked"]])
        self.cluster.kubectl("delete", "device", "sim-2", "--timeout=60s")

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

    def test_each_emulated_device_has_a_pod_that_goes_with_it(self):
        self.cluster.apply(device("sim-3", "sim"))
        pod = self.cluster.board_pod("sim-3")
        spec = self.cluster.get("pod", pod)["spec"]
        self.assertEqual(spec["serviceAccountName"], "wasmbed-emulator")
        self.assertIn("--device=wasmbed/sim-3", spec["containers"][0]["args"])
        wait_for("sim-3 connected", lambda: self.cluster.connected("sim-3"))
        self.assertEqual(self.cluster.get("device", "sim-3")["status"]["emulation"]["state"], "Running")
        self.cluster.kubectl("patch", "device", "sim-3", "--type=merge", "-p", '{"spec": {"emulation": {"enabled": false}}}')
        wait_for("its Pod deleted", lambda: pod not in self.cluster.kubectl("get", "pods", "-o", "name") or "deletionTimestamp" in self.cluster.get("pod", pod)["metadata"])
        self.cluster.kubectl("delete", "device", "sim-3", "--timeout=60s")

    def test_workloads_are_as_the_manifests_say(self):
        replicas = {each["metadata"]["name"]: each["spec"]["replicas"] for each in json.loads(self.cluster.kubectl("get", "deployments,statefulsets", "-o", "json"))["items"]}
        self.assertEqual(replicas, {"wasmbed-controller": 2, "wasmbed-gateway": len(GATEWAYS), "wasmbed-emulator": 1, "wasmbed-web": 1})
        self.assertEqual(len(json.loads(self.cluster.kubectl("get", "poddisruptionbudgets", "-o", "json"))["items"]), 2)


if __name__ == "__main__":
    unittest.main()
