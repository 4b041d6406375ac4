#!/usr/bin/env python3
"""size.py ELF MAP: who takes how much flash and RAM in a firmware image, by area of the tree and third-party library.

The linker's map says where the image's pieces come from. Link-time optimisation merges and inlines across files, so its pieces are told apart by
the debug information: code by the line table (inlined code counts for the file it was written in), constants and variables by their name.
"""

import bisect
import collections
import pathlib
import re
import subprocess
import sys

# Where an input object or source file comes from -> the area it counts for; the first match wins.
AREAS = [
    (r"mbedtls|tfpsacrypto|p256-m", "Mbed TLS"),
    (r"lwip", "lwIP"),
    (r"libgcc", "libgcc"),
    (r"libc\.a|libm\.a|picolibc|libstdc\+\+|libsupc\+\+|crt0", "libc, libstdc++"),
    (r"wasmbed_?wasm|core/wasm", "core/wasm"),
    (r"wasmbed_?link|core/link", "core/link"),
    (r"wasmbed_?proto|core/proto", "core/proto"),
    (r"wasmbed_?hostapi|core/hostapi", "core/hostapi"),
    (r"wasmbed_?base|core/base", "core/base"),
    (r"transport|crypto", "device/runtime: TLS, crypto"),
    (r"runtime|wasmbed_(apps|store)", "device/runtime"),
    (r"drivers|device/hal|wasmbed_?hal", "device/drivers, hal"),
    (r"boards|firmware|vectors", "device/boards, firmware"),
]
# "  .text.name  0xaddress  0xsize  archive(member)", the name possibly on a line of its own.
PIECE = re.compile(r"^ (?P<section>\.[^\s]+|COMMON)\s+0x(?P<address>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+)\s+(?P<file>\S.*)$")
# What the compiler appends to the name of a function or variable, and the kind of section in front of it.
AFFIXES = re.compile(r"^\.(text|rodata|data|bss)\.((unlikely|startup)\.)?|(\.(constprop|isra|part|lto_priv|cold|localalias|str1|cst\d+|\d+))+$")
HEADERS_OF_THE_COMPILER = re.compile(r"^/usr/|<artificial>|<built-in>")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout.splitlines()


def sections(elf):
    for line in run("arm-none-eabi-objdump", "-h", "-w", elf):
        cells = line.split()
        if len(cells) > 6 and cells[0].isdigit() and "ALLOC" in line:
            yield {"name": cells[1], "size": int(cells[2], 16), "address": int(cells[3], 16), "load": "LOAD" in line, "readonly": "READONLY" in line}


def pieces(map_file):
    body = open(map_file, encoding="utf-8", errors="replace").read().split("Linker script and memory map", 1)[-1]
    body = re.sub(r"^( \.[^\s]+)\n\s+", r"\1 ", body, flags=re.M)
    for line in body.splitlines():
        match = PIECE.match(line)
        # Debug information and dropped sections are listed at address 0, where the code of some boards begins.
        placed = match and not match["section"].startswith((".debug", ".comment", ".ARM.attributes"))
        if placed and (int(match["address"], 16) > 0 or match["section"] == ".vectors"):
            yield match["section"], int(match["address"], 16), int(match["size"], 16), match["file"]


def area_of(file):
    return next((name for pattern, name in AREAS if re.search(pattern, file)), "other")


