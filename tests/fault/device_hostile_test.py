#!/usr/bin/env python3
"""A device with every right to its session that does not keep to the rules of the link: answered or closed, and nobody beside it is the worse."""

import base64
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from link_client import ACK, CHUNK, DESIRED, ERROR, FETCH, HEARTBEAT, HELLO, LOG, NOT_EXPECTED, NOT_FOUND, REPORTED, UNKNOWN_TYPE, WELCOME, Connection, enroll, framed  # noqa: E402
from link_hostile_test import SessionBeside  # noqa: E402
from wasmbed_platform import device, wait_for  # noqa: E402

BOOT = b"bootboot"
HELLO_BODY = {1: 1, 2: BOOT, 3: "1", 4: "1", 5: 65536, 6: 2048, 7: {1: 65536, 2: 65536, 3: ["wasm"], 4: 4, 5: 65536}, 8: "sim", 9: "power-on", 10: 0}
NO_BLOB = bytes(32)


class HostileDevice(SessionBeside, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.apply(device("wild", "sim", emulation={"enabled": False}))
        cls.uid = cls.platform.get("device", "wild")["metadata"]["uid"]
        secret = wait_for("a token", lambda: cls.platform.get("secret", f"enrollment-{cls.uid}"))
        cls.certificate = enroll(cls.platform, "wild", cls.uid, base64.b64decode(secret["data"]["token"]), cls.platform.home)

    def open_session(self):
        link = Connection(self.platform, "wasmbed/1", self.certificate)
        link.send(HELLO, HELLO_BODY, 1)
        self.assertEqual(link.receive()[:2], (1, WELCOME))
        return link

    def lives(self, link):
        """The session answers still."""
        link.send(FETCH, {1: NO_BLOB, 2: 0, 3: 1}, 77)
        while (answer := link.receive_until(ERROR)) and answer[0] != 77:
            pass
        self.assertEqual((answer[0], answer[2][1]), (77, NOT_FOUND))

    def ends(self, link, code=None):
        """The connection ends, after an Error of that code if one is wanted."""
        codes = []
        while (message := link.receive()) is not None:
            if message[1] == ERROR:
                codes.append(message[2][1])
        self.assertEqual(codes, [code] if code else [])

    def texts(self):
        return [record["text"] for record in self.platform.records("wild", kinds="log", tail=1000)]

    def test_1_unknown_types_are_answered_and_the_session_goes_on(self):
        with self.open_session() as link:
            for number, unknown in enumerate((15, 21, 255, 2**32 - 1), 100):
                link.send(unknown, {}, number)
                answer = link.receive_until(ERROR)
                self.assertEqual((answer[0], answer[2][1]), (number, UNKNOWN_TYPE))
            self.lives(link)

    def test_2_messages_out_of_order_end_the_session(self):
        wrong = {
            "a second Hello": (HELLO, HELLO_BODY),
            "what only a gateway says": (DESIRED, {1: 1, 2: 1, 3: [], 4: []}),
            "an answer to nothing": (CHUNK, {1: NO_BLOB, 2: 0, 3: 1, 4: b"x"}),
            "a record of another boot": (LOG, {1: b"elsewhen", 2: 1, 3: 0, 4: 2, 5: "", 6: "x"}),
        }
        for what, (message_type, body) in wrong.items():
            with self.subTest(what), self.open_session() as link:
                link.send(message_type, body, 9)
                self.ends(link, NOT_EXPECTED)
        with Connection(self.platform, "wasmbed/1", self.certificate) as link:
            link.send(HEARTBEAT, {1: 0}, 9)
            self.ends(link, NOT_EXPECTED)

    def test_3_records_twice_are_kept_once_and_a_gap_ends_the_session(self):
        record = lambda seq: {1: BOOT, 2: seq, 3: 0, 4: 2, 5: "", 6: f"record {seq}"}  # noqa: E731
        with self.open_session() as link:
            for seq in (1, 2, 2, 1, 3):
                link.send(LOG, record(seq))
            while (ack := link.receive_until(ACK)) and ack[2][2] < 3:
                pass
            link.send(LOG, record(7), 9)
            self.ends(link, NOT_EXPECTED)
        self.assertEqual(self.texts(), ["record 1", "record 2", "record 3"])

    def test_4_garbage_oversized_and_half_frames_end_the_session(self):
        for what, data in {
            "garbage": framed(b"\xff" * 64),
            "an empty frame": bytes(4),
            "a frame over the limit": b"\x7f\xff\xff\xff",
            "an item that nests for ever": framed(b"\x83\x00\x05" + b"\x81" * 1000),
            "a type that does not fit its bytes": framed(bytes.fromhex("830005a101")),
        }.items():
            with self.subTest(what), self.open_session() as link:
                link.send_bytes(data)
                while link.receive() is not None:
                    pass
        # Half a frame: the device is as silent as one that says nothing.
        self.platform.kubectl("patch", "gateway", "default", "--type=merge", "-p", '{"spec": {"heartbeatSeconds": 1}}')
        self.addCleanup(lambda: self.platform.kubectl("patch", "gateway", "default", "--type=merge", "-p", '{"spec": {"heartbeatSeconds": 30}}'))

        def welcomed():
            link = Connection(self.platform, "wasmbed/1", self.certificate)
            link.send(HELLO, HELLO_BODY, 1)
            if link.receive()[2][2] == 1:
                return link
            link.tls.close()

        with wait_for("a session with the new heartbeat", welcomed) as link:
            link.send_bytes(b"\x00\x00\x01\x00abc")
            while link.receive() is not None:
                pass

    def test_5_reports_of_apps_that_nobody_wanted_change_no_application(self):
        with self.open_session() as link:
            link.send(REPORTED, {1: 2**40, 2: [{1: "no-such-app", 2: NO_BLOB, 3: 3, 4: 0, 5: 0}, {1: self.app_uid, 2: NO_BLOB, 3: 3, 4: 0, 5: 0}]})
            self.lives(link)
        status = self.platform.get("application", "counter")["status"]
        self.assertEqual((status["desired"], status["running"]), (1, 1))


if __name__ == "__main__":
    unittest.main()
