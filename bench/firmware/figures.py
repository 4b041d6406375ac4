#!/usr/bin/env python3
"""Flash, static RAM and stack of each firmware image against the budget it is built with."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from benchmark import BUILD, ROOT, row, say  # noqa: E402


def sections(elf):
    """Size by section name."""
    out = subprocess.run(["arm-none-eabi-objdump", "-h", "-w", elf], check=True, capture_output=True, text=True).stdout
    return {cells[1]: int(cells[2], 16) for cells in map(str.split, out.splitlines()) if len(cells) > 6 and cells[0].isdigit()}


def budgets(board):
    text = (ROOT / "device/boards" / board / "budget.h").read_text()
    return {name: int(value, 16) for name, value in re.findall(r"#define BUDGET_(\w+) (0x[0-9A-Fa-f]+)", text)}


def kilobytes(size):
    return f"{size / 1024:.1f} KB"


def main():
    for elf in sorted((BUILD / "firmware").glob("*.elf")):
        if elf.stem == "sim":
            continue
        say(f"bench: {elf.stem}")
        size, budget = sections(elf), budgets(elf.stem)
        flash = size[".text"] + size.get(".ARM.exidx", 0) + size[".data"]
        row(f"{elf.stem}: flash", kilobytes(flash), f"≤ {kilobytes(budget['FLASH'])}")
        row(f"{elf.stem}: static RAM, stack and apps' arena apart", kilobytes(size[".data"] + size[".bss"]), f"≤ {kilobytes(budget['STATIC_RAM'])}")


main()
