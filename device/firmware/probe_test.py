#!/usr/bin/env python3
"""Runs the probe image (probe.cpp) on each board in QEMU: drivers, store, entropy, network, mutual TLS, and what happens when a board breaks down.

    probe_test.py [BOARD.test ...]    a board is a test case: `probe_test.py mps2_an385`; without arguments all that are built
"""

import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "device/boards/common"))
import dt_constants  # noqa: E402

BUILDS = pathlib.Path(os.environ.get("WASMBED_FIRMWARE_BUILDS", ROOT / "build/fw"))
LIMIT = 60  # seconds; a run takes well under one


def openssl(folder, command):
    return subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True).stdout


class Identity:
    """A key and certificate in `folder`, signed by `issuer` (by itself without one)."""

    def __init__(self, folder, name, issuer=None, san=None):
        self.folder, self.name = folder, name
        openssl(folder, f"ecparam -name prime256v1 -genkey -noout -out {name}.key")
        openssl(folder, f"req -new -key {name}.key -subj /CN={name} -out {name}.csr")
        extensions = folder / f"{name}.ext"
        extensions.write_text("basicConstraints=critical,CA:TRUE" if issuer is None else f"subjectAltName={san}")
        signer = f"-signkey {name}.key" if issuer is None else f"-CA {issuer.name}.crt -CAkey {issuer.name}.key -CAcreateserial"
        openssl(folder, f"x509 -req -in {name}.csr {signer} -extfile {extensions.name} -days 2 -out {name}.crt")

    def path(self, suffix):
        return self.folder / f"{self.name}.{suffix}"

    def der(self):
        return openssl(self.folder, f"x509 -in {self.name}.crt -outform DER")

    def scalar(self):
        # SEC1 ECPrivateKey: SEQUENCE, version, OCTET STRING with the 32-byte scalar.
        return openssl(self.folder, f"ec -in {self.name}.key -outform DER")[7:39]


