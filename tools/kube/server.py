#!/usr/bin/env python3
"""A real Kubernetes API for tests: etcd, kube-apiserver 1.20 and kube-controller-manager on ports of their own, in a folder of its own.

`KubeServer(folder).start()` gives a running one (start as often as wanted: the data stays); build.sh makes the programs first. By hand:
`python3 tools/kube/server.py FOLDER` prints the path of a kubeconfig and runs until it is interrupted.
"""

import base64
import contextlib
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from free_ports import free_ports  # noqa: E402

PROGRAMS = ROOT / ".deps/kube/bin"
READY_LIMIT = 120  # seconds; about 6 on an idle machine


def why_not():
    """What is missing on this machine, or None."""
    missing = [name for name in ("kube-apiserver", "kube-controller-manager") if not (PROGRAMS / name).exists()]
    if missing:
        return f"{', '.join(missing)} not built: run tools/kube/build.sh (three minutes of CPU, once)"
    if shutil.which("etcd") is None:
        return "etcd is not installed: run ./dev setup"
    return None


def openssl(*args, stdin=None):
    return subprocess.run(["openssl", *args], input=stdin, check=True, capture_output=True).stdout


class KubeServer:
    def __init__(self, folder, fsync=False):
        self.folder = pathlib.Path(folder).resolve()
        self.pki = self.folder / "pki"
        self.fsync = fsync
        self.port, self.etcd_port, self.peer_port = free_ports(3)
        self.commands = {}  # name: command line
        self.processes = {}  # name: process
        self.kubeconfig = self.folder / "admin.kubeconfig"

    # ---- keys

    def _make_pki(self):
        if (self.pki / "ca.crt").exists():
            return
        self.pki.mkdir(parents=True)
        self._key("ca")
        openssl("req", "-x509", "-new", "-key", self.pki / "ca.key", "-sha256", "-days", "30", "-subj", "/CN=test cluster", "-out", self.pki / "ca.crt")
        self.certificate("apiserver", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth\n")
        self.certificate("admin", "/O=system:masters/CN=admin")
        self._key("sa")
        (self.pki / "sa.pub").write_bytes(openssl("ec", "-in", self.pki / "sa.key", "-pubout"))

    def _key(self, name):
        (self.pki / f"{name}.key").write_bytes(openssl("pkcs8", "-topk8", "-nocrypt", stdin=openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout")))

    def certificate(self, name, subject, extensions="extendedKeyUsage=clientAuth\n"):
        """A certificate of this cluster's CA, as pki/NAME.crt and .key."""
        self._key(name)
        request = openssl("req", "-new", "-key", self.pki / f"{name}.key", "-subj", subject)
        (self.pki / f"{name}.ext").write_text(extensions)
        openssl("x509", "-req", "-CA", self.pki / "ca.crt", "-CAkey", self.pki / "ca.key", "-CAcreateserial", "-days", "30", "-sha256",
                "-extfile", self.pki / f"{name}.ext", "-out", self.pki / f"{name}.crt", stdin=request)

    def write_kubeconfig(self, path, user, namespace="default", authorities=None):
        """`user` is YAML flow text: `token: ...` or `client-certificate: ..., client-key: ...`. `authorities`: PEM, of whom the user trusts."""
        ca = base64.b64encode((authorities or (self.pki / "ca.crt").read_text()).encode()).decode()
        pathlib.Path(path).write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            f'clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:{self.port}", certificate-authority-data: {ca}}}}}]\n'
            f"contexts: [{{name: c, context: {{cluster: c, user: u, namespace: {namespace}}}}}]\n"
            f"users: [{{name: u, user: {{{user}}}}}]\n")

    # ---- life

    def start(self):
        self._make_pki()
        etcd = f"http://127.0.0.1:{self.etcd_port}"
        peer = f"http://127.0.0.1:{self.peer_port}"
        self._spawn("etcd", "etcd", "--name=t", f"--data-dir={self.folder}/etcd", f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}",
                    f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=t={peer}", "--log-level=error",
                    *([] if self.fsync else ["--unsafe-no-fsync"]))
        self._spawn("apiserver", PROGRAMS / "kube-apiserver", f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", f"--secure-port={self.port}",
                    "--insecure-port=0", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
                    f"--tls-cert-file={self.pki}/apiserver.crt", f"--tls-private-key-file={self.pki}/apiserver.key", f"--client-ca-file={self.pki}/ca.crt",
                    "--authorization-mode=RBAC", "--service-account-issuer=https://kubernetes.default.svc",
                    f"--service-account-key-file={self.pki}/sa.pub", f"--service-account-signing-key-file={self.pki}/sa.key",
                    "--service-cluster-ip-range=10.0.0.0/24", "--enable-priority-and-fairness=false", "--profiling=false",
                    "--storage-media-type=application/json")
        self.write_kubeconfig(self.kubeconfig, f"client-certificate: {self.pki}/admin.crt, client-key: {self.pki}/admin.key")
        self._wait_ready()
        # Garbage collector, namespaces, ServiceAccounts and their tokens.
        self._spawn("controllers", PROGRAMS / "kube-controller-manager", f"--kubeconfig={self.kubeconfig}",
                    "--controllers=namespace,garbagecollector,serviceaccount,serviceaccount-token", "--leader-elect=false", "--port=0", "--secure-port=0",
                    f"--service-account-private-key-file={self.pki}/sa.key", f"--root-ca-file={self.pki}/ca.crt")
        return self

    def _spawn(self, name, *command):
        self.commands[name] = [str(part) for part in command]
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(self.commands[name], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def restart_ended(self):
        """What has ended of it runs again; it is ready some seconds later."""
        for name in [name for name, process in self.processes.items() if process.poll() is not None]:
            self._spawn(name, *self.commands[name])

    def pid(self, name):
        return self.processes[name].pid

    def pids(self):
        return [process.pid for process in self.processes.values()]

    def _wait_ready(self):
        context = ssl.create_default_context(cafile=self.pki / "ca.crt")
        context.load_cert_chain(self.pki / "admin.crt", self.pki / "admin.key")
        end = time.monotonic() + READY_LIMIT
        while time.monotonic() < end:
            if any(process.poll() is not None for process in self.processes.values()):
                break
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/readyz", context=context, timeout=5) as answer:
                    if answer.read() == b"ok":
                        return
            time.sleep(0.1)
        tail = (self.folder / "apiserver.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"kube-apiserver did not become ready: {tail}")

    def stop(self):
        for process in reversed(self.processes.values()):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = {}


if __name__ == "__main__":
    problem = why_not()
    if problem:
        sys.exit(problem)
    server = KubeServer(sys.argv[1] if len(sys.argv) > 1 else "build/kube")
    server.folder.mkdir(parents=True, exist_ok=True)
    server.start()
    print(f"export KUBECONFIG={server.kubeconfig}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.sigwait([signal.SIGTERM, signal.SIGINT])
    server.stop()
