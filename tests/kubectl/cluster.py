"""Wasmbed on a real Kubernetes API: the manifests of deploy/ applied, and their Pods' processes started as a kubelet would.

There is no kubelet here, so nothing runs in containers. What the test takes from the cluster: each role's command line, the Secrets it mounts, and
its ServiceAccount's token, where a Pod finds it. What it changes: folders are the test's own, and addresses are free ports of this machine.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools/kube"), str(ROOT / "tests/e2e")]
from server import KubeServer, why_not  # noqa: E402,F401
import wasmbed_platform as base  # noqa: E402
from wasmbed_platform import BUNDLE, NAMESPACE, WASMBED, free_ports, wait_for  # noqa: E402

KUBECTLS = {"1.20": ROOT / ".deps/kubectl/usr/bin/kubectl", "1.32": ROOT / ".deps/kubectl-1.32/usr/bin/kubectl"}
GATEWAYS = ("wasmbed-gateway-0", "wasmbed-gateway-1")
CONTROLLERS = ("wasmbed-controller-a", "wasmbed-controller-b")
EMULATOR = "wasmbed-emulator-a"
WORKLOADS = {"wasmbed-controller": "deployment", "wasmbed-gateway": "statefulset", "wasmbed-emulator": "deployment"}
# Gives a process the files of its ServiceAccount where a Pod has them: in a mount namespace of its own, over an empty /run.
AS_IN_A_POD = 'mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && cp -r "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"'


class Cluster(base.Platform):
    """The interface of wasmbed_platform.Platform, so that the end-to-end tests run on it unchanged."""

    def __init__(self):
        if problem := why_not():
            print(f"\nSKIPPED, NOTHING OF THIS IS TESTED: {problem}", file=sys.stderr)
            raise unittest.SkipTest(problem)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wasmbed-cluster-"))
        self.data = self.home / "data"
        (self.data).mkdir()
        self.server = KubeServer(self.home)
        self.kubeconfig = self.home / "test.kubeconfig"
        self.pods = {}  # name: process
        self.ports = {name: free_ports(3) for name in (*GATEWAYS, EMULATOR)}  # devices, API, serial lines

    # ---- life

    def start(self, *_):
        self.server.start()
        self.server.write_kubeconfig(self.kubeconfig, f"client-certificate: {self.server.pki}/admin.crt, client-key: {self.server.pki}/admin.key", NAMESPACE)
        pki = self.data / "pki"
        subprocess.run([WASMBED, "pki", pki, "--namespace", NAMESPACE, *(word for name in GATEWAYS for word in ("--gateway", name))], check=True)
        self.kubectl("create", "namespace", NAMESPACE)
        subprocess.run([ROOT / "deploy/make-secrets.sh", pki, base.KUBECTL, "--kubeconfig", self.kubeconfig], check=True, capture_output=True)
        self.kubectl("apply", "-k", str(ROOT / "deploy/kubernetes-1.20"))
        for name in (*CONTROLLERS, *GATEWAYS, EMULATOR):
            self.start_pod(name)
        for name in GATEWAYS:
            wait_for(f"{name} ready", lambda: self.conditions("gateway", name).get("Ready", ("",))[0] == "True")
        return self

    def stop(self):
        statuses = []
        for process in self.pods.values():
            process.send_signal(signal.SIGTERM)
        for process in self.pods.values():
            try:
                statuses.append(process.wait(30))
            except subprocess.TimeoutExpired:
                process.kill()
                statuses.append(process.wait())
        self.pods = {}
        return max(statuses, default=0)

    def destroy(self, keep=False):
        self.stop()
        self.server.stop()
        if keep:
            print(f"kept {self.home}")
        else:
            shutil.rmtree(self.home, ignore_errors=True)

    # ---- Pods

    def template(self, pod):
        """The workload's Pod template, as the cluster has it."""
        workload = re.sub(r"-\w$", "", pod)
        return json.loads(self.kubectl("get", WORKLOADS[workload], workload, "-n", NAMESPACE, "-o", "json"))["spec"]["template"]["spec"]

    def mount_account(self, account):
        """token, ca.crt and namespace: the Secret of the ServiceAccount."""
        folder = self.home / "accounts" / account
        if not folder.exists():
            secret = wait_for(f"a token of {account}", lambda: self.kubectl("get", "serviceaccount", account, "-n", NAMESPACE, "-o", "jsonpath={.secrets[0].name}"))
            self.mount_secret(secret, folder)
        return folder

    def mount_secret(self, name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in json.loads(self.kubectl("get", "secret", name, "-n", NAMESPACE, "-o", "json"))["data"].items():
            (folder / file).write_bytes(base64.b64decode(content))
            (folder / file).chmod(0o600)
        return folder

    def arguments(self, pod, spec):
        """The container's, with what is another place on this machine."""
        container = spec["containers"][0]
        secrets = {volume["name"]: volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
        folders = {mount["mountPath"]: self.mount_secret(secrets[mount["name"]], self.home / pod / mount["name"]) for mount in container["volumeMounts"] if mount["name"] in secrets}
        folders |= {"/data": self.home / pod / "data", "/usr/share/wasmbed/firmware": BUNDLE / "firmware"}
        (self.home / pod / "data").mkdir(parents=True, exist_ok=True)
        devices, api, serial = self.ports.get(pod, (0, 0, 0))
        places = {"--device-address": f"127.0.0.1:{devices}", "--api-address": f"127.0.0.1:{api}", "--api-url": f"https://127.0.0.1:{api}", "--probes-address": "127.0.0.1:0"}
        out = []
        for argument in container["args"]:
            flag, _, value = argument.partition("=")
            value = places.get(flag, str(folders.get(value, value)).replace("$(POD_NAME)", pod))
            out.append(f"{flag}={value}" if "=" in argument else flag)
        if "--device-address" in {each.split("=")[0] for each in out}:
            out.append(f"--serial-address=127.0.0.1:{serial}")
        return out

    def start_pod(self, pod, spec=None):
        spec = spec or self.template(pod)
        environment = {**os.environ, "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.server.port)}
        command = ["unshare", "--mount", "sh", "-c", AS_IN_A_POD, str(self.mount_account(spec["serviceAccountName"])), str(WASMBED), *self.arguments(pod, spec)]
        with open(self.home / f"{pod}.log", "ab") as log:
            self.pods[pod] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)

    def apply(self, *objects):
        """Starts the Pods that the emulator makes for emulated Devices: no kubelet does."""
        super().apply(*objects)
        for each in objects:
            if each["kind"] == "Device" and each["spec"].get("emulation", {}).get("enabled"):
                self.start_board(each["metadata"]["name"])

    def board_pod(self, device):
        return f"wasmbed-board-{self.get('device', device)['metadata']['uid']}"

    def start_board(self, device):
        pod = self.board_pod(device)
        made = wait_for(f"a Pod of {device}", lambda: self.get("pod", pod))
        if pod not in self.pods:
            self.ports[pod] = free_ports(3)
            self.start_pod(pod, made["spec"])

    def kill_pod(self, pod):
        process = self.pods.pop(pod)
        process.kill()
        process.wait()

    # ---- what tests ask

    def run_kubectl(self, *args, stdin=None, version="1.20"):
        return subprocess.run([KUBECTLS[version], "--kubeconfig", self.kubeconfig, *args], input=stdin, capture_output=True, text=True, timeout=120, check=False)

    def conditions(self, kind, name):
        return {c["type"]: (c["status"], c["reason"]) for c in self.get(kind, name).get("status", {}).get("conditions", [])}

    def roles(self):
        """As on one machine; of the gateways the first."""
        named = {"controller": CONTROLLERS[0], "gateway": GATEWAYS[0], "emulator": EMULATOR}
        return {role: self.pods[pod].pid for role, pod in named.items() if pod in self.pods}

    def _port(self, name, path):
        """Of a gateway: the one that has the device's session, or had it last."""
        if name != "gateway-api":
            return self.ports[self.board_pod(re.search(r"devices/([\w.-]+)", path)[1])][1]
        device = re.search(r"(?:devices/|device=)([\w.-]+)", path)[1]
        return self.ports[self.get("device", device)["status"]["session"]["gateway"]][1]
