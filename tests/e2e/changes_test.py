#!/usr/bin/env python3
"""Objects that change at bad moments, and roles that stop or die under a load of changes: it ends as the objects say, and nothing acknowledged is lost."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, NAMESPACE, WASMBED, Platform, application, device, wait_for  # noqa: E402

BOARDS = ["change-0", "change-1", "change-2"]
RAPID_CHANGES = 1000
BEAT = '#include "wasmbed.h"\nint main(void) { for (;;) { wasmbed_log("beat"); wasmbed_timer_sleep_ms(300); } }'


class Changes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.platform.apply(*(device(name, "sim") for name in BOARDS))
        source = cls.platform.home / "beat.c"
        source.write_text(BEAT)
        cls.beat = source.with_suffix(".wasm")
        subprocess.run([WASMBED, "app", "build", source, "-o", cls.beat], check=True, capture_output=True)
        for name in BOARDS:
            wait_for(f"{name} connected", lambda: cls.platform.connected(name))

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    def status(self, app):
        return self.platform.get("application", app).get("status", {})

    def condition(self, app, kind):
        return next((c for c in self.status(app).get("conditions", []) if c["type"] == kind), {})

    def apps_of(self, board):
        return {app["name"]: app for app in self.platform.get("device", board)["status"].get("applications", [])}

    def running(self, app):
        """Boards that report its present revision running."""
        revision = self.status(app).get("revision")
        return [board for board in BOARDS if self.apps_of(board).get(app, {}).get("revision") == revision and self.apps_of(board)[app]["state"] == "Running"]

    def revisions(self, app):
        return self.platform.kubectl("get", "applicationrevisions", "-l", f"wasmbed.io/application={app}", "-o", "name").split()

    def remove(self, *apps):
        self.platform.kubectl("delete", "application", *apps, "--timeout=60s")
        for board in BOARDS:
            self.assertFalse(set(apps) & set(self.apps_of(board)))

    def patch(self, app, spec):
        self.platform.kubectl("patch", "application", app, "--type=merge", "-p", json.dumps({"spec": spec}))

    # ---- objects

    def test_an_application_deleted_in_the_middle_of_a_rollout_leaves_nothing(self):
        manual = {"batches": [{"count": 1}], "approval": "Manual"}
        self.platform.apply(application("half", self.beat, BOARDS))
        wait_for("the first everywhere", lambda: self.running("half") == BOARDS)
        self.patch("half", {"config": {"args": ["new"]}, "rollout": manual})
        wait_for("one of three has the new one", lambda: self.status("half")["rollout"]["state"] == "WaitingForApproval" and len(self.running("half")) == 1)
        self.remove("half")
        wait_for("no revision left", lambda: self.revisions("half") == [])

    def test_of_two_applications_with_one_pin_the_later_is_told_whose_it_is_and_gets_it_after(self):
        blink = BUNDLE / "apps/blink.wasm"
        self.platform.apply(application("lamp-1", blink, BOARDS[:2], permissions=["led:0"]))
        wait_for("lamp-1 runs", lambda: self.running("lamp-1") == BOARDS[:2])
        self.platform.apply(application("lamp-2", blink, BOARDS[1:], permissions=["led:0"]))
        found = wait_for("lamp-2 not accepted", lambda: next((c for c in [self.condition("lamp-2", "Accepted")] if c.get("status") == "False"), None))
        self.assertEqual(found["reason"], "PinConflict")
        for part in ("led:0", "lamp-1", BOARDS[1]):
            self.assertIn(part, found["message"])
        self.assertEqual(self.revisions("lamp-2"), [])
        self.remove("lamp-1")
        wait_for("lamp-2 runs", lambda: self.running("lamp-2") == BOARDS[1:])
        self.remove("lamp-2")

    def test_labels_move_devices_in_and_out(self):
        self.platform.apply({**application("by-label", self.beat, []), "spec": {**application("x", self.beat, [])["spec"], "target": {"selector": {"matchLabels": {"site": "lab"}}}}})
        wait_for("nobody yet", lambda: self.condition("by-label", "Progressing").get("reason") == "NoDevices")
        self.platform.kubectl("label", "device", *BOARDS[:2], "site=lab")
        wait_for("two run it", lambda: self.running("by-label") == BOARDS[:2])
        self.platform.kubectl("label", "device", BOARDS[0], "site=roof", "--overwrite")
        self.platform.kubectl("label", "device", BOARDS[2], "site=lab")
        wait_for("one left, one came", lambda: self.running("by-label") == BOARDS[1:] and "by-label" not in self.apps_of(BOARDS[0]))
        wait_for("so it counts", lambda: (self.status("by-label")["desired"], self.status("by-label")["ready"]) == (2, 2))
        self.platform.kubectl("label", "device", *BOARDS, "site-")
        wait_for("nobody", lambda: all("by-label" not in self.apps_of(board) for board in BOARDS))
        self.remove("by-label")

    def test_a_revision_that_vanished_is_made_again_and_the_app_stays(self):
        self.platform.apply(application("lost", self.beat, BOARDS))
        wait_for("runs", lambda: self.running("lost") == BOARDS)
        before = self.status("lost")["revision"]
        self.platform.kubectl("delete", "applicationrevision", before)
        wait_for("another revision", lambda: self.revisions("lost") and self.status("lost")["revision"] != before)
        wait_for("runs on", lambda: self.running("lost") == BOARDS)
        self.remove("lost")

    def test_a_thousand_rapid_changes_end_at_the_last(self):
        self.platform.apply(application("rapid", self.beat, BOARDS))
        wait_for("runs", lambda: self.running("rapid") == BOARDS)
        with contextlib.closing(self.platform.api_connection()) as connection:
            for number in range(RAPID_CHANGES):
                self.change(connection, "rapid", number)
        self.settled("rapid", RAPID_CHANGES - 1)
        # The newest ten stay (application_decision.hpp), and three more at most that a rollout may name.
        wait_for("old revisions go", lambda: len(self.revisions("rapid")) <= 13)
        self.remove("rapid")

    def change(self, connection, app, number):
        body = json.dumps({"spec": {"config": {"args": [f"number {number}"]}}})
        connection.request("PATCH", f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/applications/{app}", body, {"Content-Type": "application/merge-patch+json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise OSError(f"{answer.status}")

    def settled(self, app, last):
        wait_for("the last change is observed", lambda: (lambda o: o["spec"]["config"]["args"] == [f"number {last}"] and o["status"]["observedGeneration"] == o["metadata"]["generation"])(self.platform.get("application", app)))
        wait_for("and runs everywhere", lambda: self.running(app) == BOARDS)

    # ---- roles

    def under_load(self, app, act):
        """Changes the Application all the time while `act` runs; the number of the last change that was acknowledged."""
        acknowledged, stop = [-1], threading.Event()

        def load():
            connection, number = self.platform.api_connection(), 0
            while not stop.wait(0.02):
                try:
                    self.change(connection, app, number)
                    acknowledged.append(number)
                    number += 1
                except (OSError, http.client.HTTPException):
                    number += 1  # whether it counts is not known: the next one is another
                    connection.close()
                    connection = self.platform.api_connection()
            connection.close()

        thread = threading.Thread(target=load)
        thread.start()
        try:
            wait_for("the load has begun", lambda: len(acknowledged) > 5)
            act()
            here = len(acknowledged)
            wait_for("changes are taken again", lambda: len(acknowledged) > here + 5)
        finally:
            stop.set()
            thread.join()
        return acknowledged[-1]

    def role_suffers(self, role, noticed):
        """Stopped until it is noticed, continued, and killed."""
        app = f"load-{role}"
        self.platform.apply(application(app, self.beat, BOARDS))
        wait_for("runs", lambda: self.running(app) == BOARDS)

        def act():
            stopped = self.platform.roles()[role]
            os.kill(stopped, signal.SIGSTOP)
            try:
                noticed(app)
            finally:
                os.kill(stopped, signal.SIGCONT)
            os.kill(stopped, signal.SIGKILL)
            wait_for(f"another {role}", lambda: self.platform.roles().get(role) not in (None, stopped))

        last = self.under_load(app, act)
        self.settled(app, last)
        restarts = [self.apps_of(board)[app]["restarts"] for board in BOARDS]
        self.assertEqual(restarts, [0] * len(BOARDS))
        self.remove(app)

    def test_the_api_server_stopped_and_killed_under_load_loses_nothing(self):
        def noticed(_):
            with self.assertRaises(subprocess.CalledProcessError):
                self.platform.kubectl("get", "devices", "--request-timeout=2s")

        self.role_suffers("apiserver", noticed)

    def test_the_controller_stopped_and_killed_under_load_goes_on_where_it_was(self):
        self.role_suffers("controller", lambda app: wait_for("changes pile up", lambda: (lambda o: o["metadata"]["generation"] > o["status"]["observedGeneration"] + 20)(self.platform.get("application", app))))

    def test_the_gateway_stopped_and_killed_under_load_has_its_devices_again(self):
        def silent(_):
            return any(c["type"] == "Ready" and c["reason"] == "LeaseExpired" for c in self.platform.get("gateway", self.platform.gateway)["status"]["conditions"])

        self.role_suffers("gateway", lambda app: wait_for("its silence is told", lambda: silent(app)))


if __name__ == "__main__":
    unittest.main()
