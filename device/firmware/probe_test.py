#!/usr/bin/env python3
"""Runs the probe image (probe.cpp) on each board with a network in QEMU: store, DRBG and mutual TLS by themselves.

    probe_test.py [BOARD.test ...]    a board is a test case: `probe_test.py mps2_an385`; without arguments all that are built
"""

import re
import socket
import ssl
import struct
import subprocess
import threading
import unittest

from board_in_qemu import BUILDS, LIMIT, Board, recipe_of


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
        self.board = self.enterContext(Board(self.BOARD, BUILDS / self.BOARD / "probe/probe.elf"))
        self.folder = self.board.folder

    def order(self, *items):
        blob = b"PROBE\0" + b"".join(struct.pack("<H", len(item)) + item for item in items)
        with self.board.store.open("r+b") as store:
            store.write(blob)

    def run_board(self, until, entropy=True):
        return self.board.run(until=until, entropy=entropy)

    def test_store_survives_power_off_and_boots_never_share_random_bytes(self):
        first = self.run_board("^probe end")
        second = self.run_board("^probe end")
        self.assertIn("store had 0000000000000000", first)
        self.assertIn("store had " + b"survives".hex(), second)
        self.assertRegex(first, "boot 1\\s")
        self.assertRegex(second, "boot 2\\s")
        self.assertNotEqual(re.search("random (\\w+)", first)[1], re.search("random (\\w+)", second)[1])

    def test_no_entropy_source_means_no_random_bytes(self):
        self.assertIn("probe no entropy", self.run_board("^probe end", entropy=False))

    def test_network_and_mutual_tls(self):
        service, device = Identity(self.folder, "service-ca"), Identity(self.folder, "device-ca")
        gateway = Identity(self.folder, "gateway", service, "URI:wasmbed:gateway:default/main,DNS:localhost")
        board = Identity(self.folder, "board", device, "URI:wasmbed:device:board")
        server = Server(gateway, device)
        self.order(f"10.0.2.2:{server.port}".encode(), service.der(), board.der(), board.scalar())
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
        self.order(f"10.0.2.2:{server.port}".encode(), service.der(), board.der(), board.scalar())
        self.assertIn("peer's certificate: no service root signed it", self.run_board("^probe end"))
        server.join(LIMIT)
        self.assertIn("UNKNOWN_CA", str(server.failure))


# One test case per board whose probe is built: mps2_an385 and so on.
for image in sorted(BUILDS.glob("*/probe/probe.elf")):
    name = image.parents[1].name
    recipe = recipe_of(name)
    if recipe is not None and "secureElement" not in recipe:  # a serial board's TLS: tests/e2e/serial_test.py
        globals()[name.replace("-", "_")] = type(name, (Probe, unittest.TestCase), {"BOARD": name})
if not list(BUILDS.glob("*/probe/probe.elf")):
    raise SystemExit(f"no probe image is built in {BUILDS}")

if __name__ == "__main__":
    unittest.main()
