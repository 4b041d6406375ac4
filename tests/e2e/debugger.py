"""The processor of a board in QEMU by its debugger's port, and a platform whose boards have one: for what firmware does not do by itself."""

import json
import os
import shutil
import socket
import subprocess

from wasmbed_platform import BUNDLE, Platform

ENDLESS_LOOP = "fee7"  # Thumb: a branch to itself
UNDEFINED = "00de"  # Thumb: permanently undefined
SP, PC = 13, 15


class Debugger:
    """A few words of GDB's remote protocol; to connect stops the processor, to detach lets it go on."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        # An address of a socket has 107 bytes, which a folder with a long name takes.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            self.socket.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
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

    def go_on(self, registers, code=None):
        """With these values in registers, and these (address, instruction) in memory."""
        commands = [f"M{code[0]:x},2:{code[1]}"] if code else []
        commands += [f"P{number:x}=" + value.to_bytes(4, "little").hex() for number, value in registers.items()]
        for command in (*commands, "D"):
            if (answer := self.ask(command)) != "OK":
                raise AssertionError(f"the processor does not take {command}: {answer!r}")
        self.stream.close()
        self.socket.close()


def symbol(board, name):
    names = subprocess.run(["arm-none-eabi-nm", BUNDLE / f"firmware/{board}.elf"], check=True, capture_output=True, text=True).stdout
    return next(int(line.split()[0], 16) for line in names.splitlines() if line.endswith(f" {name}"))


def start_with_debuggers(boards):
    """A platform with a Device `a-BOARD` for each."""
    platform = Platform()
    folder = platform.home / "firmware"
    shutil.copytree(BUNDLE / "firmware", folder)
    (platform.home / "qemu").symlink_to((BUNDLE / "qemu").resolve())
    for board in boards:
        file = folder / f"{board}.emulator.json"
        recipe = json.loads(file.read_text())
        recipe["args"] += ["-gdb", "unix:gdb.sock,server=on,wait=off"]  # in the board's own folder
        file.write_text(json.dumps(recipe))
    try:
        return platform.start(None, "--firmware", str(folder))
    except BaseException:
        platform.destroy()
        raise


def debugger(platform, board):
    return Debugger(platform.board_folder(f"a-{board}") / "gdb.sock")
