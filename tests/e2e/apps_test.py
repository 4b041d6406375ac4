#!/usr/bin/env python3
"""What bad programs and bad objects get: refused with a reason, ended by a limit, told in status; and others go on."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, Platform, WASMBED, application, device, wait_for  # noqa: E402

HEADER = '#include "wasmbed.h"\n'
ONCE = {"policy": "Never"}
PROGRAMS = {
    "unreachable": "int main(void) { __builtin_trap(); }",
    "divide": "int main(void) { volatile int a = 100, zero = 0; return a / zero; }",
    "outside": "int main(void) { return *(volatile int *)0x7ffffff0; }",
    "exits": "int main(void) { return 3; }",
    "recurse": "__attribute__((noinline)) static int deeper(volatile int *p) { volatile int x = *p + 1; return deeper(&x) + x; }\n"
    "int main(void) { volatile int x = 0; return deeper(&x); }",
    "grow": "int main(void) { unsigned pages = 0; while (__builtin_wasm_memory_grow(0, 1) != (__SIZE_TYPE__)-1) ++pages;\n"
    'wasmbed_log("cannot grow"); for (;;) wasmbed_timer_sleep_ms(1000); }',
    "fill": "int main(void) { static char value[256]; char key[2] = {'k', 0};\n"
    "for (int i = 0;; ++i) { key[1] = (char)('a' + i); int r = wasmbed_storage_set(key, 2, value, 256); if (r < 0) return -r; } }",
    "flood": 'int main(void) { for (;;) wasmbed_log("flood"); }',
    "spin": "int main(void) { for (volatile unsigned i = 0;; ++i) { } }",
    "beat": 'int main(void) { for (;;) { wasmbed_log("beat"); wasmbed_timer_sleep_ms(200); } }',
    "fly": '__attribute__((import_module("env"), import_name("fly"))) int fly(void);\nint main(void) { return fly(); }',
    "large": "static char room[4000000]; int main(void) { volatile char *p = room; return p[3999999]; }",
}


def condition(platform, name, kind):
    status = platform.get("application", name).get("status", {})
    return next((c for c in status.get("conditions", []) if c["type"] == kind), None)


class Programs:
    """One device; the same programs on each board."""

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.platform.apply(device("board-1", cls.BOARD))
        cls.wasm = {"hello": BUNDLE / "apps/hello.wasm"}
        for name, source in PROGRAMS.items():
            path = cls.platform.home / f"{name}.c"
            path.write_text(HEADER + source)
            cls.wasm[name] = path.with_suffix(".wasm")
            subprocess.run([WASMBED, "app", "build", path, "-o", cls.wasm[name]], check=True)
        wait_for("board-1 connected", lambda: cls.platform.connected("board-1"))
        cls.run_app("beat")
        cls.until("beat", "Running")

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    @classmethod
    def run_app(cls, name, program=None, **spec):
        cls.platform.apply(application(name, cls.wasm[program or name], ["board-1"], **spec))

    @classmethod
    def until(cls, name, state):
        def reported():
            app = cls.platform.reported_app("board-1", name)
            return app if app["state"] == state else None

        return wait_for(f"{name} reported {state}", reported)

    def beats_on(self):
        """The app beside is the one that was started first, and makes progress."""
        before = len(self.platform.logs("board-1", "beat"))
        wait_for("the app beside goes on", lambda: len(self.platform.logs("board-1", "beat")) > before + 2)
        app = self.platform.reported_app("board-1", "beat")
        self.assertEqual((app["state"], app["restarts"]), ("Running", 0))

    def degraded(self, name, *parts):
        found = wait_for(f"{name} degraded", lambda: next((c for c in [condition(self.platform, name, "Degraded")] if c and c["status"] == "True"), None))
        for part in ("board-1", *parts):
            self.assertIn(part, found["message"])
        return found

    def remove(self, *names):
        self.platform.kubectl("delete", "application", *names)
        wait_for(f"{names} gone", lambda: not {a["name"] for a in self.platform.get("device", "board-1")["status"]["applications"]} & set(names))

    def test_traps_and_exits_are_told_with_kind_function_and_code(self):
        expected = {"unreachable": ("unreachable", 0x00), "divide": ("integer divide by zero", 0x6D), "outside": ("out of bounds memory access", 0x28)}
        for name in (*expected, "exits"):
            self.run_app(name, restart=ONCE)
        for name, (words, opcode) in expected.items():
            app = self.until(name, "Failed")
            self.assertEqual(app["reason"], "Trap")
            place = re.fullmatch(words + r" in function \d+ at byte (\d+)(, called by \d+(, \d+)*)?", app["detail"])
            self.assertTrue(place, app["detail"])
            self.assertEqual(self.wasm[name].read_bytes()[int(place[1])], opcode)
            self.degraded(name, "Trap", app["detail"])
        app = self.until("exits", "Failed")
        self.assertEqual((app["reason"], app["exitCode"]), ("Exit", 3))
        self.degraded("exits", "exit code 3")
        self.beats_on()
        self.remove(*expected, "exits")

    def test_limits_of_stack_memory_and_storage_hold(self):
        self.run_app("recurse", restart=ONCE)
        self.run_app("grow", limits={"memory": 3 * 65536})
        self.run_app("fill", restart=ONCE, permissions=["storage:*"], limits={"storage": 2048})
        self.run_app("large")
        self.assertIn(self.until("recurse", "Failed")["reason"], ("StackLimit", "Trap"))
        self.assertEqual(self.until("fill", "Failed")["exitCode"], 4)  # WASMBED_ERROR_NO_SPACE
        wait_for("grow goes on", lambda: self.platform.logs("board-1", "grow") == ["cannot grow"])
        self.until("grow", "Running")
        self.assertRegex(wait_for("what large lacks", self.told_of_large), r"so \d+ bytes are missing|needs \d+ bytes, \d+ are free|declares \d+ bytes of memory, the limit is \d+")
        self.beats_on()
        self.remove("recurse", "grow", "fill", "large")

    def told_of_large(self):
        """By the controller, that it fits no device; or, when only the device can tell, by the device."""
        accepted = condition(self.platform, "large", "Accepted")
        if accepted and accepted["reason"] == "DoesNotFit":
            return accepted["message"] if "board-1" in accepted["message"] else None
        degraded = condition(self.platform, "large", "Degraded")
        told = degraded and degraded["reason"] == "OutOfMemory" and "board-1" in degraded["message"]
        return degraded["message"] if told else None

    def test_floods_and_endless_loops_starve_nobody(self):
        self.run_app("flood")
        self.run_app("spin")
        self.until("spin", "Running")
        wait_for("a count of dropped lines", lambda: any("lines dropped" in line for line in self.platform.logs("board-1", "flood")))
        self.beats_on()
        self.assertEqual(self.platform.reported_app("board-1", "spin")["state"], "Running")
        self.remove("flood", "spin")

    def test_restarts_keep_policy_pause_and_limit(self):
        self.run_app("limited", "exits", restart={"policy": "OnFailure", "maxRestarts": 2, "backoffMs": 100})
        self.run_app("paused", "unreachable", restart={"policy": "Always", "backoffMs": 3600000})
        self.run_app("done", "hello", restart={"policy": "OnFailure"})
        app = self.until("limited", "Failed")
        self.assertEqual((app["reason"], app["restarts"], app["exitCode"]), ("RestartLimit", 2, 3))
        self.until("paused", "Backoff")
        self.degraded("paused", "unreachable")
        self.until("done", "Completed")
        self.remove("limited", "paused", "done")


class OnTheSimulatedBoard(Programs, unittest.TestCase):
    BOARD = "sim"

    def rejected(self, name, reason):
        found = wait_for(f"{name} not accepted", lambda: next((c for c in [condition(self.platform, name, "Accepted")] if c and c["status"] == "False"), None))
        self.assertEqual(found["reason"], reason)
        events = lambda: json.loads(self.platform.kubectl("get", "events", "-o", "json"))["items"]
        wait_for(f"an event of {name}", lambda: any(e["involvedObject"]["name"] == name and e["reason"] == reason for e in events()))
        return found["message"]

    def apply_bytes(self, name, content, **spec):
        path = self.platform.home / f"{name}.bytes"
        path.write_bytes(content)
        self.platform.apply(application(name, path, ["board-1"], **spec))

    def test_modules_that_can_run_nowhere_are_not_accepted(self):
        good = self.wasm["beat"].read_bytes()
        self.apply_bytes("text", b"hello, world")
        self.apply_bytes("cut", good[:-20])
        self.apply_bytes("unbalanced", bytes.fromhex("0061736d0100000001040160000003020100070a01065f737461727400000a050103006a0b"))
        self.run_app("fly")
        self.assertIn("starts with 68656c6c6f2c2077 at byte 0", self.rejected("text", "MalformedModule"))
        self.assertRegex(self.rejected("cut", "MalformedModule"), r"at byte \d+")
        self.assertIn("type mismatch, at byte 35", self.rejected("unbalanced", "InvalidModule"))
        self.assertIn("env.fly", self.rejected("fly", "UnknownImport"))
        self.assertEqual(self.platform.kubectl("get", "applicationrevisions", "-l", "wasmbed.io/application in (text,cut,unbalanced,fly)", "-o", "name"), "")
        self.platform.kubectl("delete", "application", "text", "cut", "unbalanced", "fly")
        self.beats_on()

    def test_the_former_revision_runs_on_when_a_change_is_not_accepted(self):
        self.run_app("changing", "beat")
        before = self.until("changing", "Running")
        self.apply_bytes("changing", b"\0asm nonsense")
        self.rejected("changing", "MalformedModule")
        count = len(self.platform.logs("board-1", "changing"))
        wait_for("the former revision logs on", lambda: len(self.platform.logs("board-1", "changing")) > count)
        self.assertEqual(self.platform.reported_app("board-1", "changing"), before)
        self.run_app("changing", "beat")
        wait_for("accepted again", lambda: condition(self.platform, "changing", "Accepted")["status"] == "True")
        self.remove("changing")

    def refused(self, *args, stdin=None):
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.platform.kubectl(*args, stdin=stdin)
        return caught.exception.stderr

    def test_objects_that_are_wrong_are_answered_as_kubernetes_does(self):
        good = application("wrong", self.wasm["beat"], ["board-1"])
        apply = lambda change: self.refused("apply", "--validate=false", "-f", "-", stdin=json.dumps({**good, **change}))
        self.assertIn("yaml", self.refused("apply", "-f", "-", stdin="kind: [unclosed\n").lower())
        self.assertIn("no matches for kind", apply({"kind": "Aplication"}))
        self.assertIn("spec.restart.policy: Unsupported value", apply({"spec": {**good["spec"], "restart": {"policy": "Sometimes"}}}))
        self.assertRegex(apply({"spec": {**good["spec"], "suspended": "yes"}}), r"spec\.suspended: Invalid value")

        unknown = {**good, "spec": {**good["spec"], "colour": "red"}}
        self.assertRegex(self.refused("apply", "-f", "-", stdin=json.dumps(unknown)), r'unknown field "(spec\.)?colour"')
        self.assertIn("not found", self.refused("get", "application", "absent"))

        own = self.platform.home / "broken.yaml"
        own.write_text("apiVersion: wasmbed.io/v1alpha1\nkind: Device\nmetadata: {name: x\n")
        run = subprocess.run([WASMBED, "apply", "-f", own, "--kubeconfig", self.platform.kubeconfig], capture_output=True, text=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("broken.yaml", run.stderr)

    def test_a_wrong_word_on_the_command_line_is_named(self):
        def fails(*words):
            run = subprocess.run([WASMBED, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                                 env={**os.environ, "KUBECONFIG": str(self.platform.kubeconfig)})
            self.assertNotEqual(run.returncode, 0)
            return run.stderr
        self.assertIn('there is no command "frobnicate"', fails("frobnicate"))
        self.assertIn('there is no command "sideways"', fails("device", "power", "sideways", "board-1"))
        for follow in ([], ["-f"]):
            self.assertIn('"absent" not found', fails("logs", *follow, "absent"))

    def test_a_write_over_an_older_state_conflicts(self):
        self.platform.apply(application("contended", self.wasm["beat"], ["absent"]))
        old = self.platform.get("application", "contended")
        self.platform.kubectl("patch", "application", "contended", "--type=merge", "-p", '{"spec":{"suspended":true}}')
        self.assertIn("the object has been modified", self.refused("replace", "-f", "-", stdin=json.dumps(old)))
        self.platform.kubectl("delete", "application", "contended")

    def test_an_application_deleted_while_it_rolls_out_leaves_nothing(self):
        for _ in range(3):
            self.run_app("brief", "beat")
            self.platform.kubectl("delete", "application", "brief")
        wait_for("no revision left", lambda: self.platform.kubectl("get", "applicationrevisions", "-l", "wasmbed.io/application=brief", "-o", "name") == "")
        wait_for("nothing left on the device", lambda: all(a["name"] != "brief" for a in self.platform.get("device", "board-1")["status"]["applications"]))
        self.beats_on()


    def test_a_device_deleted_while_it_enrolls_or_installs_leaves_nothing(self):
        for known in (False, True):
            self.platform.apply(device("brief-1", "sim"))
            if known:
                wait_for("brief-1 connected", lambda: self.platform.connected("brief-1"))
            self.platform.apply(application("shared", self.wasm["beat"], ["board-1", "brief-1"]))
            self.platform.kubectl("delete", "device", "brief-1", "--timeout=60s")
            wait_for("its process is gone", lambda: not [line for line in self.platform.processes() if "/brief-1/" in line])
            wait_for("the other runs it", lambda: self.platform.reported_app("board-1", "shared")["state"] == "Running")
            wait_for("no token is left", lambda: "enrollment-" not in self.platform.kubectl("get", "secrets", "-o", "name"))
            self.remove("shared")
        self.beats_on()


class OnAMicrocontroller(Programs, unittest.TestCase):
    BOARD = "mps2-an385"


if __name__ == "__main__":
    unittest.main()
