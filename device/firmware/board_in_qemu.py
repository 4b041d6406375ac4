"""One board in QEMU as its recipe (device/boards/NAME/emulator.json) says, for tests that run an image by itself: no emulator, no gateway."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "device/boards/common"))
import dt_constants  # noqa: E402

BUILDS = pathlib.Path(os.environ.get("WASMBED_FIRMWARE_BUILDS", ROOT / "build/fw"))
HOST = pathlib.Path(os.environ.get("WASMBED_BUILD", ROOT / "build/host"))
LIMIT = 60  # seconds; a run takes well under ten


def recipe_of(board):
    """None for hardware that no emulator has."""
    file = ROOT / "device/boards" / board / "emulator.json"
    return json.loads(file.read_text()) if file.is_file() else None


def needs_newer_qemu(recipe):
    return int(recipe["minVersion"].split(".")[0]) >= 10


def qemu_for(recipe):
    """The system's program, or for boards that need a newer one that of ./dev setup."""
    private = ROOT / ".deps/qemu/usr"
    return [str(private / "bin" / recipe["binary"]), "-L", str(private / "share/qemu")] if needs_newer_qemu(recipe) else [recipe["binary"]]


def type_slowly(console, text):
    """As a person does: the smallest board has room for 8 characters that it has not looked at."""
    for character in text:
        console.write(character)
        console.flush()
        time.sleep(0.01)


class Link:
    """What a serial board's line ends at: a TCP port, one connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(LIMIT)
        return connection

    def close(self):
        self.listener.close()


class Board:
    """Use it in a `with`: its folder and helpers go at the end. The store stays over several `run`s."""

    def __init__(self, name, image):
        self.name, self.image, self.recipe = name, image, recipe_of(name)

    def __enter__(self):
        self.folder_object = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.folder_object.name)
        (self.folder / "entropy.in").symlink_to("/dev/urandom")
        (self.folder / "entropy.out").symlink_to("/dev/null")
        self.store = self.folder / "store.img"
        with self.store.open("wb") as store:
            store.truncate(self.storage_bytes())
        self.link = Link()
        self.element = self.start_secure_element()
        return self

    def __exit__(self, *_):
        if self.element:
            self.element.kill()
            self.element.communicate()
        self.link.close()
        self.folder_object.cleanup()

    def storage_bytes(self):
        """As the recipe says, or the memory labelled `storage` in the board's tree."""
        if "store" in self.recipe:
            return self.recipe["store"]["bytes"]
        root = self.tree()
        nodes = {node.path: node for node in root.walk()}
        path = nodes["/__symbols__"].strings("storage")[0]
        return nodes[path].cells("reg")[1]

    def tree(self):
        """The root of its device tree."""
        return dt_constants.parse((BUILDS / self.name / f"firmware/{self.name}.dtb").read_bytes())

    def start_secure_element(self):
        """The emulator's own, as a process of its own."""
        if "secureElement" not in self.recipe:
            return None
        layout = (self.recipe["store"]["factoryBytes"], self.recipe["secureElement"]["eraseBlock"], self.recipe["secureElement"]["programUnit"])
        element = subprocess.Popen([HOST / "bin/secure_element", self.store, self.folder / "element.sock", *map(str, layout)], stdout=subprocess.PIPE, text=True)
        if element.stdout.readline() != "ready\n":
            raise AssertionError("the secure element does not start")
        return element

    def command(self, entropy, extra):
        """The recipe, with the console on standard input and output and, on wish, nothing that is random."""
        values = {"firmware": self.image, "store": self.store, "qmp": "qmp.sock", "entropy": "entropy", "mac": "02:00:5e:10:00:01",
                  "secureElement": "element.sock", "serialHost": "127.0.0.1", "serialPort": self.link.port}
        ours = {"id=console": "stdio,id=console,signal=off", "id=entropy": None if entropy else "null,id=entropy"}
        command = qemu_for(self.recipe)
        for argument in self.recipe["args"]:
            replaced = next((new for part, new in ours.items() if new and part in argument.split(",")), None)
            command.append(replaced or re.sub(r"\{(\w+)\}", lambda name: str(values[name[1]]), argument))
        return command + list(extra)

    def run(self, *, until, typed=(), entropy=True, extra=()):
        """The console's text up to a line that matches `until`. `typed`: pairs (pattern, what to do when a line matches it, in this order), each
        text to type."""
        if self.element:
            self.element.send_signal(signal.SIGCONT if entropy else signal.SIGSTOP)
        board = subprocess.Popen(self.command(entropy, extra), cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        guard = threading.Timer(LIMIT, board.kill)
        guard.start()
        lines, waiting = [], list(typed)
        try:
            for line in board.stdout:
                lines.append(line)
                if waiting and re.search(waiting[0][0], line):
                    type_slowly(board.stdin, waiting.pop(0)[1])
                elif not waiting and re.search(until, line):
                    return "".join(lines)
        finally:
            guard.cancel()
            board.kill()
            board.wait()
            board.stdout.close()
            board.stdin.close()
        raise AssertionError(f"no line matched {until!r} in:\n{''.join(lines)}")
