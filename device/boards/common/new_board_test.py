#!/usr/bin/env python3
"""Behaviour of new_board.py: a new folder is a board of its own at once, and wrong wishes are explained."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import new_board  # noqa: E402


class NewBoard(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.boards = pathlib.Path(folder.name)

    def test_the_folder_has_what_a_board_needs_under_its_own_name(self):
        made = new_board.make("my-board", "mps2-an505", self.boards)
        self.assertEqual({path.name for path in made.iterdir()}, {"CMakeLists.txt", "README.md", "budget.h", "cpu.cmake", "emulator.json", "my-board.dts"})
        self.assertIn("mps2_board(my-board)", (made / "CMakeLists.txt").read_text())
        self.assertTrue((made / "README.md").read_text().startswith("# my-board"))
        self.assertIn("mps2-an505,memory-backend", (made / "emulator.json").read_text(), "the emulator's machine keeps its name")

    def test_its_tree_compiles_beside_the_family(self):
        made = new_board.make("my-board", "mps2-an385", self.boards)
        (self.boards / "mps2").symlink_to(new_board.BOARDS / "mps2")
        run = subprocess.run(["dtc", "-@", "-O", "dtb", "-o", "/dev/null", made / "my-board.dts"], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_what_cannot_be_made_is_said(self):
        for name, like, why in (
            ("My Board", "mps2-an385", "is no name for a board"),
            ("../up", "mps2-an385", "is no name for a board"),
            ("my-board", "sim", "there are: mps2-an385"),
            ("x" * 33, "mps2-an385", "at most 32 characters"),
        ):
            with self.assertRaisesRegex(ValueError, why):
                new_board.make(name, like, self.boards)
        new_board.make("my-board", "mps2-an385", self.boards)
        with self.assertRaisesRegex(ValueError, "exists already"):
            new_board.make("my-board", "mps2-an385", self.boards)


if __name__ == "__main__":
    unittest.main()
