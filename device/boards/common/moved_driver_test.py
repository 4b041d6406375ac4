#!/usr/bin/env python3
"""The device tree alone says where a driver works: moved there to the second UART, the console of mps2-an385 speaks on the second UART.

What the board's tree reaches (composition, vectors) is compiled anew against the constants of the changed tree, and linked with everything else as it is.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BOARD = "mps2-an385"
BUILD = pathlib.Path(os.environ.get("WASMBED_FIRMWARE_BUILDS", ROOT / "build/fw")) / BOARD
FIRST = "reg = <0x40004000 0x1000>;\n\t\t\tinterrupts = <0>, <1>;"
SECOND = "reg = <0x40005000 0x1000>;\n\t\t\tinterrupts = <2>, <3>;"  # UART 1, DAI 0385 table "Interrupts"
LIMIT = 60  # seconds; a boot takes milliseconds


class MovedDriver(unittest.TestCase):
    def setUp(self):
        if not (BUILD / "build.ninja").is_file():
            self.skipTest(f"{BUILD} is not built")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def constants_of_moved_tree(self):
        for name in ("mps2", BOARD):
            (self.folder / name).mkdir()
            for source in (*(ROOT / "device/boards" / name).glob("*.dts"), *(ROOT / "device/boards" / name).glob("*.dtsi")):
                (self.folder / name / source.name).write_text(source.read_text().replace(FIRST, SECOND))
        blob = self.folder / f"{BOARD}.dtb"
        subprocess.run(["dtc", "-q", "-@", "-O", "dtb", "-o", blob, self.folder / BOARD / f"{BOARD}.dts"], check=True)
        generated = self.folder / "generated"
        generated.mkdir()
        subprocess.run([sys.executable, HERE / "dt_constants.py", blob, "--header", generated / "board_dt.hpp", "--linker", generated / "board_dt.ld.h"], check=True)
        self.assertIn("kBase = 0x40005000", (generated / "board_dt.hpp").read_text().split("namespace console {")[1].split("}  // namespace console")[0])
        return generated

    def build_probe(self, generated):
        """The build's own commands for the board's objects and the image, with other constants and other outputs."""
        commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "probe/probe.elf"], check=True, capture_output=True, text=True).stdout.splitlines()
        moved = {}
        for command in commands:
            output = re.search(r" -o (\S*wasmbed_board\.dir\S+\.obj) -c ", command)
            if output:
                moved[output[1]] = str(self.folder / pathlib.Path(output[1]).name)
                command = re.sub(r"-I\S*/generated\b", f"-I{generated}", command).replace(f" -o {output[1]} ", f" -o {moved[output[1]]} ")
                command = re.sub(r" -MD -MT \S+ -MF \S+", "", command)
                subprocess.run(shlex.split(command), cwd=BUILD, check=True, capture_output=True, text=True)
        self.assertTrue(moved)
        link = next(command for command in commands if " -o probe/probe.elf " in command)
        link = re.search(r"\S*arm-none-eabi-g\+\+ .*?(?= && |$)", link)[0]
        for old, new in moved.items():
            link = link.replace(old, new)
        link = link.replace(" -o probe/probe.elf ", f" -o {self.folder}/probe.elf ")
        link = re.sub(r"-Map=\S+", f"-Map={self.folder}/probe.map", link)
        subprocess.run(shlex.split(link), cwd=BUILD, check=True, capture_output=True, text=True)
        return self.folder / "probe.elf"

    def first_line(self, image, serials):
        board = subprocess.Popen(["qemu-system-arm", "-machine", BOARD, "-kernel", image, "-nic", "none", "-display", "none", "-monitor", "none", *serials],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        guard = threading.Timer(LIMIT, board.kill)
        guard.start()
        try:
            return board.stdout.readline()
        finally:
            guard.cancel()
            board.kill()
            board.wait()
            board.stdout.close()

    def test_the_console_follows_its_node(self):
        image = self.build_probe(self.constants_of_moved_tree())
        self.assertIn("probe reset power-on", self.first_line(image, ["-serial", "null", "-serial", "stdio"]))
        self.assertIn("probe reset power-on", self.first_line(BUILD / "probe/probe.elf", ["-serial", "stdio"]))


if __name__ == "__main__":
    unittest.main()