class Server(threading.Thread):
    """Accepts one mutual TLS 1.3 session, keeps its first line and answers it."""

    def __init__(self, identity, client_ca):
        super().__init__(daemon=True)
        self.failure = None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(identity.path("crt"), identity.path("key"))
        context.load_verify_locations(client_ca.path("crt"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_alpn_protocols(["wasmbed/1"])
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT)
        self.port = self.listener.getsockname()[1]
        self.heard = self.subject = self.protocol = None
        self.start()

    def run(self):
        try:
            self.serve()
        except OSError as error:  # ssl.SSLError is one
            self.failure = error

    def serve(self):
        with self.listener:
            raw, _ = self.listener.accept()
        raw.settimeout(LIMIT)
        with self.context.wrap_socket(raw, server_side=True) as tls:
            self.heard = tls.recv(100)
            self.subject = tls.getpeercert()["subject"][0][0][1]
            self.protocol = tls.selected_alpn_protocol()
            tls.sendall(b"answer from the server\n")
            tls.recv(1)


class Probe:
    """The tests of one board; BOARD is its name."""

    def setUp(self):
        self.image = BUILDS / self.BOARD / "probe/probe.elf"
        self.recipe = json.loads((ROOT / "device/boards" / self.BOARD / "emulator.json").read_text())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "entropy.in").symlink_to("/dev/urandom")
        (self.folder / "entropy.out").symlink_to("/dev/null")
        self.store = self.folder / "store.img"
        with self.store.open("wb") as store:
            store.truncate(self.storage_bytes())

    def storage_bytes(self):
        """As the recipe says, or the memory labelled `storage` in the board's tree."""
        if "store" in self.recipe:
            return self.recipe["store"]["bytes"]
        root = dt_constants.parse((BUILDS / self.BOARD / f"firmware/{self.BOARD}.dtb").read_bytes())
        nodes = {node.path: node for node in root.walk()}
        path = nodes["/__symbols__"].strings("storage")[0]
        return nodes[path].cells("reg")[1]

    def order(self, *items):
        blob = b"PROBE\0" + b"".join(struct.pack("<H", len(item)) + item for item in items)
        with self.store.open("r+b") as store:
            store.write(blob)

    def command(self, entropy):
        """The board's recipe, with the console on standard output and, on wish, nothing that is random."""
        values = {"firmware": self.image, "store": self.store, "qmp": "qmp.sock", "entropy": "entropy", "mac": "02:00:5e:10:00:01"}
        ours = {"id=console": "stdio,id=console,signal=off", "id=entropy": None if entropy else "null,id=entropy"}
        command = [self.recipe["binary"]]
        for argument in self.recipe["args"]:
            replaced = next((new for part, new in ours.items() if new and part in argument.split(",")), None)
            command.append(replaced or re.sub(r"\{(\w+)\}", lambda name: str(values[name[1]]), argument))
        return command

    def run_board(self, until, entropy=True):
        """The console's text up to a line that matches `until`."""
        board = subprocess.Popen(self.command(entropy), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        guard = threading.Timer(LIMIT, board.kill)
        guard.start()
        lines = []
        try:
            for line in board.stdout:
                lines.append(line)
                if re.search(until, line):
                    return "".join(lines)
        finally:
            guard.cancel()
            board.kill()
            board.wait()
            board.stdout.close()
        self.fail(f"no line matched {until!r} in:\n{''.join(lines)}")

    def break_down(self, mode):
        self.order(b"", b"", b"", b"", mode.encode())
        return self.run_board(r"^probe reset (?!power-on)")

    def test_store_survives_power_off_and_boots_never_share_random_bytes(self):
        first = self.run_board("^probe end")
        second = self.run_board("^probe end")
        self.assertIn("store had 0000000000000000", first)
        self.assertIn("store had " + b"survives".hex(), second)
        self.assertRegex(first, "boot 1\\s")
        self.assertRegex(second, "boot 2\\s")
        self.assertNotEqual(re.search("random (\\w+)", first)[1], re.search("random (\\w+)", second)[1])

    def test_the_contracts_of_all_parts_are_kept_and_absent_ones_said(self):
        found = dict(re.findall(r"^probe contract (\w+): (.*)$", self.run_board("^probe end"), re.M))
        self.assertEqual(set(found), {"clock", "idle", "leds", "entropy", "i2c", "sensor", "gpio"})
        self.assertEqual({part: said for part, said in found.items() if said not in ("kept", "absent")}, {})
        self.assertEqual((found["clock"], found["idle"], found["entropy"]), ("kept", "kept", "kept"))

    def test_no_entropy_source_means_no_random_bytes(self):
        self.assertIn("probe no entropy", self.run_board("^probe end", entropy=False))

    def test_network_and_mutual_tls(self):
        service, device = Identity(self.folder, "service-ca"), Identity(self.folder, "device-ca")
        gateway = Identity(self.folder, "gateway", service, "URI:wasmbed:gateway:default/main,DNS:localhost")
        board = Identity(self.folder, "board", device, "URI:wasmbed:device:board")
        server = Server(gateway, device)
        self.order(f"10.0.2.2:{server.port}".encode(), service.der(), board.der(), board.scalar(), b"tls")
        console = self.run_board("^probe end")
        self.assertIn("probe tls no error peer wasmbed:gateway:default/main", console)
        self.assertIn("probe answer answer from the server", console)
        server.join(LIMIT)
        self.assertEqual((server.heard, server.subject, server.protocol), (b"hello from the board\n", "board", "wasmbed/1"))

    def test_tls_refuses_a_server_of_another_service(self):
        service, device = Identity(self.folder, "service-ca"), Identity(self.folder, "device-ca")
        stranger = Identity(self.folder, "stranger", device, "URI:wasmbed:gateway:default/main")
        board = Identity(self.folder, "board", device, "URI:wasmbed:device:board")
        server = Server(stranger, device)
        self.order(f"10.0.2.2:{server.port}".encode(), service.der(), board.der(), board.scalar(), b"tls")
        self.assertIn("certificate of the peer is not signed by a service root", self.run_board("^probe end"))
        server.join(LIMIT)
        self.assertIn("UNKNOWN_CA", str(server.failure))

    def test_stopped_superloop_is_reset_by_the_watchdog(self):
        console = self.break_down("hang")
        self.assertRegex(console, r"\[ *\d+\.\d{3}\] error watchdog: superloop stopped pc=\w{8}")
        self.assertIn("probe reset watchdog", console)
        self.assertRegex(console, r"probe crash watchdog: superloop stopped pc=\w{8} lr=\w{8} .*app=probe")

    def test_fault_is_reported_and_resets(self):
        console = self.break_down("fault")
        self.assertRegex(console, r"\[ *\d+\.\d{3}\] error fault: hard fault pc=\w{8} .* address=f0000000")
        self.assertIn("probe reset software", console)
        self.assertRegex(console, r"probe crash fault: hard fault pc=\w{8} lr=\w{8} .*cfsr=\w{8} hfsr=\w{8} address=f0000000 app=probe")

    def test_stack_overflow_is_a_fault_of_its_own(self):
        self.assertRegex(self.break_down("stack"), "error fault: hard fault stack overflow")

    def test_assertion_says_where(self):
        self.assertRegex(self.break_down("assert"), r"error assert: probe\.cpp:\d+")

    def test_reboot_is_a_software_reset(self):
        console = self.break_down("reboot")
        self.assertIn("probe reset software", console)
        self.assertNotIn("probe crash", console)


# One test case per board whose probe is built: mps2_an385 and so on.
for image in sorted(BUILDS.glob("*/probe/probe.elf")):
    name = image.parents[1].name
    recipe_file = ROOT / "device/boards" / name / "emulator.json"
    if not recipe_file.is_file():
        continue  # hardware that no emulator has
    if "secureElement" in json.loads(recipe_file.read_text()):
        continue  # it needs the emulator's secure element and a gateway on its line: tests/e2e/serial_test.py
    globals()[name.replace("-", "_")] = type(name, (Probe, unittest.TestCase), {"BOARD": name})
if not list(BUILDS.glob("*/probe/probe.elf")):
    raise SystemExit(f"no probe image is built in {BUILDS}")

if __name__ == "__main__":
    unittest.main()
