#!/usr/bin/env python3
"""What the platform says when the machine under it is not as it should be, and that it changes nothing then."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from wasmbed_platform import BUNDLE, NAMESPACE, Platform, WASMBED, application, device, wait_for  # noqa: E402
from wrong_clock import Clock  # noqa: E402


# What the gateway had in its database before it kept blocks (services/gateway/record_migration.cpp).
RECORDS_VERSION_1 = """
CREATE TABLE records (id INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, device TEXT NOT NULL, device_uid TEXT NOT NULL,
  kind TEXT NOT NULL, app TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE streams (device_uid TEXT NOT NULL, boot_id BLOB NOT NULL, seq INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (device_uid, boot_id)) WITHOUT ROWID;
INSERT INTO records (ns, device, device_uid, kind, app, body) VALUES ('wasmbed', 'one', 'UID', 'log', 'blink',
  '{"time":"2026-01-01T00:00:00.000001Z","device":"one","kind":"log","app":"blink","text":"said long ago"}');
INSERT INTO streams VALUES ('UID', x'0100000000000000', 1, 1);
PRAGMA user_version = 1;
"""


def digests(folder):
    """Of every file that is not a log, a lock, or SQLite's own bookkeeping beside a database."""
    skip = re.compile(r"(\.log|\.log\.1|/lock|-wal|-shm|\.sock)$")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink() and not skip.search("/" + str(path))}


