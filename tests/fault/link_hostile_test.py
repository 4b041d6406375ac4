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
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from faulty_link import FaultyLink  # noqa: E402
from wasmbed_platform import Platform, application, device, wait_for  # noqa: E402
from wrong_clock import Clock  # noqa: E402
from link_faults_test import COUNTER_SOURCE, WASMBED  # noqa: E402

FLOOD = 10_000
HANDSHAKE_LIMIT = 30  # seconds, DevicePortLimits::handshake
HALF_A_FRAME = b"\x00\x00\x01\x00abc"  # seven bytes of a frame of 256
DEVICE_URI = "URI:wasmbed:device:0d8b9d24-0000-4000-8000-000000000001"


def openssl(*arguments, environment=None):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, env={**os.environ, **(environment or {})})


class Addresses:
    """Loopback has many: the gateway logs a reason once for each address, so each kind of client has one of its own."""

    def __init__(self):
        self.last = 1

    def next(self):
        self.last += 1
        return f"127.0.0.{self.last}"


class Impostor:
    """A TLS server that is no gateway; counts handshakes that a device ended, and those it did not."""

    def __init__(self, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.context.set_alpn_protocols(["wasmbed/1", "wasmbed-enroll/1"])
        self.refused = self.opened = 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                client.settimeout(30)
                try:
                    with self.context.wrap_socket(client, server_side=True) as tls:
                        self.opened += bool(tls.recv(1))
                except OSError:  # ssl.SSLError is one
                    self.refused += 1


def raise_descriptors(count):
    """Root may raise the hard limit, too; how many there may be now."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, count), max(hard, count)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class SessionBeside:
    """A device whose app counts, and that sees nothing of what goes on: after each test it is in the same session, and no number is missing."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.addClassCleanup(cls.platform.destroy)
        cls.platform.apply(device("d1", "sim"))
        source, wasm = cls.platform.home / "counter.c", cls.platform.home / "counter.wasm"
        source.write_text(COUNTER_SOURCE.replace("PERIOD", "100"))
        subprocess.run([WASMBED, "app", "build", source, "-o", wasm], check=True)
        cls.platform.apply(application("counter", wasm, ["d1"]))
        cls.app_uid = cls.platform.get("application", "counter")["metadata"]["uid"]
        wait_for("the counter counts", lambda: len(cls.platform.logs("d1", "counter")) > 3)
        cls.session = cls.platform.get("device", "d1")["status"]["session"]

    def tearDown(self):
        count = len(self.platform.logs("d1", "counter"))
        wait_for("newer records", lambda: len(self.platform.logs("d1", "counter")) > count)
        status = self.platform.get("device", "d1")["status"]
        self.assertEqual(status["session"], self.session)
        texts = self.platform.logs("d1", "counter")
        self.assertEqual(texts, [f"count {number}" for number in range(1, len(texts) + 1)])
        self.assertEqual(status["applications"][0]["restarts"], 0)


class HostileClients(SessionBeside, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.descriptors = raise_descriptors(FLOOD + 500)
        super().setUpClass()
        cls.port = cls.platform.ports["devices"]
        cls.pki = cls.platform.data / "pki"
        cls.certificates = cls.platform.home / "certificates"
        cls.certificates.mkdir()
        cls.started = time.monotonic()
        cls.addresses = Addresses()
        cls.endless_address, cls.slow_address = cls.addresses.next(), cls.addresses.next()
        cls.endless = [cls.connect(cls.endless_address) for _ in range(8)]
        for number, client in enumerate(cls.endless):
            client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[: 1 + number])  # the beginning of a ClientHello
        # Half a frame, byte by byte, by somebody whom TLS takes; both ends are looked at in test_6.
        cls.stranger = cls.issue("stranger", 1, cls.pki / "device-ca")
        cls.slow = cls.tls(certificate=cls.stranger, address=cls.slow_address)
        for byte in HALF_A_FRAME:
            cls.slow.sendall(bytes([byte]))
        cls.addClassCleanup(lambda: [client.close() for client in (*cls.endless, cls.slow)])

    @classmethod
    def connect(cls, address="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", cls.port), timeout=60, source_address=(address, 0))

    def metrics(self):
        text = self.platform._request("gateway-api", "GET", "/metrics").decode()
        return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.M)}

    def refusals(self, reason):
        return self.metrics()[f'wasmbed_gateway_refusals_total{{reason="{reason}"}}']

    def log_lines(self, reason, address="127.0.0.1"):
        lines = (self.platform.data / "logs/gateway.log").read_text().splitlines()
        return [line for line in lines if "refused" in line and f"reason={reason} " in line and f"address={address}:" in line]

    @classmethod
    def tls(cls, certificate=None, alpn=("wasmbed/1",), version=ssl.TLSVersion.TLSv1_3, address="127.0.0.1"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = version
        context.set_alpn_protocols(list(alpn))
        if certificate:
            context.load_cert_chain(*certificate)
        return context.wrap_socket(cls.connect(address))

    def assert_refused(self, reason, **options):
        """Three times from an address of its own: counted each time, logged once."""
        before, address = self.refusals(reason), self.addresses.next()
        for _ in range(3):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                with self.tls(address=address, **options) as client:
                    # TLS 1.3: the client's handshake is over before the server has looked at its certificate.
                    if not client.recv(1):
                        raise ConnectionError("closed")
        wait_for(f"three refusals: {reason}", lambda: self.refusals(reason) == before + 3)
        self.assertEqual(len(self.log_lines(reason, address)), 1)

    @classmethod
    def issue(cls, name, days, authority=None, uri=DEVICE_URI, environment=None):
        """A device's certificate by `authority`, or by itself."""
        key, request, certificate, extensions = (cls.certificates / f"{name}.{end}" for end in ("key", "csr", "crt", "ext"))
        extensions.write_text(f"subjectAltName={uri}\nextendedKeyUsage=clientAuth,serverAuth\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=x")
        signer = ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-CAserial", cls.certificates / "serial"] if authority else ["-signkey", key]
        openssl("x509", "-req", "-in", request, "-days", days, "-extfile", extensions, "-out", certificate, *signer, environment=environment)
        return certificate, key

    def test_1_credentials_that_are_not_good_enough(self):
        device_ca = self.pki / "device-ca"
        self.assert_refused("no_certificate")
        self.assert_refused("alpn", alpn=("h2",))
        self.assert_refused("tls_version", version=ssl.TLSVersion.TLSv1_2)
        self.assert_refused("certificate_untrusted", certificate=self.issue("foreign", 1))
        self.assert_refused("certificate_expired", certificate=self.issue("expired", -1, device_ca))
        tomorrow = Clock(self.certificates).set(86400).environment
        self.assert_refused("certificate_too_early", certificate=self.issue("early", 7, device_ca, environment=tomorrow))
        gateway = (self.pki / "gateway-default.crt", self.pki / "gateway-default.key")
        self.assert_refused("certificate_untrusted", certificate=gateway)  # a gateway's in a device's place
        other_role = self.issue("other-role", 1, device_ca, uri="URI:wasmbed:gateway:wasmbed/default")
        self.assert_refused("certificate_of_no_device", certificate=other_role)

    def test_2_a_certificate_of_a_device_that_does_not_exist(self):
        """TLS takes it, and the rules of the link hold before anything else: frames that break them end the connection."""
        address = self.addresses.next()
        bad = {
            "garbage": b"\xff" * 64,
            "an empty frame": bytes(4),
            "a frame over the limit": b"\x7f\xff\xff\xff",
            "not deterministic CBOR": b"\x00\x00\x00\x02\x9f\xff",
            "a message before Hello": bytes.fromhex("00000005") + bytes.fromhex("8307a10000"),
        }
        before = self.refusals("protocol")
        for what, frame in bad.items():
            with self.subTest(what), self.tls(certificate=self.stranger, address=address) as client:
                client.sendall(frame)
                answer = b""
                while data := client.recv(4096):
                    answer += data  # an Error frame, then the end
        wait_for("all counted", lambda: self.refusals("protocol") == before + len(bad))
        self.assertEqual(len(self.log_lines("protocol", address)), 1)

    def test_3_garbage_instead_of_tls(self):
        before, address = self.refusals("tls"), self.addresses.next()
        for junk in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff" + bytes(65535)):
            with self.connect(address) as client:
                try:
                    client.sendall(junk)
                    while client.recv(4096):
                        pass
                except ConnectionError:
                    pass
        wait_for("all counted", lambda: self.refusals("tls") == before + 3)
        self.assertEqual(len(self.log_lines("tls", address)), 1)

    def test_4_thousands_of_connections_from_one_address(self):
        if self.descriptors < FLOOD + 200:
            self.skipTest(f"{FLOOD} connections need more descriptors than this user may have, {self.descriptors}")
        clients = []
        try:
            while len(clients) < FLOOD:
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

    def test_5_a_device_that_poses_as_the_gateway(self):
        """A server with a device's certificate, and one with a certificate of its own: the device says so once, and goes on trying."""
        link = FaultyLink(self.port)
        self.addCleanup(link.close)
        self.platform.kubectl("patch", "gateway", "default", "--type=merge", "-p", '{"spec": {"endpoints": ["127.0.0.1:%d"]}}' % link.port)
        self.platform.apply(device("d2", "sim"))
        wait_for("d2 connected", lambda: self.platform.connected("d2"))
        for name, certificate in (("a device", self.stranger), ("nobody", self.issue("impostor", 1))):
            with self.subTest(name), Impostor(certificate) as impostor:
                mark = len(self.platform.console("d2"))
                link.target = impostor.port
                link.cut()
                wait_for("three attempts", lambda: impostor.refused >= 3)
                said = self.platform.console("d2")[mark:]
                self.assertEqual(len(re.findall(r"connection to \S+ ended: .*certificate", said)), 1, said)
                self.assertNotIn("connected to", said)
                self.assertEqual(impostor.opened, 0)
                link.target = self.port
                wait_for("d2 connected again", lambda: "connected to" in self.platform.console("d2")[mark:])
        wait_for("d2 connected", lambda: self.platform.connected("d2"))
        self.platform.kubectl("delete", "device", "d2")

    def test_6_handshakes_and_frames_that_never_end_are_ended(self):
        for client in (*self.endless, self.slow):
            client.settimeout(90)
            try:
                while client.recv(100):
                    pass
            except (ConnectionError, ssl.SSLError):
                pass
        self.assertGreaterEqual(time.monotonic() - self.started, HANDSHAKE_LIMIT - 1)
        wait_for("all are counted", lambda: self.refusals("handshake_timeout") == len(self.endless))
        self.assertEqual(len(self.log_lines("handshake_timeout", self.endless_address)), 1)
        self.assertEqual(len(self.log_lines("protocol", self.slow_address)), 1)

    def test_7_metrics_need_credentials(self):
        context = ssl.create_default_context(cafile=self.pki / "service-ca.crt")
        connection = http.client.HTTPSConnection("127.0.0.1", self.platform.ports["gateway-api"], context=context, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            self.assertEqual(connection.getresponse().status, 401)


if __name__ == "__main__":
    unittest.main()
