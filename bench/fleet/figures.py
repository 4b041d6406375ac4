#!/usr/bin/env python3
"""Fleets of `wasmbed fleet` at two gateways: what heartbeats cost the API server, and how long a dead gateway's devices are away.

Devices with identities are made through the API, as in bench/gateway; all connect to the first gateway, which tells them of the second. Then the
first is killed. Simulator, gateways and API server share this machine.
"""

import json
import pathlib
import resource
import subprocess
import sys
import time
import urllib.parse

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "gateway"), str(pathlib.Path(__file__).parents[2] / "tools")]
from roles import Server, administrator, make_devices, start_apiserver, start_gateway  # noqa: E402
from free_ports import free_ports  # noqa: E402
from benchmark import row, say, scaled  # noqa: E402
from wasmbed_platform import NAMESPACE, Platform, WASMBED, wait_for  # noqa: E402

DEVICES = scaled(10_000, 50)
QUIET = scaled(60, 5)  # seconds of heartbeats only
LIMIT = 300


class Simulator:
    """The process, and the last line it printed."""

    def __init__(self, platform, identities, gateway_port):
        command = [WASMBED, "fleet", "--kubeconfig", platform.kubeconfig, "-n", NAMESPACE, "--devices", DEVICES, "--identities", identities,
                   "--gateway", f"127.0.0.1:{gateway_port}", "--json"]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=sys.stderr, text=True)

    def lines(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                yield json.loads(line)

    def until(self, what, condition):
        """Reads lines until one satisfies the condition; the seconds that took."""
        began = time.monotonic()
        for line in self.lines():
            if condition(line):
                return time.monotonic() - began, line
            if time.monotonic() - began > LIMIT:
                raise RuntimeError(f"not seen within {LIMIT} s: {what}; last: {line}")
        raise RuntimeError(f"the simulator ended before: {what}")


def writes(audit):
    return sum(1 for _ in open(audit, "rb")) if audit.exists() else 0


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    platform = Platform()
    processes = []
    try:
        platform.start()
        wait_for("trust is published", lambda: platform.kubectl("get", "configmap", "wasmbed-trust"))
        platform.stop()
        audit = platform.home / "audit.log"
        say(f"bench: {DEVICES} Devices")
        processes.append(start_apiserver(platform, "--audit-log", audit))
        identities = platform.home / "identities.txt"
        make_devices(platform, identities, DEVICES)
        second_port, second_api = free_ports(2)
        first = start_gateway(platform, "default", platform.ports["devices"], platform.ports["gateway-api"])
        second = start_gateway(platform, "second", second_port, second_api)
        processes += [first, second]
        request = administrator(platform)
        path = f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/gateways/"
        wait_for("both are ready", lambda: all(condition["status"] == "True" for name in ("default", "second")
                                               for condition in request("GET", path + urllib.parse.quote(name), None)["status"]["conditions"]))

        say("bench: they connect")
        fleet = Simulator(platform, identities, platform.ports["devices"])
        processes.append(fleet.process)
        took, line = fleet.until("all devices report", lambda line: line["reported"] == DEVICES)
        row(f"{DEVICES:,} devices connect to one gateway, to the last report", f"{took:.1f} s")
        memory = Server("gateway", "wasmbed", 0, first.pid).memory()
        row(f"memory of the gateway with {DEVICES:,} sessions", f"{memory / 1e6:.0f} MB")

        say(f"bench: {QUIET} s of heartbeats")
        fleet.until("nothing is left to write", lambda line, end=time.monotonic() + 5: time.monotonic() > end)
        before = writes(audit)
        cpu = Server("gateway", "wasmbed", 0, first.pid).cpu_seconds()
        took, line = fleet.until("a quiet minute", lambda line, end=time.monotonic() + QUIET: time.monotonic() > end)
        row(f"API writes per second while {DEVICES:,} devices heart-beat", f"{(writes(audit) - before) / took:.2f}", "< 1")
        cpu = Server("gateway", "wasmbed", 0, first.pid).cpu_seconds() - cpu
        row(f"CPU of the gateway meanwhile, of one core", f"{100 * cpu / took:.1f} %")
        lost = line["lost"]

        say("bench: the gateway is killed")
        first.kill()
        took, _ = fleet.until("all devices are back", lambda line: line["lost"] - lost >= DEVICES and line["connected"] == DEVICES)
        row(f"a dead gateway's {DEVICES:,} devices are back at another", f"{took:.1f} s", "< 30 s")
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)
        platform.destroy()


main()