class DebugInfo:
    """What the debug information says about code addresses and about names."""

    def __init__(self, elf):
        self.rows = sorted(self.line_rows(elf), key=lambda row: row[0])  # (address, area or None for a header of the compiler's)
        self.files = dict(self.named_files(elf))

    @staticmethod
    def line_rows(elf):
        area = None
        for line in run("arm-none-eabi-objdump", "--dwarf=decodedline", elf):
            if line.endswith(":") and not line.startswith("Contents"):
                area = None if HEADERS_OF_THE_COMPILER.search(line) else area_of(line)
            elif match := re.match(r"\S+\s+\d+\s+0x([0-9a-f]+)", line):
                yield int(match[1], 16), area

    @staticmethod
    def named_files(elf):
        """Functions and variables by name -> the source file that was compiled."""
        unit, name, is_unit = "", "", False
        for line in run("arm-none-eabi-objdump", "--dwarf=info", elf):
            if "Abbrev Number" in line:
                is_unit = "DW_TAG_compile_unit" in line
            elif match := re.search(r"DW_AT_(linkage_)?name\s*:.*?([^\s:]+)\s*$", line):
                if is_unit:
                    unit = match[2]
                elif "<artificial>" not in unit:
                    yield match[2], unit

    def code(self, address, size, default):
        """(area, bytes) of a piece of code; what a header of the compiler's contributes counts for the code around it."""
        first = bisect.bisect_left(self.rows, address, key=lambda row: row[0])
        at, area = address, default
        for row_address, row_area in self.rows[first:]:
            if row_address >= address + size:
                break
            yield area, row_address - at
            at, area = row_address, row_area or area
        yield area, address + size - at

    def source_of(self, name):
        """The file that a function or variable comes from. The debug information has no mangled names of what is local to a file: the namespace
        tells the library, and outside of ours the plain name the file."""
        if name in self.files:
            return self.files[name]
        if match := re.search(r"7wasmbed\d+([a-z]+)", name):
            return f"wasmbed_{match[1]}"
        match = re.match(r"_ZN12_GLOBAL__N_1L?\d+(\w+)E", name)
        return self.files.get(match[1], name) if match else name

    def split(self, section, address, size):
        area = area_of(self.source_of(AFFIXES.sub("", section)))
        return self.code(address, size, area) if section.startswith(".text") else [(area, size)]


def budgets(board):
    """Bytes by name, of the board's budget.h; a value may be what another one leaves. None for an image that is no board's."""
    file = pathlib.Path(__file__).parents[1] / "device/boards" / board / "budget.h"
    if not file.exists():
        return None
    text = file.read_text()
    return {name: int(value, 16) if value.startswith("0x") else int(value) for name, value in re.findall(r"#define BUDGET_(\w+)[ \\\n]+(0x[0-9A-Fa-f]+|\d+)", text)}


def print_budget(board, parts):
    """Flash and static RAM as the linker script checks them."""
    size = collections.Counter({s["name"]: s["size"] for s in parts})
    budget = budgets(board)
    if budget is None:
        return
    for what, used, name in (("flash", size[".text"] + size[".ARM.exidx"] + size[".data"], "FLASH"), ("static RAM", size[".data"] + size[".bss"], "STATIC_RAM")):
        print(f"{board}: {what} {used:,} of {budget[name]:,} bytes")


def main(elf, map_file):
    parts, debug = list(sections(elf)), None
    flash, ram = collections.Counter(), collections.Counter()
    for section, address, size, file in pieces(map_file):
        home = next((s for s in parts if size and s["address"] <= address < s["address"] + s["size"]), None)
        if home is None:
            continue
        merged = ".ltrans" in file
        if merged and debug is None:
            debug = DebugInfo(elf)
        for area, count in debug.split(section, address, size) if merged else [(area_of(file), size)]:
            if home["load"]:
                flash[area] += count
            if not home["readonly"]:
                ram[area] += count
    print(elf)
    print_budget(pathlib.Path(elf).stem, parts)
    print(f"{'area':32} {'flash':>9} {'RAM':>9}")
    for name in sorted(set(flash) | set(ram), key=lambda n: -flash[n]):
        print(f"{name:32} {flash[name]:9,} {ram[name]:9,}")
    print(f"{'sum':32} {sum(flash.values()):9,} {sum(ram.values()):9,}")
    for s in parts:
        print(f"  section {s['name']:20} {s['size']:9,} bytes at 0x{s['address']:08x}{' (in the image)' if s['load'] else ''}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
