#!/usr/bin/env python3
"""The commands of commands/, by both kubectls, at the embedded API server and at a real kube-apiserver 1.20: same requests, same answers.

Compared are method, path and query of each request, the status of its answer and the answer's shape (shape.py). WASMBED_TOPIC names one file.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools/kube"), str(ROOT / "tests/e2e"), str(pathlib.Path(__file__).parent)]
import script  # noqa: E402
from free_ports import free_ports  # noqa: E402
from recorder import Recorder  # noqa: E402
from server import KubeServer, why_not  # noqa: E402
from shape import shape  # noqa: E402
from wasmbed_platform import WASMBED, wait_for  # noqa: E402

KUBECTLS = {"1.20": ROOT / ".deps/kubectl/usr/bin/kubectl", "1.32": ROOT / ".deps/kubectl-1.32/usr/bin/kubectl"}
COMMANDS = pathlib.Path(__file__).parent / "commands"
COMMAND_LIMIT = 60  # seconds
# What the servers have differs (a real one has many more kinds), so kubectl's search for it does; discovery.txt looks at the documents.
DISCOVERY = re.compile(r"^/(version|api|apis|openapi/.*|api/v1|apis/[^/]+(/[^/]+)?)$")
# 1.20 has no field validation on the server, so kubectl does not ask it for that.
QUERY_OF_NEWER_SERVERS = {"fieldValidation"}
VARYING_QUERY = {"resourceVersion", "timeoutSeconds", "timeout", "continue"}
UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The real server keeps them of every write; the embedded one from the first server-side apply on, for whoever wants conflicts.
BY_NATURE = re.compile(r"\.managedFields\b")


class Embedded:
    """`wasmbed apiserver` alone: no controller changes what the commands made."""

    name = "embedded"

    def __init__(self, folder):
        self.folder = folder
        subprocess.run([WASMBED, "pki", folder / "pki"], check=True)
        self.pki, self.ca = folder / "pki", "service-ca.crt"
        self.port = free_ports(1)[0]

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([WASMBED, "apiserver", "--database", self.folder / "api.db", "--port", str(self.port), *(f"--{flag}={self.pki / file}" for flag, file in (
                ("certificate", "apiserver.crt"), ("key", "apiserver.key"), ("user-ca", "user-ca.crt"), ("service-ca", "service-ca.crt")))], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Real:
    """kube-apiserver with etcd, and with our definitions."""

    name = "real"

    def __init__(self, folder):
        self.server = KubeServer(folder)
        self.ca = "ca.crt"
        self.pki = self.server.pki

    def start(self):
        self.server.start()
        self.port = self.server.port
        subprocess.run([KUBECTLS["1.20"], "--kubeconfig", self.server.kubeconfig, "apply", "-f", ROOT / "deploy/crds"], check=True, capture_output=True)
        subprocess.run([KUBECTLS["1.20"], "--kubeconfig", self.server.kubeconfig, "wait", "--for=condition=Established", "crd", "--all"], check=True, capture_output=True)

    def stop(self):
        self.server.stop()


class Outcome:
    """What one command did at one server."""

    def __init__(self, status, output, exchanges):
        self.status, self.output = status, output
        self.exchanges = [each for each in exchanges if not DISCOVERY.match(each.path)]

    def requests(self, unordered):
        """`METHOD path?query -> status`, where only what means something is kept, and repetitions while something is waited for are one."""
        lines = []
        for exchange in self.exchanges:
            query = {key: "*" if key in VARYING_QUERY else ",".join(sorted(UID.sub("<uid>", value).split(","))) for key, value in exchange.query.items() if key not in QUERY_OF_NEWER_SERVERS}
            line = f"{exchange.method} {exchange.path} {sorted(query.items())} -> {exchange.status}"
            if not lines or lines[-1] != line:
                lines.append(line)
        return sorted(set(lines)) if unordered else lines

    def shapes(self):
        """By method, path and status."""
        found = {}
        for exchange in self.exchanges:
            found.setdefault(f"{exchange.method} {exchange.path} -> {exchange.status}", set()).update(line for line in shape(exchange) if not BY_NATURE.search(line))
        return found


class Runner:
    def __init__(self, server, kubectl, recorder, folder):
        self.server, self.kubectl, self.recorder = server, kubectl, recorder
        self.home = folder / f"{server.name}-{kubectl}"
        self.home.mkdir()
        (self.home / "config").write_text("apiVersion: v1\nkind: Config\n")

    def environment(self, command=None):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBE_EDITOR": (command and command.value("editor")) or "false", "KUBECONFIG": str(self.home / "config")}

    def line(self, namespace, words):
        return [KUBECTLS[self.kubectl], "--server", self.recorder.url, "-n", namespace, *words]

    def plain(self, namespace, *words, check=True):
        done = subprocess.run(self.line(namespace, words), cwd=COMMANDS / "objects", env=self.environment(), capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.server.name}: kubectl {words}: {done.stderr}")
        return done

    def run(self, namespace, command):
        self.recorder.take()
        if command.has("until"):
            return self.watch(namespace, command)
        done = subprocess.run(self.line(namespace, command.words), cwd=COMMANDS / "objects", env=self.environment(command), capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
        return Outcome(done.returncode, done.stdout + done.stderr, self.recorder.take())

    def watch(self, namespace, command):
        """Runs it until it printed so many lines; what is to happen meanwhile begins with its first one."""
        seen = self.home / "watch"
        with open(seen, "wb") as out:
            process = subprocess.Popen(self.line(namespace, command.words), cwd=COMMANDS / "objects", env=self.environment(command), stdout=out, stderr=out)
        try:
            wait_for(f"{command.place}: its watch", lambda: any(each.query.get("watch") == "true" and each.status for each in self.recorder.exchanges))
            exchanges = list(self.recorder.exchanges)
            for line in command.values("meanwhile"):
                self.plain(namespace, *script.Command("", line).words)
            wait_for(f"{command.place}: {command.value('until')} lines", lambda: seen.read_text().count("\n") >= int(command.value("until")))
        finally:
            process.terminate()
            process.wait(30)
        return Outcome(0, seen.read_text(), exchanges)


def differences(command, embedded, real):
    """Where the two servers' answers part, but for what the command's notes explain."""
    found = []
    if (embedded.status == 0) != (real.status == 0):
        found.append(f"exit status {embedded.status}, real {real.status}: {real.output[-300:]}")
    unordered = command.has("unordered")
    if embedded.requests(unordered) != real.requests(unordered):
        found.append("requests\n" + "\n".join(f"      embedded {line}" for line in embedded.requests(unordered)) + "\n" + "\n".join(f"      real     {line}" for line in real.requests(unordered)))
    explained = [re.compile(value.split(": ")[0]) for value in command.values("differs")]
    ours, theirs = embedded.shapes(), real.shapes()
    for request in sorted(ours.keys() & theirs.keys()):
        for side, lines in (("only embedded", ours[request] - theirs[request]), ("only real", theirs[request] - ours[request])):
            lines = sorted(line for line in lines if not any(each.search(line) for each in explained))
            if lines:
                found.append(f"{request}, {side}: {'; '.join(lines[:8])}{f'; and {len(lines) - 8} more' if len(lines) > 8 else ''}")
    return found


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        problem = why_not()
        if problem:
            print(f"\nSKIPPED, NOTHING OF THIS IS TESTED: {problem}", file=sys.stderr)
            raise unittest.SkipTest(problem)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="wasmbed-commands-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.servers = []
        for make in (Embedded, Real):
            folder = cls.folder / make.name
            folder.mkdir()
            server = make(folder)
            server.start()
            cls.addClassCleanup(server.stop)
            cls.servers.append(server)

    def runners(self, kubectl):
        made = []
        for server in self.servers:
            recorder = Recorder(server.port, server.pki / server.ca, server.pki / "admin.crt", server.pki / "admin.key")
            self.enterContext(recorder)
            made.append(Runner(server, kubectl, recorder, self.folder))
        return made

    def check(self, topic, kubectl, runners, namespace):
        problems = []
        for command in script.read(topic):
            if not command.runs_with(kubectl):
                continue
            outcomes = [runner.run(namespace, command) for runner in runners]
            embedded = outcomes[0]
            if (embedded.status != 0) != command.has("fails"):
                problems.append(f"{command.place}: {command.line}: exit status {embedded.status}: {embedded.output[-400:]}")
            for text in command.values("prints"):
                if text not in embedded.output:
                    problems.append(f"{command.place}: {command.line}: does not print {text!r}: {embedded.output[-600:]}")
            if not command.has("lacks") and not command.has("apart"):
                problems += [f"{command.place}: {command.line}: {each}" for each in differences(command, *outcomes)]
        return problems

    def run_all(self, kubectl):
        runners = self.runners(kubectl)
        wait_for("the embedded server", lambda: runners[0].plain("default", "get", "--raw", "/readyz").stdout == "ok")
        for topic in sorted(COMMANDS.glob("*.txt")):
            if os.environ.get("WASMBED_TOPIC") not in (None, topic.stem):
                continue
            with self.subTest(topic=topic.name):
                namespace = f"{topic.stem}-{kubectl.replace('.', '')}"
                for runner in runners:
                    runner.plain("default", "create", "namespace", namespace)
                problems = self.check(topic, kubectl, runners, namespace)
                self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_kubectl_1_20_sees_the_same_at_both_servers(self):
        self.run_all("1.20")

    def test_kubectl_1_32_sees_the_same_at_both_servers(self):
        self.run_all("1.32")


if __name__ == "__main__":
    unittest.main()
