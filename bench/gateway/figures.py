#!/usr/bin/env python3
"""The gateway with thousands of devices on loopback, beside mosquitto with as many clients, certificates and payloads.

API server and gateway run as `wasmbed up` starts them; Devices with identities are made through the API, with keys and certificates by
the platform's own device CA. One load generator (bench/gateway/gateway_load.cpp) speaks both protocols. Because generator and server share
the machine, rates are also given per second of the server's CPU time.
"""

import functools
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/e2e"))
from benchmark import row, say, scaled  # noqa: E402
from free_ports import free_ports  # noqa: E402
from roles import LOAD, Server, make_devices, start_roles  # noqa: E402
from wasmbed_platform import Platform, wait_for  # noqa: E402

SESSIONS = scaled(5000, 50)
CONNECTS = scaled(5000, 50)
SECONDS = scaled(10, 2)
MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")


def load(server, identities, *arguments, protocol=None):
    command = [LOAD, protocol or server.protocol, str(server.port), identities, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish(process):
    lines = process.communicate()[0].splitlines()
    if process.returncode != 0:
        raise RuntimeError(f"gateway_load failed: {' '.join(map(str, process.args))}")
    return json.loads(lines[-1])


def rates(server, identities, *arguments, protocol=None):
    """(per second, per second of the server's CPU)"""
    before = server.cpu_seconds()
    found = finish(load(server, identities, *arguments, protocol=protocol))
    count = found.get("sessions", found.get("acknowledged"))
    return count / found["seconds"], count / max(0.01, server.cpu_seconds() - before)


def memory_per_session(server, identities):
    # The first sessions also fill caches of the allocator.
    finish(load(server, identities, "connect", min(200, SESSIONS), 32))
    before = server.memory()
    process = load(server, identities, "hold", SESSIONS, 64)
    opened = json.loads(process.stdout.readline() or "{}").get("open", 0)
    per_session = (server.memory() - before) / max(1, opened)
    process.stdin.close()
    process.wait()
    return per_session, opened


# ---- the two servers


def start_mosquitto(platform):
    """With the gateway's certificate, the device CA, and no persistence."""
    [port] = free_ports(1)
    pki, config = platform.data / "pki", platform.home / "mosquitto.conf"
    config.write_text(f"""listener {port} 127.0.0.1
cafile {pki}/device-ca.crt
certfile {pki}/gateway-default.crt
keyfile {pki}/gateway-default.key
require_certificate true
use_identity_as_username true
allow_anonymous true
tls_version tlsv1.3
persistence false
max_inflight_messages 0
max_queued_messages 0
set_tcp_nodelay true
log_type error
{'user root' if os.getuid() == 0 else ''}
""")
    process = subprocess.Popen([MOSQUITTO, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("mosquitto listens", lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
    return Server("mosquitto", "mqtt", port, process.pid), process


# ---- the figures


def both(figure, measure, servers, spell, target=""):
    """One row: the gateway's figure, mosquitto's, and the ratio."""
    values = []
    for server in servers:
        say(f"bench: {figure}: {server.name}")
        values.append(measure(server))
    beside = f"mosquitto {spell(values[1])}, ratio {values[0] / values[1]:.2f}" if len(values) > 1 else ""
    row(figure, spell(values[0]), target, beside)


def measure_all(servers, identities):
    def pair(figure, measure, targets=("", "")):
        found = functools.cache(measure)  # one run gives both rows
        both(f"{figure} per second", lambda server: found(server)[0], servers, lambda value: f"{value:,.0f}", targets[0])
        both(f"{figure} per second of the server's CPU", lambda server: found(server)[1], servers, lambda value: f"{value:,.0f}", targets[1])

    both(f"user memory per idle session, {SESSIONS:,} sessions held", lambda server: memory_per_session(server, identities)[0], servers,
         lambda value: f"{value / 1024:.1f} KB", "≤ 24 KB")
    gateway = servers[0]
    say("bench: TLS handshakes")
    wall, cpu = rates(gateway, identities, "connect", CONNECTS, 64, protocol="tls")
    row("mutual TLS handshakes per second, connection closed after it", f"{wall:,.0f}")
    row("mutual TLS handshakes per second of the gateway's CPU", f"{cpu:,.0f}", "≥ 1,300")
    pair("sessions opened (TLS, then Welcome after the API server's fsynced write; CONNACK)", lambda server: rates(server, identities, "connect", CONNECTS, 64))
    pair("acknowledged messages, 64 sessions, window 1 (gateway: on its disk)", lambda server: rates(server, identities, "messages", 64, 1, SECONDS), ("", "≥ 75,000"))
    pair("acknowledged messages, 64 sessions, window 256 (gateway: on its disk)", lambda server: rates(server, identities, "messages", 64, 256, SECONDS), ("", "≥ 500,000"))


def main():
    # A descriptor for each session, in every process from here on.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    platform = Platform()
    processes = []
    try:
        say(f"bench: {SESSIONS} Devices")
        platform.start()
        wait_for("trust is published", lambda: platform.kubectl("get", "configmap", "wasmbed-trust"))
        processes += start_roles(platform)
        identities = platform.home / "identities.txt"
        make_devices(platform, identities, SESSIONS)
        servers = [Server("gateway", "wasmbed", platform.ports["devices"], processes[1].pid)]
        if MOSQUITTO:
            mosquitto, process = start_mosquitto(platform)
            servers.append(mosquitto)
            processes.append(process)
        else:
            say("bench: mosquitto is not installed; no peer beside")
        measure_all(servers, identities)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)
        platform.destroy()


main()
