#!/usr/bin/env python3
"""small_memory.py IN OUT: gives a module a memory of as many bytes as it uses, in pages of one byte (custom page sizes proposal).

wasm-ld knows pages of 64 KiB only. A module linked without a heap uses its data and its stack, which end where the stack pointer, its first global,
begins. Modules whose memory is imported, or whose first global is no i32 constant, are refused.
"""

import sys


def leb(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if value == 0:
            return bytes(out)


def read_leb(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def sections(data):
    at = 8
    while at < len(data):
        number = data[at]
        size, at = read_leb(data, at + 1)
        yield number, data[at : at + size]
        at += size


def stack_top(globals_section):
    count, at = read_leb(globals_section, 0)
    if count == 0 or globals_section[at] != 0x7F or globals_section[at + 2] != 0x41:
        sys.exit("small_memory.py: the first global is not the stack pointer: link with wasm-ld, without a heap")
    return read_leb(globals_section, at + 3)[0]


def main(source, target):
    data = open(source, "rb").read()
    parts = list(sections(data))
    found = dict(parts)
    if data[:8] != b"\0asm\1\0\0\0" or 5 not in found or 6 not in found:
        sys.exit(f"small_memory.py: {source} is not a module with a memory and a stack pointer of its own")
    memory = b"\x01\x08" + leb(stack_top(found[6])) + b"\x00"
    out = data[:8]
    for number, content in parts:
        content = memory if number == 5 else content
        out += bytes([number]) + leb(len(content)) + content
    open(target, "wb").write(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
