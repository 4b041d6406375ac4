#!/usr/bin/env python3
"""How much of stack and arenas each board's firmware used, from power-on over enrollment to an app that ran.

RAM of an emulated board is zero at power-on, so what is not zero was used. The boards run in QEMU on a platform of their own, each with a second
monitor through which their memory is read.
"""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from size import budgets  # noqa: E402
from wasmbed_platform import BUNDLE, Platform, WASMBED, application, device, wait_for  # noqa: E402

DEFAULT_GUARD = 1024  # device/boards/common/link.ld.S


def recipes():
    """By board, of the microcontrollers that are built."""
    found = {file.name.removesuffix(".emulator.json"): json.loads(file.read_text()) for file in sorted((BUNDLE / "firmware").glob("*.emulator.json"))}
    return {board: recipe for board, recipe in found.items() if recipe["kind"] == "qemu"}


def symbols(board):
    names = subprocess.run(["arm-none-eabi-nm", "-S", "-C", BUNDLE / f"firmware/{board}.elf"], check=True, capture_output=True, text=True).stdout
    table = {}
    for line in names.splitlines():
        cells = re.match(r"(\w{8}) (?:(\w{8}) )?\w (.*)", line)
        if cells:
            table[cells[3].split("::")[-1]] = (int(cells[1], 16), int(cells[2] or "0", 16))
    return table


def read_memory(monitor, address, size):
    """Of the board whose second monitor listens at `monitor`."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(str(monitor))
        stream = line.makefile("rw")
        stream.readline()
        file = monitor.with_name("memory")
        for command in ({"execute": "qmp_capabilities"}, {"execute": "memsave", "arguments": {"val": address, "size": size, "filename": str(file)}}):
            print(json.dumps(command), file=stream, flush=True)
            while "return" not in (answer := json.loads(stream.readline())):
                if "error" in answer:
                    raise OSError(answer["error"]["desc"])
        return file.read_bytes()


def used_from_above(memory):
    """A stack grows down: bytes from its top to the lowest one that was written."""
    return len(memory) - next((at for at, byte in enumerate(memory) if byte), len(memory))


def used_blocks(memory, block=64):
    """An arena is filled from both ends: bytes in blocks of it that were written."""
    return sum(block for at in range(0, len(memory), block) if any(memory[at : at + block]))


def show(board, monitor):
    table, budget = symbols(board), budgets(board)
    guard = budget.get("STACK_GUARD", DEFAULT_GUARD)
    bottom, top = table["__stack_start"][0] + guard, table["__stack_end"][0]
    rows = [("stack", used_from_above(read_memory(monitor, bottom, top - bottom)), top - bottom)]
    if "g_crypto_arena" in table:
        address, size = table["g_crypto_arena"]
        rows.append(("crypto arena", used_blocks(read_memory(monitor, address, size)), size))
    start, end = table["__apps_arena_start"][0], table["__apps_arena_end"][0]
    if end > start:
        rows.append(("apps' arena", used_blocks(read_memory(monitor, start, end - start)), end - start))
    for what, used, size in rows:
        print(f"{board}: {what} {used:,} of {size:,} bytes were used")


def main():
    if not WASMBED.is_file():
        sys.exit("high_water.py: build/bin/wasmbed is not built; `./dev build` makes it")
    platform = Platform()
    try:
        folder = platform.home / "firmware"
        shutil.copytree(BUNDLE / "firmware", folder)
        (platform.home / "qemu").symlink_to((BUNDLE / "qemu").resolve())
        boards = recipes()
        for board, recipe in boards.items():
            recipe["args"] += ["-qmp", "unix:size.sock,server=on,wait=off"]  # in the board's own folder
            (folder / f"{board}.emulator.json").write_text(json.dumps(recipe))
        platform.start(None, "--firmware", str(folder))
        platform.apply(*(device(f"a-{board}", board) for board in boards))
        able = [board for board, recipe in boards.items() if "apps" not in recipe.get("absent", [])]
        platform.apply(application("hello", BUNDLE / "apps/hello.wasm", [f"a-{board}" for board in able], restart={"policy": "Never"}))
        for board in boards:
            wait_for(f"{board} connected", lambda: platform.connected(f"a-{board}"))
            if board in able:
                wait_for(f"{board} ran hello", lambda: platform.reported_app(f"a-{board}", "hello")["state"] == "Completed")
            show(board, next(platform.data.glob(f"devices/*/a-{board}/size.sock")))
    finally:
        platform.destroy()


if __name__ == "__main__":
    main()
