#!/usr/bin/env python3
"""Firmware that hangs, on each board whose model has a watchdog: it is reset, runs again, and tells its gateway where it hung.

The real firmware has no way to hang on demand, so a debugger sends its processor into an endless loop.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import BUNDLE, Platform, device, wait_for  # noqa: E402

BOARDS = ("mps2-an385", "mps2-an505")
ENDLESS_LOOP = "fee7"  # Thumb: a branch to itself


class Debugger:
    """A few words of GDB's remote protocol; to connect stops the processor, to detach lets it go on."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rwb")
        self.ask("qXfer:features:read:target.xml:0,ffb")  # QEMU takes registers one by one only from who knows them

    def ask(self, text):
        self.stream.write(f"${text}#{sum(text.encode()) % 256:02x}".encode())
        self.stream.flush()
        while (answer := self.packet()).startswith("T"):
            pass  # that it stopped, by the connection, which QEMU may tell unasked
        return answer

    def packet(self):
        while self.byte() != b"$":
            pass
        text = b""
        while (byte := self.byte()) != b"#":
            text += byte
        self.stream.read(2)
        self.stream.write(b"+")
        self.stream.flush()
        return text.decode()

    def byte(self):
        byte = self.stream.read(1)
        if not byte:
            raise AssertionError("the emulator ended")
        return byte

    def hang_at(self, address):
        for command in (f"M{address:x},2:{ENDLESS_LOOP}", "Pf=" + address.to_bytes(4, "little").hex(), "D"):
            if (answer := self.ask(command)) != "OK":
                raise AssertionError(f"the processor does not take {command}: {answer!r}")
        self.stream.close()
        self.socket.close()


def symbol(board, name):
    names = subprocess.run(["arm-none-eabi-nm", BUNDLE / f"firmware/{board}.elf"], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[0], 16) for line in names.splitlines() if line.endswith(f" {name}"))


class Watchdog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform()
        cls.addClassCleanup(cls.platform.destroy)
        folder = cls.platform.home / "firmware"
        shutil.copytree(BUNDLE / "firmware", folder)
        for board in BOARDS:
            file = folder / f"{board}.emulator.json"
            recipe = json.loads(file.read_text())
            recipe["args"] += ["-gdb", "unix:gdb.sock,server=on,wait=off"]  # in the board's own folder
            file.write_text(json.dumps(recipe))
        cls.platform.start(None, "--firmware", str(folder))
        cls.platform.apply(*(device(f"a-{board}", board) for board in BOARDS))

    def test_hung_firmware_is_reset_and_tells_where_it_hung(self):
        hung = {board: symbol(board, "__apps_arena_end") - 16 for board in BOARDS}
        for board in BOARDS:
            wait_for(f"{board} connected", lambda: self.platform.connected(f"a-{board}"))
            Debugger(next(self.platform.data.glob(f"devices/*/a-{board}/gdb.sock"))).hang_at(hung[board])
        for board in BOARDS:
            with self.subTest(board):
                said = f"crashed before this boot: watchdog: superloop stopped pc={hung[board]:08x} lr="
                wait_for(f"{board} says that it hung", lambda: any(said in r["text"] for r in self.platform.records(f"a-{board}", kinds="log", tail=1000)))
                wait_for(f"{board} connected again", lambda: self.platform.connected(f"a-{board}"))
                wait_for("the reason of the boot", lambda: self.platform.get("device", f"a-{board}")["status"]["firmware"]["resetReason"] == "watchdog")
                self.assertIn("error watchdog: superloop stopped", self.platform.console(f"a-{board}"))


if __name__ == "__main__":
    unittest.main()
