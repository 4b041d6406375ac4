#!/usr/bin/env python3
"""Wasmbed on a real Kubernetes API, from deploy/: how long a killed controller, a killed gateway and a revoked certificate are felt."""

import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/kubectl")]
from benchmark import median, row, say, scaled  # noqa: E402
from cluster import Cluster, wait_for, why_not  # noqa: E402
from wasmbed_platform import device  # noqa: E402

ROUNDS = scaled(5)


def seconds_until(what, condition):
    began = time.monotonic()
    wait_for(what, condition)
    return time.monotonic() - began


def failover(cluster):
    leader = lambda: cluster.get("lease", "wasmbed-controller")["spec"]["holderIdentity"]
    first = wait_for("a leader", leader)
    cluster.kill_pod(first)
    took = seconds_until("another leader", lambda: leader() not in ("", first))
    cluster.start_pod(first)
    return took


def takeover(cluster):
    session = lambda: cluster.get("device", "sim-1")["status"]["session"]
    wait_for("sim-1 connected", lambda: cluster.connected("sim-1"))
    first = session()["gateway"]
    cluster.kill_pod(first)
    took = seconds_until("sim-1 at the other gateway", lambda: session()["gateway"] != first and cluster.connected("sim-1"))
    cluster.start_pod(first)
    wait_for("both ready", lambda: cluster.conditions("gateway", first)["Ready"][0] == "True")
    return took


def revocation(cluster, number):
    name = f"revoked-{number}"
    cluster.apply(device(name, "sim"))
    wait_for(f"{name} connected", lambda: cluster.connected(name))
    serial = cluster.get("device", name)["status"]["identity"]["serial"]
    cluster.kubectl("annotate", "device", name, f"wasmbed.io/revoke-certificate={serial}")
    took = seconds_until("its session ended", lambda: not cluster.connected(name))
    cluster.kubectl("delete", "device", name, "--timeout=60s")
    return took


def main():
    if problem := why_not():
        say(f"bench: no figures of a cluster: {problem}")
        return
    cluster = Cluster()
    try:
        cluster.start()
        cluster.apply(device("sim-1", "sim"))
        for what, target, measure in (("a killed controller's lead at the other", "≤ 15 s", lambda _: failover(cluster)),
                                      ("a killed gateway's device at the other", "≤ 10 s", lambda _: takeover(cluster)),
                                      ("a revoked certificate's session ended", "≤ 5 s", lambda number: revocation(cluster, number))):
            took = [measure(number) for number in range(ROUNDS)]
            row(f"{what}, median of {ROUNDS}", f"{median(took):.1f} s", target, f"worst: {max(took):.1f} s")
    finally:
        cluster.destroy()


main()
