"""Roles of a platform one by one, and Devices with identities: what the benchmarks of gateways stand on."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/e2e"))
from benchmark import HOST  # noqa: E402
from wasmbed_platform import NAMESPACE, WASMBED, wait_for  # noqa: E402

LOAD = HOST / "bin/gateway_load"
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A process under load: its CPU time and its memory."""

    def __init__(self, name, protocol, port, pid):
        self.name, self.protocol, self.port, self.pid = name, protocol, port, pid

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Private bytes of user memory."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return 1024 * sum(int(value) for value in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+)", text, re.M))


def administrator(platform):
    context = ssl.create_default_context(cafile=platform.data / "pki/service-ca.crt")
    context.load_cert_chain(platform.data / "pki/admin.crt", platform.data / "pki/admin.key")
    connection = http.client.HTTPSConnection("127.0.0.1", platform.ports["api"], context=context, timeout=60)

    def request(method, path, body, content="application/json"):
        connection.request(method, path, json.dumps(body), {"Content-Type": content})
        answer = connection.getresponse()
        payload = answer.read()
        if answer.status >= 300:
            raise OSError(f"{method} {path}: {answer.status} {payload[:300]!r}")
        return json.loads(payload)

    return request


def make_devices(platform, identities, count):
    """Devices with identities, as the controller would have written them, and the file of their keys."""
    request = administrator(platform)
    path = f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/devices"
    names = {}
    for number in range(count):
        body = {"apiVersion": "wasmbed.io/v1alpha1", "kind": "Device", "metadata": {"name": f"load-{number}"}, "spec": {"board": "sim"}}
        made = request("POST", path, body)
        names[made["metadata"]["uid"]] = made["metadata"]["name"]
    issued = subprocess.run([LOAD, "issue", platform.data / "pki"], input="\n".join(names) + "\n", check=True, capture_output=True, text=True).stdout
    identities.write_text(issued)
    identities.chmod(0o600)
    for line in issued.splitlines():
        uid, serial, key = line.split()[:3]
        identity = {"certificate": "-", "serial": serial, "publicKeySha256": key, "notAfter": "2099-01-01T00:00:00Z"}
        request("PATCH", f"{path}/{names[uid]}/status", {"status": {"identity": identity}}, "application/merge-patch+json")


def start_roles(platform):
    """API server and gateway alone, in the folder that `wasmbed up` made: the controller would enroll the Devices of this benchmark."""
    platform.stop()
    apiserver = start_apiserver(platform)
    return apiserver, start_gateway(platform, "default", platform.ports["devices"], platform.ports["gateway-api"])


def start_role(platform, *arguments):
    log = open(platform.home / "roles.log", "ab")
    return subprocess.Popen([WASMBED, *map(str, arguments)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def start_apiserver(platform, *more):
    pki = platform.data / "pki"
    process = start_role(platform, "apiserver", "--database", platform.data / "apiserver.db", "--port", platform.ports["api"], "--certificate", pki / "apiserver.crt",
                         "--key", pki / "apiserver.key", "--user-ca", pki / "user-ca.crt", "--service-ca", pki / "service-ca.crt", *more)
    wait_for("API server answers", lambda: platform.kubectl("get", "devices") is not None)
    return process


def start_gateway(platform, name, devices_port, api_port, kubeconfig="gateway-default.kubeconfig"):
    """Its certificate, if there is none, is a copy of the first gateway's: the service CA's key stays with `wasmbed up`."""
    pki = platform.data / "pki"
    for ending in ("crt", "key"):
        own = pki / f"gateway-{name}.{ending}"
        if not own.exists():
            shutil.copy(pki / f"gateway-default.{ending}", own)
    process = start_role(platform, "gateway", "--name", name, "--kubeconfig", pki / kubeconfig, "--pki", pki, "--data", platform.data,
                         "--device-address", f"127.0.0.1:{devices_port}", "--api-address", f"127.0.0.1:{api_port}", "--serial-address", "127.0.0.1:0")
    wait_for(f"gateway {name} listens", lambda: socket.create_connection(("127.0.0.1", devices_port)).close() is None)
    return process
