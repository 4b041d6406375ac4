#!/usr/bin/env python3
"""The embedded API server beside a real kube-apiserver with etcd, each write on disk before it is answered; then alone with 100,000 Devices."""

import contextlib
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("bench", "tools", "tools/kube", "tests/e2e")]
from benchmark import HOST, median, row, say, scaled  # noqa: E402
from free_ports import free_ports  # noqa: E402
from server import KubeServer, why_not  # noqa: E402
from wasmbed_platform import KUBECTL  # noqa: E402

CONNECTIONS = 8
OBJECTS = scaled(8000, 80)
MANY = scaled(100_000, 400)
WATCHERS = scaled(1000, 20)
WASMBED = HOST / "bin/wasmbed"


def load(*arguments):
    run = subprocess.run([HOST / "bin/apiserver_load", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout.splitlines()[-1])


def resident(*pids):
    return sum(1024 * int(re.search(r"^VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]) for pid in pids)


class Embedded:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pki = self.folder / "pki"
        self.kubeconfig = self.folder / "kubeconfig"
        self.port = free_ports(1)[0]
        subprocess.run([WASMBED, "pki", self.pki], check=True)
        self.context = ssl.create_default_context(cafile=self.pki / "service-ca.crt")
        self.kubeconfig.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            f'clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:{self.port}", certificate-authority: {self.pki}/service-ca.crt}}}}]\n'
            "contexts: [{name: c, context: {cluster: c, user: u, namespace: wasmbed}}]\n"
            f"users: [{{name: u, user: {{client-certificate: {self.pki}/admin.crt, client-key: {self.pki}/admin.key}}}}]\n")

    @contextlib.contextmanager
    def running(self):
        """Runs it for the block and ends it, whatever happens there. Gives the seconds until the first answer, as a client sees it: a handshake included."""
        began = time.monotonic()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([WASMBED, "apiserver", "--database", self.folder / "api.db", "--port", str(self.port), "--audit-log", self.folder / "audit.log",
                                             *(f"--{flag}={self.pki / file}" for flag, file in (("certificate", "apiserver.crt"), ("key", "apiserver.key"),
                                                                                                ("user-ca", "user-ca.crt"), ("service-ca", "service-ca.crt")))], stdout=log, stderr=log)
        try:
            while not self.answers():
                if time.monotonic() - began > 30:
                    raise RuntimeError((self.folder / "log").read_text())
                time.sleep(0.002)
            yield time.monotonic() - began
        finally:
            self.process.terminate()
            try:
                self.process.wait(60)
            finally:
                self.process.kill()  # nothing, if it has ended

    def start_and_stop(self):
        """Seconds to the first answer, and of them its own CPU time, which a busy machine does not change."""
        with self.running() as took:
            return took, self.cpu_seconds()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def answers(self):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/readyz", context=self.context, timeout=5) as answer:
                return answer.status == 200
        return False


def rates_of_a_real_one():
    """None when it is not built."""
    if problem := why_not():
        say(f"bench: without a real kube-apiserver: {problem}")
        return None
    with tempfile.TemporaryDirectory() as folder:
        server = KubeServer(folder, fsync=True).start()
        try:
            kubectl = [KUBECTL, "--kubeconfig", server.kubeconfig]
            for words in (["create", "namespace", "wasmbed"], ["apply", "-f", ROOT / "deploy/crds"], ["wait", "--for=condition=Established", "crd", "--all"]):
                subprocess.run([*kubectl, *words], check=True, capture_output=True)
            found = load("rates", server.kubeconfig, OBJECTS, CONNECTIONS)
            found["memory"] = resident(server.pid("etcd"), server.pid("apiserver"))
            return found
        finally:
            server.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = Embedded(folder)
        with server.running():
            idle = resident(server.process.pid)
        empty = [server.start_and_stop() for _ in range(5)]
        with server.running():
            ours = load("rates", server.kubeconfig, OBJECTS, CONNECTIONS)
            memory = resident(server.process.pid)
        ready = [server.start_and_stop() for _ in range(5)]
    say("bench: the real one")
    real = rates_of_a_real_one()
    for key, what in (("create", "creates"), ("patchStatus", "status patches"), ("get", "gets")):
        beside = f"{real[key]:,} (kube-apiserver 1.20, etcd): {ours[key] / real[key]:.1f} times" if real else ""
        row(f"{what} per second, {CONNECTIONS} connections", f"{ours[key]:,}", "≥ 3 times kube-apiserver's", beside)
    row(f"resident memory with {OBJECTS:,} Devices", f"{memory / 1e6:.1f} MB", "≤ 40 MB", f"{real['memory'] / 1e6:.0f} MB (both)" if real else "")
    row("resident memory, idle", f"{idle / 1e6:.1f} MB")
    for what, measured in (("without Devices", empty), (f"with {OBJECTS:,} Devices", ready)):
        took, cpu = (median([each[part] for each in measured]) for part in (0, 1))
        row(f"start of the process to its first answer, {what}", f"{took * 1000:.0f} ms", "≤ 200 ms", f"CPU time of it: {cpu * 1000:.0f} ms")

    say(f"bench: {MANY:,} Devices")
    with tempfile.TemporaryDirectory() as folder:
        server = Embedded(folder)
        with server.running():
            load("rates", server.kubeconfig, MANY, 32)
            before = server.cpu_seconds()
            took = load("list", server.kubeconfig)["seconds"]
            row(f"paged list of {MANY:,} Devices", f"{took:.2f} s", "≤ 2 s", f"CPU time of the server: {1000 * (server.cpu_seconds() - before):.0f} ms")
            seen = load("watch", server.kubeconfig, WATCHERS)
            row(f"one change to the last of {WATCHERS:,} watchers, with {MANY:,} Devices", f"{seen['median'] * 1000:.0f} ms", "≤ 100 ms", f"worst of 10: {seen['worst'] * 1000:.0f} ms")
            row(f"resident memory with {MANY:,} Devices", f"{resident(server.process.pid) / 1e6:.0f} MB", "≤ 400 MB")


main()