def mount(test, folder, options):
    """A file system of its own in `folder` until the test is over; skips the test where that is not permitted."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        test.skipTest("needs to mount a file system of its own: " + mounted.stderr.strip())
    test.addCleanup(lambda: (test.platform.stop(), subprocess.run(["umount", folder], check=True)))


class WithPlatform(unittest.TestCase):
    def setUp(self):
        self.platform = Platform()
        self.addCleanup(self.platform.destroy)

    def refused(self, *, environment=None, data=None):
        """Runs `up`, which must give up by itself with one line; that line."""
        command = self.platform.up_command()
        if data is not None:
            command[command.index("--data") + 1] = str(data)
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **(environment or {})})
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        lines = run.stderr.splitlines()
        self.assertEqual(len(lines), 1, run.stderr)
        self.assertTrue(lines[0].startswith("wasmbed up: "), lines[0])
        self.assertEqual(self.platform.processes(), [])
        return lines[0]

    def run_once(self, *objects, until=lambda: True):
        self.platform.start()
        self.platform.apply(*objects) if objects else None
        wait_for("the first run's work", until)
        self.assertEqual(self.platform.stop(), 0)

    def board_file(self, name, file):
        return self.platform.data / "devices" / NAMESPACE / name / file

    def emulation(self, name):
        return self.platform.get("device", name)["status"]["emulation"]

    def serial(self, name):
        return self.platform.get("device", name)["status"]["identity"]["serial"]


class Start(WithPlatform):
    def test_a_taken_port_is_named(self):
        listeners = {
            "api": "the API server",
            "devices": "devices",
            "serial": "serial bridges",
            "gateway-api": "the gateway's API",
            "emulator-api": "the emulator's API",
            "controller-probes": "the controller's probes",
            "dashboard": "the dashboard",
        }
        self.assertEqual(set(listeners), set(self.platform.ports))
        for port, what in listeners.items():
            with contextlib.closing(socket.socket()) as taken:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                taken.bind(("127.0.0.1", self.platform.ports[port]))
                taken.listen(1)
                self.assertIn(f"cannot listen on 127.0.0.1:{self.platform.ports[port]} for {what}: Address already in use; stop what uses it, or choose another port with --{port}-port", self.refused())

    def test_a_folder_that_cannot_be_written_is_named(self):
        file = self.platform.home / "file"
        file.write_text("not a folder")
        for data in (file, file / "below", pathlib.Path("/proc/wasmbed")):
            line = self.refused(data=data)
            self.assertIn(str(data), line)
            self.assertIn("choose another folder with --data", line)
        self.assertEqual(file.read_text(), "not a folder")

    def test_a_file_system_that_is_read_only_is_named(self):
        self.platform.data.mkdir()
        mount(self, self.platform.data, "ro")
        line = self.refused()
        self.assertIn(f"cannot write {self.platform.data}/lock: Read-only file system; make it writable, or choose another folder with --data", line)

    def test_a_disk_that_is_full_at_the_start_is_named(self):
        self.platform.data.mkdir()
        mount(self, self.platform.data, "size=200k,mode=700")  # room for keys, none for a database
        self.assertRegex(self.refused(), r"the disk is full|the disk of \S+ is full; free some space|No space left on device")

    def test_a_folder_in_use_names_the_process(self):
        self.platform.start()
        command = self.platform.up_command()
        second = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"in use by another `wasmbed up`, process {self.platform.process.pid}; stop it, or choose another folder with --data", second.stderr)
        self.assertTrue(self.platform.kubectl("get", "devices") is not None)

    def test_a_newer_folder_is_refused_untouched(self):
        self.run_once()
        record = self.platform.data / "format"
        self.assertEqual(json.loads(record.read_text())["format"], 1)
        record.write_text('{"format": 99, "writtenBy": "9.9.9"}')
        before = digests(self.platform.data)
        self.assertIn("has data format 99, written by wasmbed 9.9.9", self.refused())
        self.assertEqual(digests(self.platform.data), before)

    def test_a_folder_of_an_earlier_version_is_migrated_with_all_it_holds(self):
        blink = application("blink", BUNDLE / "apps/blink.wasm", ["one"], permissions=["led:0"])
        self.platform.start()
        self.platform.apply(device("one", "sim"), blink)
        wait_for("blink runs", lambda: self.platform.get("device", "one")["status"]["apps"] == "1/1")
        uid = self.platform.get("device", "one")["metadata"]["uid"]
        self.assertEqual(self.platform.stop(), 0)
        # As it was before there were formats, and with the records' database of then.
        (self.platform.data / "format").unlink()
        for file in self.platform.data.glob("gateway-default.db*"):
            file.unlink()
        database = sqlite3.connect(self.platform.data / "gateway-default.db")
        database.executescript(RECORDS_VERSION_1.replace("UID", uid))
        database.close()
        self.platform.start()
        wait_for("blink runs", lambda: self.platform.get("device", "one")["status"]["apps"] == "1/1" and len(self.platform.logs("one", "blink")) > 1)
        self.assertEqual(self.platform.logs("one", "blink")[0], "said long ago")
        self.assertEqual(self.board_file("one", "console.log").read_text(errors="replace").count("boot: key made"), 1)
        self.assertEqual(json.loads((self.platform.data / "format").read_text())["format"], 1)

    def test_a_damaged_database_of_objects_is_named_and_left_as_it_is(self):
        self.run_once()
        database = self.platform.data / "apiserver.db"
        whole = database.read_bytes()
        garbage = os.urandom(4096)
        for broken in (garbage + whole[4096:], whole[:4096] + garbage + whole[8192:], whole[: len(whole) // 2 // 4096 * 4096]):
            database.write_bytes(broken)
            line = self.refused()
            self.assertIn(f"{database} is damaged", line)
            self.assertIn("wasmbed restore", line)
            self.assertEqual(database.read_bytes(), broken)
        database.write_bytes(whole)
        self.run_once()

    def test_a_damaged_database_of_records_is_named_and_left_as_it_is(self):
        self.run_once()
        database = self.platform.data / "gateway-default.db"
        broken = os.urandom(8192)
        database.write_bytes(broken)
        line = self.refused()
        self.assertIn(f"{database} is damaged", line)
        self.assertIn("it holds only logs and history: it may be moved away", line)
        self.assertEqual(database.read_bytes(), broken)
        database.rename(self.platform.home / "moved-away.db")
        self.run_once()

    def test_a_clock_before_the_certificates_is_named(self):
        self.run_once()
        line = self.refused(environment=Clock(self.platform.home).set(-10 * 365 * 86400).environment)
        self.assertIn("the clock of this machine says", line)
        self.assertIn("set the clock right", line)


class Running(WithPlatform):
    def test_a_clock_that_jumps_is_told_and_stops_nothing(self):
        clock = Clock(self.platform.home)
        self.platform.start(clock.environment)
        self.platform.apply(device("one", "sim"), application("hello", BUNDLE / "apps/hello.wasm", ["one"], restart={"policy": "Never"}))
        wait_for("hello completed", lambda: self.platform.reported_app("one", "hello")["state"] == "Completed")
        epoch = self.platform.get("device", "one")["status"]["session"]["epoch"]
        for count, jump in enumerate((7200, 60), 1):
            clock.set(jump)
            wait_for("the jump is told", lambda: (self.platform.home / "up.log").read_text().count("the clock of this machine jumped by ") == count)
            name = f"after-{jump}"
            self.platform.apply(application(name, BUNDLE / "apps/hello.wasm", ["one"], restart={"policy": "Never"}))
            wait_for("an app made afterwards completed", lambda: self.platform.reported_app("one", name)["state"] == "Completed")
        status = self.platform.get("device", "one")["status"]
        self.assertEqual(status["session"]["epoch"], epoch, "the session ended")
        self.assertNotIn("starting it again", (self.platform.home / "up.log").read_text())

    def test_a_certificate_issued_while_the_clock_was_ahead_is_named_when_it_is_set_back(self):
        clock = Clock(self.platform.home)
        self.platform.start(clock.environment)
        clock.set(7200)
        self.platform.apply(device("one", "sim"))
        wait_for("connected, by a certificate of the future", lambda: self.platform.connected("one"))
        clock.set(0)
        self.platform.power("one", "reset")

        def enrolled():
            return next(c for c in self.platform.get("device", "one")["status"]["conditions"] if c["type"] == "Enrolled")

        wait_for("the condition says so", lambda: enrolled()["reason"] == "CertificateNotYetValid")
        self.assertEqual(enrolled()["status"], "False")
        self.assertRegex(enrolled()["message"], r"valid only from \S+Z, but the clock says \S+Z: set it right; .*delete the Device and make it again")
        log = self.platform.data / "logs/gateway.log"
        wait_for("the gateway says why it refuses", lambda: "reason=certificate_too_early" in log.read_text())
        clock.set(7200)
        self.platform.power("one", "reset")
        wait_for("connected once the clock is as it was", lambda: self.platform.connected("one") and enrolled()["status"] == "True")

    def test_qemu_missing_or_too_old_is_named_with_the_remedy(self):
        programs = self.platform.home / "programs"
        programs.mkdir()
        # Beside the firmware that ./dev build makes lies a QEMU of its own; a copy elsewhere has none to fall back on.
        firmware = self.platform.home / "bundle/firmware"
        shutil.copytree(BUNDLE / "firmware", firmware)
        self.platform.start({"PATH": str(programs)}, "--firmware", str(firmware))
        self.platform.apply(device("board-1", "mps2-an385"), device("other", "sim"))
        message = wait_for("Failed", lambda: self.emulation("board-1")["state"] == "Failed" and self.emulation("board-1")["message"])
        self.assertIn("cannot start qemu-system-arm: No such file or directory; on Debian: apt-get install qemu-system-arm", message)
        wait_for("the others go on", lambda: self.platform.connected("other"))

        old = programs / "qemu-system-arm"
        old.write_text("#!/bin/sh\necho QEMU emulator version 5.2.0\n")
        old.chmod(0o755)
        self.platform.power("board-1", "on")
        wait_for("too old", lambda: "is version 5.2.0, this board needs 7.2 or later" in self.emulation("board-1")["message"])

        old.unlink()
        old.symlink_to(shutil.which("qemu-system-arm"))
        self.platform.power("board-1", "on")
        wait_for("connected once QEMU is there", lambda: self.platform.connected("board-1"))

    def test_a_damaged_store_is_named_and_left_as_it_is(self):
        self.run_once(device("one", "sim"), until=lambda: self.platform.connected("one"))
        image = self.board_file("one", "store.img")
        whole = image.read_bytes()
        at, store = 8, 0x10000  # the factory partition comes first (device/boards/sim/sim.dts)
        rubbish = whole[:store] + os.urandom(len(whole) - store)
        for broken, why in (
            (rubbish, "nothing of the device's store can be read"),
            (whole[:-4096], f"{len(whole) - 4096} bytes instead of {len(whole)}"),
            (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], "its factory partition is not what was written"),
        ):
            image.write_bytes(broken)
            self.platform.start()
            message = wait_for("Failed", lambda: self.emulation("one")["state"] == "Failed" and self.emulation("one")["message"])
            self.assertIn(f"{image} is damaged ({why})", message)
            self.assertEqual(self.platform.stop(), 0)
            self.assertEqual(image.read_bytes(), broken)
        image.write_bytes(whole)
        self.platform.start()
        wait_for("connected with its old identity", lambda: self.platform.connected("one"))
        self.assertEqual(self.board_file("one", "console.log").read_text(errors="replace").count("boot: key made"), 1)

    def test_a_full_disk_refuses_writes_and_loses_nothing(self):
        self.platform.data.mkdir()
        mount(self, self.platform.data, "size=48m,mode=700")
        self.platform.start()
        self.platform.apply(device("one", "sim"), application("blink", BUNDLE / "apps/blink.wasm", ["one"], permissions=["led:0"]))
        wait_for("blink runs", lambda: self.platform.reported_app("one", "blink")["state"] == "Running")
        serial, roles = self.serial("one"), self.platform.roles()

        filler = self.platform.data / "filler"
        with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while out.write(bytes(65536)):
                pass
        kept = []
        refusal = ""
        for number in range(2000):
            try:
                self.platform.kubectl("create", "configmap", f"note-{number}", f"--from-literal=text={'x' * 20000}")
                kept.append(f"note-{number}")
            except subprocess.CalledProcessError as error:
                refusal = error.stderr
                break
        self.assertRegex(refusal, r"apiserver\.db cannot be written: the disk is full; free some space|look at its disk, and whether it is full")
        self.assertEqual(self.platform.roles(), roles, "a role ended")
        self.platform.kubectl("get", "devices")  # reading goes on

        filler.unlink()
        wait_for("writes are taken again", lambda: self.platform.kubectl("create", "configmap", "afterwards"))
        names = self.platform.kubectl("get", "configmaps", "-o", "name").replace("configmap/", "").split()
        self.assertLessEqual(set(kept) | {"afterwards"}, set(names))
        self.assertNotIn(f"note-{len(kept)}", names, "a refused write is there")
        wait_for("the device is connected, with its identity", lambda: self.platform.connected("one") and self.serial("one") == serial)
        mark = len(self.platform.logs("one", "blink"))
        wait_for("logs arrive", lambda: len(self.platform.logs("one", "blink")) > mark)

    def test_a_backup_made_while_it_runs_brings_everything_back(self):
        self.platform.start()
        self.platform.apply(device("one", "sim"), application("blink", BUNDLE / "apps/blink.wasm", ["one"], permissions=["led:0"]))
        wait_for("blink runs", lambda: self.platform.reported_app("one", "blink")["state"] == "Running" and self.platform.logs("one", "blink"))
        serial = self.serial("one")
        archive = self.platform.home / "backup.tar.gz"
        backup = [WASMBED, "backup", "--data", self.platform.data, "-o", archive]
        subprocess.run(backup, check=True, timeout=120)
        self.assertEqual(archive.stat().st_mode & 0o777, 0o600)
        again = subprocess.run(backup, capture_output=True, text=True)
        self.assertEqual((again.returncode, again.stderr), (1, f"wasmbed backup: {archive} is there already; choose another file with -o\n"))
        over = subprocess.run([WASMBED, "restore", archive, "--data", self.platform.data], capture_output=True, text=True)
        self.assertEqual(over.returncode, 1)
        self.assertIn("is there already and not empty; choose another folder with --data", over.stderr)

        self.assertEqual(self.platform.stop(), 0)
        self.platform.data.rename(self.platform.home / "lost")
        subprocess.run([WASMBED, "restore", archive, "--data", self.platform.data], check=True, timeout=120)
        for key in (self.platform.data / "pki").glob("*.key"):
            self.assertEqual(key.stat().st_mode & 0o777, 0o600, key)
        self.platform.start()
        wait_for("blink runs", lambda: self.platform.connected("one") and self.platform.reported_app("one", "blink")["state"] == "Running")
        self.assertEqual(self.serial("one"), serial)
        self.assertNotIn("boot: key made", self.board_file("one", "console.log").read_text(errors="replace"))
        self.assertTrue(self.platform.logs("one", "blink"))

    def test_apps_are_unknown_while_the_device_is_off(self):
        self.platform.start()
        self.platform.apply(device("one", "sim"), application("blink", BUNDLE / "apps/blink.wasm", ["one"], permissions=["led:0"]))
        wait_for("blink runs", lambda: self.platform.get("device", "one")["status"]["apps"] == "1/1")
        self.platform.power("one", "off")
        wait_for("apps are unknown", lambda: self.platform.get("device", "one")["status"]["apps"] == "?")
        self.assertFalse(self.platform.connected("one"))
        self.platform.power("one", "on")
        wait_for("blink is reported again", lambda: self.platform.get("device", "one")["status"]["apps"] == "1/1")


if __name__ == "__main__":
    unittest.main()
