"""One real platform for a test: starts and stops `wasmbed up` in a folder of its own, and waits for what users could see.

Nothing here knows what the outcome should be; tests do. Every wait has a generous limit and says at its end what was missing.
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from free_ports import free_ports  # noqa: E402

BUILD = pathlib.Path(os.environ.get("WASMBED_BUILD", ROOT / "build/host")).resolve()
BUNDLE = ROOT / "build"  # where ./dev build collects binary, firmware and apps
WASMBED = BUNDLE / "bin/wasmbed"
KUBECTL = ROOT / ".deps/kubectl/usr/bin/kubectl"
NAMESPACE = "wasmbed"
LIMIT = 90  # seconds; what is waited for takes well under five on an idle machine


class NotSeen(AssertionError):
    pass


def wait_for(what, probe, limit=LIMIT):
    """Calls `probe` until it gives something true, and returns that; its exceptions count as "not yet"."""
    end = time.monotonic() + limit
    last = None
    while time.monotonic() < end:
        try:
            found = probe()
            if found:
                return found
            last = found
        except (OSError, KeyError, IndexError, ValueError, subprocess.CalledProcessError, http.client.HTTPException) as error:
            last = error
        time.sleep(0.05)
    raise NotSeen(f"not seen within {limit} s: {what}; last: {last!r}")


class Platform:
    gateway = "default"  # the Gateway's name

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wasmbed-e2e-"))
        self.data = self.home / "data"
        self.kubeconfig = self.data / "kubeconfig"
        names = ("api", "devices", "serial", "gateway-api", "emulator-api", "dashboard", "controller-probes")
        self.ports = dict(zip(names, free_ports(len(names))))
        self.process = None

    # ---- life

    def up_command(self):
        return [str(WASMBED), "up", "--data", str(self.data), *(flag for name, port in self.ports.items() for flag in (f"--{name}-port", str(port)))]

    def start(self, environment=None, *options):
        self.log = open(self.home / "up.log", "ab")
        self.process = subprocess.Popen([*self.up_command(), *options], stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        wait_for("API server answers", lambda: self.process.poll() is None and self.kubectl("get", "devices") is not None)
        return self

    def stop(self):
        """Ctrl-C, as a person would; the exit status."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(60)
        finally:
            self.process.kill()
            self.log.close()
            self.process = None
        return status

    def crash(self):
        """A power cut of the host: everything is killed at once."""
        boards = [int(line.split()[0]) for line in self.processes()]
        for pid in [self.process.pid, *self.roles().values(), *boards]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(60)
        self.log.close()
        self.process = None

    def destroy(self, keep=False):
        self.stop()
        if keep:
            print(f"kept {self.home}")
        else:
            shutil.rmtree(self.home, ignore_errors=True)

    def roles(self):
        """Process id of each running role."""
        out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False).stdout
        found = re.findall(r"^\s*(\d+) \S+ (apiserver|controller|gateway|emulator|web)\b", out, re.M)
        return {role: int(pid) for pid, role in found}

    def gateways(self):
        """Process ids of all gateways."""
        return [self.roles()["gateway"]]

    def processes(self):
        """Command lines of all processes that work in this platform's folder."""
        out = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        return [line.strip() for line in out.splitlines() if str(self.home) in line]

    # ---- commands

    def kubectl(self, *args, stdin=None):
        run = subprocess.run([KUBECTL, "--kubeconfig", self.kubeconfig, *args], input=stdin, capture_output=True, text=True, timeout=60)
        if run.returncode != 0:
            raise subprocess.CalledProcessError(run.returncode, run.args, run.stdout, run.stderr)
        return run.stdout

    def try_wasmbed(self, *args):
        return subprocess.run([WASMBED, *args], env={**os.environ, "KUBECONFIG": str(self.kubeconfig)}, capture_output=True, text=True, timeout=60)

    def wasmbed(self, *args, check=True):
        run = self.try_wasmbed(*args)
        if check and run.returncode != 0:
            raise subprocess.CalledProcessError(run.returncode, run.args, run.stdout, run.stderr)
        return run.stdout

    def get(self, kind, name):
        return json.loads(self.kubectl("get", kind, name, "-o", "json"))

    def conditions(self, kind, name):
        """Status and reason, by type."""
        return {c["type"]: (c["status"], c["reason"]) for c in self.get(kind, name).get("status", {}).get("conditions", [])}

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def api_connection(self):
        """To the API server, as an administrator."""
        return self._connection(self.ports["api"], self.data / "pki/service-ca.crt", self.data / "pki/admin", 10)

    # ---- what a device said, by the gateway; and the device from outside, by the emulator

    def _port(self, name, path):
        """Of the role whose API this is; `path` says what is asked."""
        return self.ports[name]

    def _connection(self, port, ca, pair, timeout):
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(f"{pair}.crt", f"{pair}.key")
        return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=timeout)

    def _request(self, port, method, path, body=None):
        connection = self._connection(self._port(port, path), self.data / "pki/service-ca.crt", self.data / "pki/admin", 30)
        with contextlib.closing(connection):
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            payload = answer.read()
        if answer.status >= 300:
            raise OSError(f"{method} {path}: {answer.status} {payload[:300]!r}")
        return payload

    def records(self, device, **query):
        arguments = "&".join(f"{key}={value}" for key, value in {"device": device, **query}.items())
        return [json.loads(line) for line in self._request("gateway-api", "GET", f"/v1/namespaces/{NAMESPACE}/records?{arguments}").splitlines()]

    def logs(self, device, app):
        return [record["text"] for record in self.records(device, app=app, kinds="log", tail=10000)]

    def reported(self, device):
        return json.loads(self._request("gateway-api", "GET", f"/v1/namespaces/{NAMESPACE}/devices/{device}/state"))

    def leds(self, device):
        return json.loads(self._request("emulator-api", "GET", f"/v1/namespaces/{NAMESPACE}/devices/{device}/leds"))["leds"]

    def console(self, device):
        return self._request("emulator-api", "GET", f"/v1/namespaces/{NAMESPACE}/devices/{device}/console?tail=1000000").decode(errors="replace")

    def power(self, device, action):
        self._request("emulator-api", "POST", f"/v1/namespaces/{NAMESPACE}/devices/{device}/power", json.dumps({"action": action}))

    def board_folder(self, device):
        """What the emulator keeps of its board: the store, the console log."""
        return self.data / "devices" / NAMESPACE / device

    def reported_app(self, device, name):
        """The app as the Device's status has it from the device's last report; KeyError when it names none."""
        status = self.get("device", device)["status"]
        return {app["name"]: app for app in status["applications"]}[name]

    def connected(self, device):
        conditions = self.get("device", device)["status"]["conditions"]
        return any(c["type"] == "Connected" and c["status"] == "True" for c in conditions)


def device(name, board, **spec):
    return {"apiVersion": "wasmbed.io/v1alpha1", "kind": "Device", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": {"board": board, "emulation": {"enabled": True}, **spec}}


def application(name, wasm, devices, **spec):
    module = {"inline": base64.b64encode(pathlib.Path(wasm).read_bytes()).decode()}
    return {"apiVersion": "wasmbed.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": {"module": module, "language": "wasm", "target": {"deviceNames": list(devices)}, **spec}}


# The same tests on a real Kubernetes API: tests/kubectl/cluster.py starts the roles there.
if os.environ.get("WASMBED_ON") == "cluster":
    sys.path.insert(0, str(ROOT / "tests/kubectl"))
    from cluster import Cluster as Platform  # noqa: E402,F811
