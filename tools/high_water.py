#!/usr/bin/env python3
"""How much of stack and arenas each board's firmware used, from power-on over enrollment to an app that ran, and over a second session.

RAM of an emulated board is zero at power-on, so what is not zero was used; a board that lends the end of its stack paints and measures it itself. The
boards run in QEMU on a platform of their own, each with a second monitor through which their memory is read. Fails where less is left than budget.h
demands.
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
# Bytes that a measured run must leave, where budget.h says nothing else.
DEFAULT_STACK_MARGIN = 2048
DEFAULT_CRYPTO_MARGIN = 512


def recipes():
    """By board, of the microcontrollers that are built."""
    found = {file.name.removesuffix(".emulator.json"): json.loads(file.read_text()) for file in sorted((BUNDLE / "firmware").glob("*.emulator.json"))}
    return {board: recipe for board, recipe in found.items() if recipe["kind"] == "qemu"}


def symbols(board):
    """Address and size by the last part of the name; link-time optimisation appends its own to some."""
    names = subprocess.run(["arm-none-eabi-nm", "-S", BUNDLE / f"firmware/{board}.elf"], check=True, capture_output=True, text=True).stdout
    names = subprocess.run(["arm-none-eabi-c++filt"], input=re.sub(r"\.lto_priv\.\d+$", "", names, flags=re.M), check=True, capture_output=True, text=True).stdout
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


def words(memory):
    return [int.from_bytes(memory[at : at + 4], "little") for at in range(0, len(memory), 4)]


def measure(board, monitor):
    """Rows of (what, bytes used, bytes there are, bytes that must be left)."""
    table, budget = symbols(board), budgets(board)
    guard = budget.get("STACK_GUARD", DEFAULT_GUARD)
    bottom, top = table["__stack_start"][0] + guard, table["__stack_end"][0]
    margin = budget.get("STACK_MARGIN", DEFAULT_STACK_MARGIN)
    start, end = table["__apps_arena_start"][0], table["__apps_arena_end"][0]
    rows = []
    if "wasmbed_stack_used" in table:  # device/boards/common/image.cpp
        used = read_memory(monitor, table["wasmbed_stack_used"][0], 4)
        rows.append(("stack in handshakes", int.from_bytes(used[:2], "little"), top - bottom, margin))
        rows.append(("stack beside an app", int.from_bytes(used[2:], "little"), top - end - guard, margin))
    else:
        rows.append(("stack", used_from_above(read_memory(monitor, bottom, top - bottom)), top - bottom, margin))
    _, size, peak = words(read_memory(monitor, table["g_arena"][0], 12))  # device/runtime/crypto/arena.hpp
    rows.append(("crypto arena", peak, size, budget.get("CRYPTO_MARGIN", DEFAULT_CRYPTO_MARGIN)))
    if end > start:
        rows.append(("apps' arena", used_blocks(read_memory(monitor, start, end - start)), end - start, 0))
    return rows


def run_boards(platform):
    """Every board through a first session, an installation, a run, and on a serial line a second session beside the app; yields each with its monitor."""
    folder = platform.home / "firmware"
    shutil.copytree(BUNDLE / "firmware", folder)
    (platform.home / "qemu").symlink_to((BUNDLE / "qemu").resolve())
    boards = recipes()
    for board, recipe in boards.items():
        recipe["args"] += ["-qmp", "unix:size.sock,server=on,wait=off"]  # in the board's own folder
        (folder / f"{board}.emulator.json").write_text(json.dumps(recipe))
    platform.start(None, "--firmware", str(folder))
    platform.apply(*(device(f"a-{board}", board) for board in boards))
    platform.apply(application("hello", BUNDLE / "apps/hello.wasm", [f"a-{board}" for board in boards], restart={"policy": "Never"}, limits={"stack": 256}))
    epoch = lambda board: platform.get("device", f"a-{board}")["status"]["session"]["epoch"]
    for board, recipe in boards.items():
        wait_for(f"{board} ran hello", lambda: platform.reported_app(f"a-{board}", "hello")["state"] == "Completed")
        if recipe.get("link") == "serial":
            before = epoch(board)
            platform.wasmbed("device", "link", "cut", f"a-{board}")
            platform.wasmbed("device", "link", "restore", f"a-{board}")  # the new bridge hangs up the old session
            wait_for(f"{board} connected again", lambda: epoch(board) > before and platform.connected(f"a-{board}"))
        yield board, next(platform.data.glob(f"devices/*/a-{board}/size.sock"))


def main():
    """Prints each figure; the exit status says whether all have their margins."""
    if not WASMBED.is_file():
        sys.exit("high_water.py: build/bin/wasmbed is not built; `./dev build` makes it")
    platform, short = Platform(), []
    try:
        for board, monitor in run_boards(platform):
            for what, used, size, margin in measure(board, monitor):
                print(f"{board}: {what} {used:,} of {size:,} bytes were used" + (f", {margin:,} must be left" if margin else ""))
                if used + margin > size:
                    short.append(f"{board}: {what}: {size - used:,} bytes are left of {size:,}, budget.h demands {margin:,}")
    finally:
        platform.destroy()
    if short:
        sys.exit("\n".join(short))


if __name__ == "__main__":
    main()
