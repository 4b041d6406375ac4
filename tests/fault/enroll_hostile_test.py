#!/usr/bin/env python3
"""Who asks for a certificate without the right to one: refused with the reason, counted, logged once, and no trace of it in the Device."""

import base64
import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from link_client import ENROLL, ISSUED, PENDING, REFUSED, Connection  # noqa: E402
from link_hostile_test import Addresses  # noqa: E402
from wasmbed_platform import NAMESPACE, Platform, device, wait_for  # noqa: E402

class Wire:
    """Records what one device and its gateway say; all there is to hear for somebody in between."""

    def __init__(self, target):
        self.target, self.heard = target, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            up = socket.create_connection(("127.0.0.1", self.target))
            said = []
            self.heard.append(said)
            threading.Thread(target=self.carry, args=(client, up, said), daemon=True).start()
            threading.Thread(target=self.carry, args=(up, client, []), daemon=True).start()

    @staticmethod
    def carry(source, sink, said):
        with source, contextlib.suppress(OSError):
            while data := source.recv(4096):
                said.append(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


class HostileEnrollments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.addClassCleanup(cls.platform.destroy)
        cls.folder = cls.platform.home / "requests"
        cls.folder.mkdir()
        cls.addresses = Addresses()
        for name in ("one", "two"):
            cls.platform.apply(device(name, "sim", emulation={"enabled": False}))
        cls.uid = {name: cls.platform.get("device", name)["metadata"]["uid"] for name in ("one", "two")}
        cls.tokens = {name: cls.token(name) for name in ("one", "two")}

    @classmethod
    def token(cls, name):
        secret = wait_for("a token", lambda: cls.platform.get("secret", f"enrollment-{cls.uid[name]}"))
        return base64.b64decode(secret["data"]["token"])

    @classmethod
    def request(cls, *options):
        """A certificate request with a key of its own, DER."""
        key, out = cls.folder / "key", cls.folder / "csr"
        command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-outform", "DER", "-out", out]
        subprocess.run([*command, *(options or ("-subj", "/CN=wasmbed-device"))], check=True, capture_output=True)
        return out.read_bytes()

    def enroll(self, address, *, name="one", token=None, token_id=None, csr=None, board="sim"):
        """(outcome, reason) of the first answer, outcome None when there is none."""
        body = {1: f"{NAMESPACE}/{name}", 2: b"12345678", 5: csr or self.request(), 6: board}
        if token is not False:
            body |= {3: token_id or self.uid[name], 4: token or self.tokens[name]}
        with Connection(self.platform, "wasmbed-enroll/1", address=address) as link:
            link.send(ENROLL, body)
            answer = link.receive()
        return (answer[2][1], answer[2].get(6, "")) if answer else (None, "")

    def refusals(self):
        text = self.platform._request("gateway-api", "GET", "/metrics").decode()
        return float(re.search(r'wasmbed_gateway_refusals_total\{reason="enrollment"\} (\S+)', text)[1])

    def assert_refused(self, why, **wrong):
        before, address = self.refusals(), self.addresses.next()
        enrollment = self.platform.get("device", wrong.get("name", "one"))["status"].get("enrollment")
        for _ in range(3):
            outcome, reason = self.enroll(address, **wrong)
            self.assertEqual(outcome, REFUSED, reason)
            self.assertIn(why, reason)
        self.assertEqual(self.refusals(), before + 3)
        log = (self.platform.data / "logs/gateway.log").read_text().splitlines()
        lines = [line for line in log if "refused" in line and "reason=enrollment " in line and f"address={address}:" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(why, lines[0])
        self.assertEqual(self.platform.get("device", wrong.get("name", "one"))["status"].get("enrollment"), enrollment)

    def test_1_tokens_that_are_wrong_missing_or_of_another_device(self):
        self.assert_refused("the token is wrong", token=bytes(32))
        self.assert_refused("the token is wrong", token=self.tokens["two"])
        self.assert_refused("the token is wrong", token=self.tokens["two"], token_id=self.uid["two"])
        self.assert_refused("the token is wrong", token_id="no-such-token")
        self.assert_refused("no token, and pairing is not open", token=False)

    def test_2_certificate_requests_for_names_they_must_not_have(self):
        asks = "the certificate request asks for"
        self.assert_refused(asks, csr=self.request("-subj", "/CN=x/O=system:masters"))
        self.assert_refused(asks, csr=self.request("-subj", "/CN=x", "-addext", "subjectAltName=URI:wasmbed:gateway:wasmbed/default"))
        self.assert_refused(asks, csr=self.request("-subj", "/CN=x", "-addext", "basicConstraints=critical,CA:TRUE"))
        self.assert_refused(f"the certificate request names another device, {self.uid['two']}", csr=self.request("-subj", f"/CN={self.uid['two']}"))
        forged = bytearray(self.request())
        forged[-1] ^= 1
        self.assert_refused("does not match its key", csr=bytes(forged))

    def test_3_an_expired_token(self):
        secret = f"enrollment-{self.uid['two']}"
        expiration = lambda when: self.platform.kubectl("patch", "secret", secret, "--type=merge", "-p", '{"data": {"expiration": "%s"}}' % base64.b64encode(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)).encode()).decode())  # noqa: E731
        expiration(time.time() - 60)
        self.assert_refused("the token expired at ", name="two")
        expiration(time.time() + 3600)
        self.assertIn(self.enroll(self.addresses.next(), name="two")[0], (ISSUED, PENDING))

    def test_4_a_used_token_and_a_replayed_request(self):
        csr, address = self.request(), self.addresses.next()
        self.assertIn(self.enroll(address, csr=csr)[0], (ISSUED, PENDING))
        identity = wait_for("an identity", lambda: self.platform.get("device", "one")["status"]["identity"])
        self.assert_refused("the token was used with another key")
        # The very same request again: the same certificate, of use to the owner of the key only, and no second one.
        self.assertIn(self.enroll(address, csr=csr)[0], (ISSUED, PENDING))
        self.assertEqual(self.platform.get("device", "one")["status"]["identity"], identity)

    def test_5_an_enrollment_replayed_from_the_wire(self):
        wire = Wire(self.platform.ports["devices"])
        self.addCleanup(wire.listener.close)
        self.platform.kubectl("patch", "gateway", "default", "--type=merge", "-p", '{"spec": {"endpoints": ["127.0.0.1:%d"]}}' % wire.port)
        self.platform.apply(device("three", "sim", emulation={"enabled": False}))
        self.uid["three"] = self.platform.get("device", "three")["metadata"]["uid"]
        self.tokens["three"] = self.token("three")
        self.platform.kubectl("patch", "device", "three", "--type=merge", "-p", '{"spec": {"emulation": {"enabled": true}}}')
        wait_for("three connected", lambda: self.platform.connected("three"))
        status = self.platform.get("device", "three")["status"]
        for said in list(wire.heard):
            with socket.create_connection(("127.0.0.1", self.platform.ports["devices"]), timeout=60) as client:
                try:
                    for data in said:
                        client.sendall(data)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(4096):
                        pass
                except ConnectionError:
                    pass
        wait_for("the token is spent", lambda: "enrollment-" + self.uid["three"] not in self.platform.kubectl("get", "secrets", "-o", "name"))
        self.assert_refused("the token is wrong, or was used up", name="three")
        told = lambda: [e for e in json.loads(self.platform.kubectl("get", "events", "-o", "json"))["items"] if e["reason"] == "EnrollmentRefused" and e["involvedObject"]["name"] == "three"]  # noqa: E731
        event = wait_for("the Device has an Event", told)[0]
        self.assertIn("was refused: the token is wrong, or was used up; if it lost what it had stored", event["message"])
        after = self.platform.get("device", "three")["status"]
        self.assertEqual((after["identity"], after["session"]), (status["identity"], status["session"]))


if __name__ == "__main__":
    unittest.main()
