#!/usr/bin/env python3
"""Fails when a firmware image contains what it must not: a heap, exceptions, run-time type information.

    check_image.py --nm arm-none-eabi-nm IMAGE.elf
"""
import argparse
import re
import subprocess
import sys

# Symbol (mangled) -> what it means when it is there.
FORBIDDEN = [
    (r"^_?(malloc|free|calloc|realloc|_malloc_r|_free_r|sbrk|_sbrk)$", "a heap"),
    (r"^_Zn[wa]", "operator new"),
    (r"^__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception)|^_Unwind_|^__gxx_personality", "exceptions"),
    (r"^_ZT[IS]", "run-time type information"),
]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--nm", default="nm")
    options.add_argument("image")
    arguments = options.parse_args()
    listing = subprocess.run([arguments.nm, "--defined-only", "--format=posix", arguments.image], check=True, capture_output=True, text=True)
    found = []
    for line in listing.stdout.splitlines():
        symbol = line.split()[0]
        found += [f"{arguments.image}: {symbol} ({meaning})" for pattern, meaning in FORBIDDEN if re.search(pattern, symbol)]
    if found:
        sys.exit("\n".join(["firmware must contain no heap, exceptions or RTTI, but has:", *found]))


if __name__ == "__main__":
    main()
