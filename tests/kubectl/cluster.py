"""Wasmbed on a real Kubernetes API: the manifests of deploy/ applied, and their Pods' processes started as a kubelet would.

There is no kubelet here, so nothing runs in containers. What the test takes from the cluster: each role's command line, the Secrets it mounts, and
its ServiceAccount's token, where a Pod finds it. What it changes: folders are the test's own, and addresses are free ports of this machine. What ends
is started again, as a kubelet does.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tools", "tools/kube", "tests/e2e")]
from server import KubeServer, why_not  # noqa: E402,F401
import wasmbed_platform as base  # noqa: E402
from free_ports import free_ports  # noqa: E402
from wasmbed_platform import BUNDLE, NAMESPACE, WASMBED, wait_for  # noqa: E402

KUBECTLS = {"1.20": ROOT / ".deps/kubectl/usr/bin/kubectl", "1.32": ROOT / ".deps/kubectl-1.32/usr/bin/kubectl"}
GATEWAYS = ("wasmbed-gateway-0", "wasmbed-gateway-1")
CONTROLLERS = ("wasmbed-controller-a", "wasmbed-controller-b")
EMULATOR = "wasmbed-emulator-a"
BOARD = "wasmbed-board"
TESTER = "tester"  # the ServiceAccount of the person who tests, an administrator
RESTART_PAUSE = 0.5  # seconds
WORKLOADS = {"wasmbed-controller": "deployment", "wasmbed-gateway": "statefulset", "wasmbed-emulator": "deployment"}
# Gives a process the files of its ServiceAccount where a Pod has them: in a mount namespace of its own, over an empty /run.
AS_IN_A_POD = 'mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io && cp -r "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"'


def why_no_pods():
    """Why this machine does not let a process have mounts of its own, or None."""
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    return f"no mounts of its own for a Pod (it takes root, and a / that is a mount point, which a chroot's may not be): {tried.stderr.strip()}" if tried.returncode else None


class Kubelet(threading.Thread):
    """Starts again what has ended, the API server too, until it is stopped."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.over = cluster, threading.Event()

    def run(self):
        while not self.over.wait(RESTART_PAUSE):
            self.cluster.restart_ended()

    def stop(self):
        self.over.set()
        self.join()


