#!/usr/bin/env python3
"""Boards by number: how long each takes from power-on to connected, instructions of an idle one, 30 in QEMU at once, 1,000 simulated ones on one machine.

The real platform, enrollment included. Memory is what a process has for itself and its share of what is shared (Pss of /proc/PID/smaps_rollup).
"""

import json
import os
import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/e2e"))
from benchmark import HOST, median, row, say, scaled  # noqa: E402
from wasmbed_platform import BUNDLE, Platform, device, wait_for  # noqa: E402

BOARDS = sorted(recipe.name.removesuffix(".emulator.json") for recipe in (BUNDLE / "firmware").glob("*.emulator.json"))
TICKS = os.sysconf("SC_CLK_TCK")
LIMIT = 1800  # seconds; a loaded machine may take long, and that is a figure too


def board_pids(platform):
    """Process id of each board of this platform: its process works in the folder of its Device."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve().is_relative_to(platform.data / "devices"):
                found.append(int(entry.name))
        except OSError:
            continue  # it ended, or is not ours to look at
    return found


def pss_kib(pid):
    try:
        return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
    except (OSError, TypeError):
        return None


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
        except OSError:
            continue
    return total


def count_connected(platform):
    listing = platform.kubectl("get", "devices", "-o", "jsonpath={range .items[*]}{.status.phase}{'\\n'}{end}")
    return listing.split().count("Connected")


def crowd(board, count):
    """Seconds until all are connected, processor seconds of all boards meanwhile and then in 10 s, KiB of each."""
    platform = Platform()
    try:
        platform.start()
        started = time.monotonic()
        platform.apply(*(device(f"crowd-{number}", board) for number in range(count)))
        wait_for(f"{count} x {board} connected", lambda: count_connected(platform) == count, LIMIT)
        seconds = time.monotonic() - started
        pids = board_pids(platform)
        memory = [kib for kib in map(pss_kib, pids) if kib is not None]
        before = cpu_seconds(pids)
        time.sleep(10)  # what is measured is this time
        return seconds, before, cpu_seconds(pids) - before, memory
    finally:
        platform.destroy()


def show_crowd(board, wanted, targets):
    count = scaled(wanted, least=2)
    say(f"{count} x {board} ...")
    seconds, booting, idle, memory = crowd(board, count)
    row(f"{count} x {board}: created to all connected", f"{seconds:.1f} s", targets[0])
    row(f"{count} x {board}: memory of each", f"{median(memory) / 1024:.1f} MiB", targets[1])
    row(f"{count} x {board}: processor, until connected", f"{booting / count:.3f} s each")
    row(f"{count} x {board}: processor, connected and idle", f"{idle / 10 / count * 100:.3f} % of a core each", targets[2])


def boot_times(board, repeats):
    """Milliseconds from power-on to connected, by the firmware's own clock; the first boot enrolls and does not count."""
    platform = Platform()
    try:
        platform.start()
        platform.apply(device("board-1", board))
        wait_for("connected", lambda: platform.connected("board-1"))
        times = []
        for _ in range(repeats):
            mark = len(platform.console("board-1"))
            platform.power("board-1", "off")
            platform.power("board-1", "on")
            line = wait_for("connected again", lambda: re.search(r"\[ *(\d+)\.(\d{3})\] info boot: connected", platform.console("board-1")[mark:]))
            times.append(int(line[1]) * 1000 + int(line[2]))
        return times
    finally:
        platform.destroy()


def idle_instructions(board):
    """Instructions a second that a connected board with nothing to do executes, as QEMU counts them; mean of 20 s."""
    platform = Platform()
    try:
        folder = platform.home / "firmware"
        shutil.copytree(BUNDLE / "firmware", folder)
        file = folder / f"{board}.emulator.json"
        recipe = json.loads(file.read_text())
        version = 2 if int(recipe["minVersion"].split(".")[0]) >= 10 else 1
        recipe["args"] += ["-plugin", f"{HOST}/lib/instruction_count_{version}.so,count=count"]  # in the board's own folder
        file.write_text(json.dumps(recipe))
        (platform.home / "qemu").symlink_to((BUNDLE / "qemu").resolve())
        platform.start(None, "--firmware", str(folder))
        platform.apply(device("board-1", board))
        wait_for("connected", lambda: platform.connected("board-1"))
        count = next(platform.data.glob("devices/*/board-1/count"))
        time.sleep(5)  # until what follows the connection is over
        before = int.from_bytes(count.read_bytes(), sys.byteorder)
        time.sleep(20)  # what is counted is this time
        return (int.from_bytes(count.read_bytes(), sys.byteorder) - before) / 20
    finally:
        platform.destroy()


def main():
    for board in BOARDS:
        say(f"boots of {board} ...")
        times = boot_times(board, scaled(10, least=3))
        row(f"{board}: power-on to connected, median of {len(times)}", f"{median(times):.0f} ms")
    for board in BOARDS:
        if board != "sim":
            say(f"{board}, idle ...")
            row(f"{board}: instructions a second, connected and idle", f"{idle_instructions(board):,.0f}")
    show_crowd("mps2-an385", 30, ("", "", "<= 1 %"))
    show_crowd("sim", 1000, ("<= 60 s", "<= 3 MiB", ""))


if __name__ == "__main__":
    main()
