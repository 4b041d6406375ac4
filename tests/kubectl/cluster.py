"""Wasmbed on a real Kubernetes API: the manifests of deploy/ applied, the roles started with their ServiceAccounts' tokens."""

import base64
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools/kube"), str(ROOT / "tests/e2e")]
from server import KubeServer, why_not  # noqa: E402,F401
from wasmbed_platform import BUNDLE, NAMESPACE, WASMBED, free_ports, wait_for  # noqa: E402

KUBECTLS = {"1.20": ROOT / ".deps/kubectl/usr/bin/kubectl", "1.32": ROOT / ".deps/kubectl-1.32/usr/bin/kubectl"}


class Cluster:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wasmbed-cluster-"))
        self.server = KubeServer(self.home)
        self.pki = self.home / "pki-wasmbed"
        self.roles = {}
        self.device_port, self.serial_port, self.gateway_api, self.emulator_api = free_ports(4)

    def start(self):
        self.server.start()
        self.kubectl("apply", "-k", str(ROOT / "deploy/kubernetes-1.20"))
        subprocess.run([WASMBED, "pki", self.pki, "--namespace", NAMESPACE, "--gateway", "default"], check=True)
        return self

    def run_kubectl(self, *args, stdin=None, version="1.20"):
        return subprocess.run([KUBECTLS[version], "--kubeconfig", self.server.kubeconfig, "-n", NAMESPACE, *args], input=stdin, capture_output=True, text=True, timeout=120, check=False)

    def kubectl(self, *args, stdin=None):
        done = self.run_kubectl(*args, stdin=stdin)
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        return done.stdout

    def get(self, kind, name):
        return json.loads(self.kubectl("get", kind, name, "-o", "json"))

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    # ---- roles

    def kubeconfig_of(self, account):
        """A kubeconfig with the ServiceAccount's own token."""
        path = self.home / f"{account}.kubeconfig"
        secret = wait_for(f"a token of {account}", lambda: self.kubectl("get", "serviceaccount", account, "-o", "jsonpath={.secrets[0].name}"))
        token = base64.b64decode(self.kubectl("get", "secret", secret, "-o", "jsonpath={.data.token}")).decode()
        self.server.write_kubeconfig(path, f"token: {token}", NAMESPACE)
        return path

    def start_role(self, name, role, *args):
        config = self.kubeconfig_of(f"wasmbed-{role}")
        with open(self.home / f"{name}.log", "ab") as log:
            self.roles[name] = subprocess.Popen([str(part) for part in (WASMBED, role, "--kubeconfig", config, "--namespace", NAMESPACE, "--pki", self.pki, *args)],
                                                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def start_controller(self, name):
        self.start_role(name, "controller", "--identity", name)

    def start_gateway(self):
        self.start_role("gateway", "gateway", "--name", "default", "--data", self.home, "--device-address", f"127.0.0.1:{self.device_port}", "--serial-address", f"127.0.0.1:{self.serial_port}",
                        "--api-address", f"127.0.0.1:{self.gateway_api}")

    def start_emulator(self):
        self.start_role("emulator", "emulator", "--data", self.home, "--firmware", BUNDLE / "firmware", "--api-address", f"127.0.0.1:{self.emulator_api}")

    def kill(self, name):
        process = self.roles.pop(name)
        process.kill()
        process.wait()

    def destroy(self):
        for process in self.roles.values():
            process.send_signal(signal.SIGTERM)
        for process in self.roles.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.server.stop()
        shutil.rmtree(self.home, ignore_errors=True)
