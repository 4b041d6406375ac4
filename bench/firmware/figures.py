#!/usr/bin/env python3
"""Flash and static RAM of each firmware image against the budget it is built with; how steady a blinking app is beside hostile ones."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/e2e"))
from benchmark import BUILD, ROOT, firmware_with, median, row, say, scaled  # noqa: E402
from wasmbed_platform import Platform, application, device, wait_for  # noqa: E402

BOARD = "mps2-an385"
HOSTILE = {"spin": [], "shout": [], "hoard": ["storage:*"], "flicker": ["led:1"]}  # name in hostile/, permissions
PERIOD_MS = 1000  # of examples/apps/blink
# QEMU's clock counts instructions, 32 ns each: the time of a Cortex-M3 at some 30 MHz. It has no idle time to wait for while apps never
# rest, so what else this machine has to do does not show.
COUNTED = ["-icount", "shift=5,sleep=on"]


def sections(elf):
    """Size by section name."""
    out = subprocess.run(["arm-none-eabi-objdump", "-h", "-w", elf], check=True, capture_output=True, text=True).stdout
    return {cells[1]: int(cells[2], 16) for cells in map(str.split, out.splitlines()) if len(cells) > 6 and cells[0].isdigit()}


def budgets(board):
    text = (ROOT / "device/boards" / board / "budget.h").read_text()
    return {name: int(value, 16) for name, value in re.findall(r"#define BUDGET_(\w+) (0x[0-9A-Fa-f]+)", text)}


def kilobytes(size):
    return f"{size / 1024:.1f} KB"


def sizes():
    for elf in sorted((BUILD / "firmware").glob("*.elf")):
        if elf.stem == "sim":
            continue
        say(f"bench: {elf.stem}")
        size, budget = sections(elf), budgets(elf.stem)
        flash = size[".text"] + size.get(".ARM.exidx", 0) + size[".data"]
        row(f"{elf.stem}: flash", kilobytes(flash), f"≤ {kilobytes(budget['FLASH'])}")
        row(f"{elf.stem}: static RAM, stack and apps' arena apart", kilobytes(size[".data"] + size[".bss"]), f"≤ {kilobytes(budget['STATIC_RAM'])}")


def periods(platform, count):
    """ms between the next `count` + 1 times the LED goes on, by the device's clock."""

    def times():
        events = platform.records("board-1", kinds="event", tail=10000)
        return [r["uptimeMs"] for r in events if r.get("event") == "led" and r.get("app") == "blink" and r["value"] == 1]

    seen = len(times())
    found = wait_for("LED changes", lambda: (lambda t: t if len(t) > seen + count else None)(times()), limit=60 + 2 * count)[seen:]
    return [after - before for before, after in zip(found, found[1:])]


def share(values):
    """The largest deviation from the period, in percent of it."""
    return 100 * max(abs(value - PERIOD_MS) for value in values) / PERIOD_MS


def steadiness():
    platform = Platform()
    try:
        platform.start(None, "--firmware", firmware_with(platform.home / "firmware", BOARD, COUNTED))
        platform.apply(device("board-1", BOARD), application("blink", BUILD / "apps/blink.wasm", ["board-1"], permissions=["led:0"]))
        wait_for("blink runs", lambda: platform.reported_app("board-1", "blink")["state"] == "Running")
        for name, permissions in HOSTILE.items():
            module = platform.home / f"{name}.wasm"
            platform.wasmbed("app", "build", pathlib.Path(__file__).parent / f"hostile/{name}.c", "-o", module)
            platform.apply(application(name, module, ["board-1"], permissions=permissions, limits={"storage": 12288}))
            wait_for(f"{name} runs", lambda: platform.reported_app("board-1", name)["state"] == "Running")
        say("bench: blink beside " + ", ".join(HOSTILE))
        found = periods(platform, scaled(50, 4))
        row(f"{BOARD}: period of a blinking app beside four hostile ones, largest deviation of {len(found)}", f"{share(found):.1f} %", "≤ 5 %")
        row(f"{BOARD}: of it, median period", f"{median(found)} ms", f"{PERIOD_MS} ms")
    finally:
        platform.destroy()


def main():
    sizes()
    steadiness()


main()