class Cluster(base.Platform):
    """The interface of wasmbed_platform.Platform, so that the end-to-end tests run on it unchanged."""

    gateway = GATEWAYS[0]

    def __init__(self):
        if problem := why_not() or why_no_pods():
            print(f"\nSKIPPED, NOTHING OF THIS IS TESTED: {problem}", file=sys.stderr)
            raise unittest.SkipTest(problem)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="wasmbed-cluster-"))
        self.data = self.home / "data"
        (self.data).mkdir()
        self.server = KubeServer(self.home)
        self.kubeconfig = self.home / "test.kubeconfig"
        self.firmware = BUNDLE / "firmware"
        self.lock = threading.RLock()  # of what follows
        self.pods = {}  # name: process
        self.commands = {}  # name: command line, of those too that are killed or stopped
        self.boards = {}  # device: its Pod
        self.kubelet = None
        self.ports = {name: free_ports(3) for name in (*GATEWAYS, EMULATOR)}  # devices, API, serial lines

    # ---- life

    def start(self, _=None, *options):
        """After `stop` again: what ran then. `--firmware DIR` is understood, as that of `wasmbed up`."""
        if "--firmware" in options:
            self.firmware = pathlib.Path(options[options.index("--firmware") + 1])
        if not self.server.processes:
            self.install()
        for pod in [*self.commands] or [*CONTROLLERS, *GATEWAYS, EMULATOR]:
            self.start_pod(pod)
        self.kubelet = Kubelet(self)
        self.kubelet.start()
        for name in GATEWAYS:
            wait_for(f"{name} ready", lambda: self.conditions("gateway", name).get("Ready", ("",))[0] == "True")
        return self

    def install(self):
        self.server.start()
        self.server.write_kubeconfig(self.kubeconfig, f"client-certificate: {self.server.pki}/admin.crt, client-key: {self.server.pki}/admin.key", NAMESPACE)
        pki = self.data / "pki"
        subprocess.run([WASMBED, "pki", pki, "--namespace", NAMESPACE, *(word for name in GATEWAYS for word in ("--gateway", name))], check=True)
        self.kubectl("create", "namespace", NAMESPACE)
        subprocess.run([ROOT / "deploy/make-secrets.sh", pki, base.KUBECTL, "--kubeconfig", self.kubeconfig], check=True, capture_output=True)
        self.kubectl("apply", "-k", str(ROOT / "deploy/kubernetes-1.20"))
        self.make_tester(pki)

    def make_tester(self, pki):
        """A person's kubeconfig as deploy/README.md has it: a token, and for the roles' own APIs their CA too."""
        self.kubectl("create", "serviceaccount", TESTER, "-n", NAMESPACE)
        self.kubectl("create", "clusterrolebinding", TESTER, "--clusterrole=cluster-admin", f"--serviceaccount={NAMESPACE}:{TESTER}")
        token = (self.mount_account(TESTER) / "token").read_text()
        authorities = (self.server.pki / "ca.crt").read_text() + (pki / "service-ca.crt").read_text()
        self.server.write_kubeconfig(self.kubeconfig, f"token: {token}", NAMESPACE, authorities)

    def stop(self):
        """Ends the Pods' processes in order; the highest of their statuses. The API stays."""
        if self.kubelet:
            self.kubelet.stop()
            self.kubelet = None
        statuses = []
        for process in self.pods.values():
            process.send_signal(signal.SIGTERM)
        for process in self.pods.values():
            try:
                statuses.append(abs(process.wait(30)))
            except subprocess.TimeoutExpired:
                process.kill()
                statuses.append(abs(process.wait()))
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
        folders |= {"/data": self.home / pod / "data", "/usr/share/wasmbed/firmware": self.firmware}
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
        if pod not in self.commands:
            spec = spec or self.template(pod)
            account = self.mount_account(spec["serviceAccountName"])
            self.commands[pod] = ["unshare", "--mount", "sh", "-c", AS_IN_A_POD, str(account), str(WASMBED), *self.arguments(pod, spec)]
        environment = {**os.environ, "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.server.port)}
        with self.lock, open(self.home / f"{pod}.log", "ab") as log:
            self.pods[pod] = subprocess.Popen(self.commands[pod], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)

    def restart_ended(self):
        self.server.restart_ended()
        with self.lock:
            for pod in [pod for pod, process in self.pods.items() if process.poll() is not None]:
                if pod.startswith(BOARD) and self.is_deleted(pod):
                    del self.pods[pod], self.commands[pod]
                else:
                    self.start_pod(pod)

    def apply(self, *objects):
        """Starts the Pods that the emulator makes for emulated Devices: no kubelet does."""
        super().apply(*objects)
        for each in objects:
            if each["kind"] == "Device" and each["spec"].get("emulation", {}).get("enabled"):
                self.start_board(each["metadata"]["name"])

    def board_pod(self, device):
        return f"{BOARD}-{self.device(device)['metadata']['uid']}"

    def device(self, name):
        """As `get`, without a kubectl's start, for what is asked in the middle of something quick."""
        with contextlib.closing(self.api_connection()) as connection:
            connection.request("GET", f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/devices/{name}")
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"device {name}: {answer.status}")
            return json.loads(answer.read())

    def start_board(self, device):
        pod = self.board_pod(device)
        made = wait_for(f"a Pod of {device}", lambda: self.get("pod", pod))
        self.boards[device] = pod
        if pod not in self.pods:
            self.ports[pod] = free_ports(3)
            self.start_pod(pod, made["spec"])

    def is_deleted(self, pod):
        """False too when the API does not answer."""
        found = self.run_kubectl("get", "pod", pod, "--ignore-not-found", "-o", "name")
        return found.returncode == 0 and not found.stdout

    def kill_pod(self, pod):
        """For good, as when its machine is gone; `start_pod` is its return."""
        with self.lock:
            process = self.pods.pop(pod)
            process.kill()
            process.wait()

    # ---- what tests ask

    def run_kubectl(self, *args, stdin=None, version="1.20"):
        return subprocess.run([KUBECTLS[version], "--kubeconfig", self.kubeconfig, *args], input=stdin, capture_output=True, text=True, timeout=120, check=False)

    def roles(self):
        """As on one machine; of the controllers the one that acts, of the gateways the first."""
        named = {"controller": self.get("lease", "wasmbed-controller")["spec"]["holderIdentity"], "gateway": GATEWAYS[0], "emulator": EMULATOR}
        with self.lock:
            found = {role: self.pods[pod].pid for role, pod in named.items() if pod in self.pods}
        return {**found, "apiserver": self.server.pid("apiserver")}

    def gateways(self):
        return [self.pods[pod].pid for pod in GATEWAYS]

    def processes(self):
        """Without the API, which is not ours."""
        own = {str(pid) for pid in self.server.pids()}
        return [line for line in super().processes() if line.split()[0] not in own]

    def api_connection(self):
        return self._connection(self.server.port, self.server.pki / "ca.crt", self.server.pki / "admin", 10)

    def board_folder(self, device):
        return self.home / self.boards[device] / "data/devices" / NAMESPACE / device

    def _port(self, name, path):
        """Of a gateway: the one that has the device's session, or had it last."""
        if name != "gateway-api":
            return self.ports[self.boards[re.search(r"devices/([\w.-]+)", path)[1]]][1]
        device = re.search(r"(?:devices/|device=)([\w.-]+)", path)[1]
        return self.ports[self.device(device)["status"]["session"]["gateway"]][1]
