#!/usr/bin/env python3
"""size.py ELF MAP: who takes how much flash and RAM in a firmware image, by area of the tree and third-party library, from the linker's map."""

import collections
import re
import subprocess
import sys

# Where an input object comes from -> the area it counts for; the first match wins.
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
    (r"runtime", "device/runtime"),
    (r"drivers", "device/drivers"),
    (r"boards|firmware", "device/boards, firmware"),
]
# "  .text.name  0xaddress  0xsize  archive(member)", the name possibly on a line of its own.
PIECE = re.compile(r"^ (?P<section>\.[^\s]+|COMMON)\s+0x(?P<address>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+)\s+(?P<file>\S.*)$")


def sections(elf):
    out = subprocess.run(["arm-none-eabi-objdump", "-h", "-w", elf], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
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
            yield int(match["address"], 16), int(match["size"], 16), match["file"]


def area_of(file):
    return next((name for pattern, name in AREAS if re.search(pattern, file)), "other")


def main(elf, map_file):
    parts = list(sections(elf))
    flash, ram = collections.Counter(), collections.Counter()
    for address, size, file in pieces(map_file):
        home = next((s for s in parts if size and s["address"] <= address < s["address"] + s["size"]), None)
        if home is None:
            continue
        if home["load"]:
            flash[area_of(file)] += size
        if not home["readonly"]:
            ram[area_of(file)] += size
    print(elf)
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
