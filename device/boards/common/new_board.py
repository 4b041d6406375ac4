#!/usr/bin/env python3
"""Makes the folder of a new board out of that of another: `./dev board new NAME [--like BOARD]` (docs/guides/new-board.md).

The new folder builds and runs at once, as the board it was made from; what is to be changed is listed at the end.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

BOARDS = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAMED_IN = {"CMakeLists.txt", "README.md"}
NEXT = """
Made {folder}, which is {like} under another name. Now change, in this order:
  {name}.dts      core, memory, peripherals, partitions: the only place of their addresses
  cpu.cmake       compiler flags of the core
  budget.h        what an image may use
  emulator.json   how it is emulated; without an emulator, delete it and say so in README.md
  README.md       sources of every number, and what is different
The guide: docs/guides/new-board.md. Build and try it:
  ./dev build && ./dev run --once --board {name}
"""


def microcontrollers():
    return sorted(flags.parent.name for flags in BOARDS.glob("*/cpu.cmake"))  # `sim` has a tree too, and no core


def tracked_files(folder):
    """Files of the board that belong to the repository, or all of them outside of one."""
    listed = subprocess.run(["git", "ls-files", "-z", "--", "."], cwd=folder, capture_output=True, text=True)
    names = [name for name in listed.stdout.split("\0") if name] if listed.returncode == 0 else []
    return names or [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def make(name, like, boards=BOARDS):
    """The new folder. An error is a line for people."""
    if not NAME.fullmatch(name) or len(name) > 32:
        raise ValueError(f"'{name}' is no name for a board: lower-case words with hyphens, at most 32 characters")
    if like not in microcontrollers():
        raise ValueError(f"there is no board '{like}' to start from; there are: {', '.join(microcontrollers())}")
    folder = boards / name
    if folder.exists():
        raise ValueError(f"{folder} exists already")
    for file in tracked_files(BOARDS / like):
        target = folder / file.replace(like, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (BOARDS / like / file).read_text()
        # Elsewhere the name is not the board's: QEMU's machine, the tree's `compatible`.
        target.write_text(text.replace(like, name) if file in NAMED_IN else text)
    return folder


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=["new"])
    options.add_argument("name", help="name of the board, as in `frdm-k64f`")
    options.add_argument("--like", default="mps2-an385", help="board to start from (default: %(default)s)")
    arguments = options.parse_args()
    try:
        folder = make(arguments.name, arguments.like)
    except ValueError as error:
        sys.exit(f"dev board: {error}")
    print(NEXT.format(folder=folder.relative_to(BOARDS.parents[1]), name=arguments.name, like=arguments.like).strip())


if __name__ == "__main__":
    main()
