#!/usr/bin/env python3
"""Clients that are no devices: refused, counted and logged once, while the session of a device beside them sees nothing."""

import contextlib
import http.client
import os
import pathlib
import re
import resource
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from wasmbed_platform import Platform, application, device, wait_for  # noqa: E402
from link_faults_test import COUNTER_SOURCE, WASMBED  # noqa: E402

DESCRIPTORS = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
FLOOD = min(10_000, DESCRIPTORS - 200)
HANDSHAKE_LIMIT = 30  # seconds, DevicePortLimits::handshake


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class HostileClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        cls.platform = Platform().start()
        cls.addClassCleanup(cls.platform.destroy)
        cls.port = cls.platform.ports["devices"]
        cls.platform.apply(device("d1", "sim"))
        source, wasm = cls.platform.home / "counter.c", cls.platform.home / "counter.wasm"
        source.write_text(COUNTER_SOURCE.replace("PERIOD", "50"))
        subprocess.run([WASMBED, "app", "build", source, "-o", wasm], check=True)
        cls.platform.apply(application("counter", wasm, ["d1"]))
        wait_for("the counter counts", lambda: len(cls.platform.logs("d1", "counter")) > 3)
        cls.session = cls.platform.get("device", "d1")["status"]["session"]
        cls.pki = cls.platform.data / "pki"
        cls.certificates = cls.platform.home / "certificates"
        cls.certificates.mkdir()
        cls.started = time.monotonic()
        cls.endless = [cls.connect() for _ in range(8)]
        for number, client in enumerate(cls.endless):
            client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[: 1 + number])  # the beginning of a ClientHello
        cls.addClassCleanup(lambda: [client.close() for client in cls.endless])

    def tearDown(self):
        """The session beside: the same one, and its records still arrive."""
        count = len(self.platform.logs("d1", "counter"))
        wait_for("newer records", lambda: len(self.platform.logs("d1", "counter")) > count)
        self.assertEqual(self.platform.get("device", "d1")["status"]["session"], self.session)

    @classmethod
    def connect(cls):
        return socket.create_connection(("127.0.0.1", cls.port), timeout=60)

    def metrics(self):
        text = self.platform._request("gateway-api", "GET", "/metrics").decode()
        return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.M)}

    def refusals(self, reason):
        return self.metrics()[f'wasmbed_gateway_refusals_total{{reason="{reason}"}}']

    def log_lines(self, reason):
        return [line for line in (self.platform.data / "logs/gateway.log").read_text().splitlines() if "refused" in line and f"reason={reason} " in line]

    def tls(self, certificate=None, alpn=("wasmbed/1",), version=ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = version
        context.set_alpn_protocols(list(alpn))
        if certificate:
            context.load_cert_chain(*certificate)
        return context.wrap_socket(self.connect())

    def assert_refused(self, reason, **options):
        """Three times: counted each time, logged once."""
        before = self.refusals(reason)
        for _ in range(3):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                with self.tls(**options) as client:
                    # TLS 1.3: the client's handshake is over before the server has looked at its certificate.
                    if not client.recv(1):
                        raise ConnectionError("closed")
        wait_for(f"three refusals: {reason}", lambda: self.refusals(reason) == before + 3)
        self.assertEqual(len(self.log_lines(reason)), 1)

    def issue(self, name, days, authority=None):
        """A device's certificate by `authority`, or by itself."""
        key, request, certificate, extensions = (self.certificates / f"{name}.{end}" for end in ("key", "csr", "crt", "ext"))
        extensions.write_text("subjectAltName=URI:wasmbed:device:0d8b9d24-0000-4000-8000-000000000001\nextendedKeyUsage=clientAuth\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=x")
        signer = ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-CAserial", self.certificates / "serial"] if authority else ["-signkey", key]
        openssl("x509", "-req", "-in", request, "-days", days, "-extfile", extensions, "-out", certificate, *signer)
        return certificate, key

    def test_1_credentials_that_are_not_good_enough(self):
        device_ca = self.pki / "device-ca"
        self.assert_refused("no_certificate")
        self.assert_refused("alpn", alpn=("h2",))
        self.assert_refused("tls_version", version=ssl.TLSVersion.TLSv1_2)
        self.assert_refused("certificate_untrusted", certificate=self.issue("foreign", 1))
        self.assert_refused("certificate_expired", certificate=self.issue("expired", -1, device_ca))
        before = self.refusals("certificate_untrusted")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with self.tls(certificate=(self.pki / "gateway-default.crt", self.pki / "gateway-default.key")) as client:
                if not client.recv(1):
                    raise ConnectionError("closed")
        wait_for("a gateway is no device", lambda: self.refusals("certificate_untrusted") == before + 1)

    def test_2_a_certificate_of_a_device_that_does_not_exist(self):
        """TLS takes it, and the rules of the link hold before anything else: frames that break them end the connection."""
        identity = self.issue("stranger", 1, self.pki / "device-ca")
        bad = {
            "garbage": b"\xff" * 64,
            "an empty frame": bytes(4),
            "a frame over the limit": b"\x7f\xff\xff\xff",
            "not deterministic CBOR": b"\x00\x00\x00\x02\x9f\xff",
            "a message before Hello": bytes.fromhex("00000005") + bytes.fromhex("8307a10000"),
        }
        before = self.refusals("protocol")
        for what, frame in bad.items():
            with self.subTest(what), self.tls(certificate=identity) as client:
                client.sendall(frame)
                answer = b""
                while data := client.recv(4096):
                    answer += data  # an Error frame, then the end
        wait_for("all counted", lambda: self.refusals("protocol") == before + len(bad))
        with self.tls(certificate=identity) as slow:  # half a frame, byte by byte, and then nothing
            for byte in b"\x00\x00\x01\x00abc":
                slow.sendall(bytes([byte]))
        self.assertEqual(len(self.log_lines("protocol")), 1)

    def test_3_garbage_instead_of_tls(self):
        before = self.refusals("tls")
        for junk in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff" + bytes(65535)):
            with self.connect() as client:
                try:
                    client.sendall(junk)
                    while client.recv(4096):
                        pass
                except ConnectionError:
                    pass
        wait_for("all counted", lambda: self.refusals("tls") == before + 3)

    def test_4_thousands_of_connections_from_one_address(self):
        clients = []
        try:
            for _ in range(FLOOD):
                clients.append(self.connect())
            wait_for("most were closed at once", lambda: self.refusals("address_limit") >= FLOOD - 256)
            self.assertLessEqual(self.metrics()["wasmbed_gateway_connections"], 300)
            self.assertEqual(len(self.log_lines("address_limit")), 1)
        finally:
            for client in clients:
                client.close()
        wait_for("places are free again", lambda: self.metrics()["wasmbed_gateway_connections"] < 20)
        self.assert_refused_is_again_by_tls()

    def assert_refused_is_again_by_tls(self):
        before = self.refusals("no_certificate")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            with self.tls() as client:
                if not client.recv(1):
                    raise ConnectionError("closed")
        wait_for("heard again", lambda: self.refusals("no_certificate") == before + 1)

    def test_5_handshakes_that_never_end_are_ended(self):
        for client in self.endless:
            client.settimeout(90)
            try:
                while client.recv(100):
                    pass
            except ConnectionError:
                pass
        self.assertGreaterEqual(time.monotonic() - self.started, HANDSHAKE_LIMIT - 1)
        self.assertEqual(self.refusals("handshake_timeout"), len(self.endless))

    def test_6_metrics_need_credentials(self):
        context = ssl.create_default_context(cafile=self.pki / "service-ca.crt")
        connection = http.client.HTTPSConnection("127.0.0.1", self.platform.ports["gateway-api"], context=context, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            self.assertEqual(connection.getresponse().status, 401)


if __name__ == "__main__":
    unittest.main()
