#!/usr/bin/env python3
"""Runs the test programs for Cortex-M (cmake/cortex_m_image.cmake) that are built on their boards in QEMU: unit tests, the official
WebAssembly suite, interrupted programs, generated modules.

WASMBED_BOARDS: the boards, mps2-an385 by default. `./dev check` runs the others of the family, whose programs the target cortex_m_images of
their firmware builds. WASMBED_MODULES, WASMBED_SEED: how many modules are generated, 500 by default, and the first one's seed.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = pathlib.Path(os.environ.get("WASMBED_FIRMWARE_BUILDS", ROOT / "build/fw"))
HOST = pathlib.Path(os.environ.get("WASMBED_BUILD", ROOT / "build/host"))
SUITE = pathlib.Path(os.environ.get("WASM_SPEC_DIR", ROOT.parent / "shared/wasm-spec"))
LIMIT = 300  # seconds; the longest takes ten
SKIPPED = 77
MODULES = os.environ.get("WASMBED_MODULES", "500")
SEED = os.environ.get("WASMBED_SEED", "1")


def qemu(board, image, folder):
    """Runs `image` until it ends QEMU; its exit status and all it printed."""
    binary = json.loads((ROOT / "device/boards" / board / "emulator.json").read_text())["binary"]
    command = [binary, "-M", board, "-display", "none", "-monitor", "none", "-serial", "none",
               "-semihosting-config", "enable=on,target=native", "-kernel", image]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=LIMIT)
    return done.returncode, done.stdout


def ends(output):
    """Of each program in the output of wasm_resume: how it ended, and the units of fuel it took, which it stopped behind. Where a trap lies in the
    image may differ: the host's has other headers."""
    found = re.findall(r"^(\S+\.wasm) +(.+?)(?: at \d+)? +stopped +(\d+) times at +(\d+) places", output, re.M)
    assert found, output
    return {name: rest for name, *rest in found}


class Board:
    BOARD = ""

    def run_image(self, name, prepare=None):
        image = FIRMWARE / self.BOARD / "cortex_m" / f"{name}.elf"
        with tempfile.TemporaryDirectory() as folder:
            if prepare:
                prepare(pathlib.Path(folder))
            status, output = qemu(self.BOARD, image, folder)
        self.assertEqual(status, 0, output)
        return output

    def test_unit_tests_of_the_engine_pass(self):
        self.assertRegex(self.run_image("wasm_test"), r"\[  PASSED  \] \d+ tests")

    def test_unit_tests_of_the_smallest_engine_pass(self):
        self.assertRegex(self.run_image("wasm_smallest_test"), r"\[  PASSED  \] \d+ tests")

    def test_unit_tests_of_several_memories_pass(self):
        self.assertRegex(self.run_image("wasm_multi_memory_test"), r"\[  PASSED  \] \d+ tests")

    def official_suite(self, image):
        def pack(folder):
            done = subprocess.run([HOST / "bin/wasm_spec", SUITE, "--pack", folder / "suite.pack"], stdout=subprocess.PIPE, text=True)
            if done.returncode == SKIPPED:
                self.skipTest(f"SPEC SUITE NOT FOUND in {SUITE}. Set WASM_SPEC_DIR.")
            self.assertEqual(done.returncode, 0, done.stdout)

        sys.stdout.write("\n" + self.run_image(image, pack))

    def test_official_suite_has_the_pinned_counts(self):
        self.official_suite("wasm_spec")

    def test_official_suite_has_the_pinned_counts_with_few_forms(self):
        self.official_suite("wasm_spec_few_forms")

    def test_interrupted_programs_end_as_uninterrupted_ones(self):
        def list_programs(folder):
            shutil.copy(HOST / "wasm_programs/programs.txt", folder)

        output = self.run_image("wasm_resume", list_programs)
        sys.stdout.write("\n" + output)
        host = subprocess.run([HOST / "bin/wasm_resume"], cwd=HOST / "wasm_programs", stdout=subprocess.PIPE, text=True)
        self.assertEqual(ends(output), ends(host.stdout), "results or fuel differ between the board and the host")

    def generated_modules(self, image):
        def pack(folder):
            subprocess.run([HOST / "bin/wasm_random_pack", SEED, MODULES, folder / "random.pack"], check=True)

        sys.stdout.write("\n" + self.run_image(image, pack))

    def test_generated_modules_do_what_they_do_on_the_host(self):
        self.generated_modules("wasm_random")

    def test_generated_modules_do_the_same_with_few_forms(self):
        self.generated_modules("wasm_random_few_forms")


for board in os.environ.get("WASMBED_BOARDS", "mps2-an385").split():
    if not (FIRMWARE / board / "cortex_m/wasm_spec.elf").is_file():
        raise SystemExit(f"the test programs for {board} are not built: ninja -C {FIRMWARE / board} cortex_m_images")
    globals()[board.replace("-", "_")] = type(board, (Board, unittest.TestCase), {"BOARD": board})

if __name__ == "__main__":
    unittest.main()
