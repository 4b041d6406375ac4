#!/usr/bin/env python3
"""Is the place that the engine names for each invalid or malformed module of the official suite the offending instruction or field?

The reference is wabt's wasm-validate, whose errors have an offset too, and module_walk.py, which knows where instructions and fields begin and
end. wasm-validate mostly says where it stood behind what it refuses; `reference` says what that is for each kind of its messages. The engine's
offset must lie in it. offsets_exceptions.txt lists the modules where wasm-validate says nothing or something else, each with the offset that is
right and why.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from module_walk import Walk  # noqa: E402

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("WASMBED_BUILD", ROOT / "build/host"))
SUITE = pathlib.Path(os.environ.get("WASM_SPEC_DIR", ROOT.parent / "shared/wasm-spec"))
SKIPPED = 77
FEATURES = {"tail-call": ["--enable-tail-call"], "extended-const": ["--enable-extended-const"], "custom-page-sizes": ["--enable-multi-memory"]}

# Of each suite: offsets that lie where wasm-validate says, and exceptions. A change says what the engine or the list can do: why, in the commit.
PINNED = {"wasm-2.0": (2188, 8), "tail-call": (24, 0), "extended-const": (91, 2), "custom-page-sizes": (121, 4)}


class Refusal:
    """A module that the engine refused: why and where."""

    def __init__(self, line):
        self.suite, self.script, self.line, self.file, self.kind, self.offset, self.rule = line.split(" ", 6)
        self.offset = int(self.offset)

    @property
    def key(self):
        return self.suite, self.script, int(self.line)

    @property
    def path(self):
        return SUITE / self.suite / self.script / self.file


def first_error_of_wabt(refusal):
    """Its offset and message; None if wasm-validate takes the module."""
    command = ["wasm-validate", "--disable-simd", *FEATURES.get(refusal.suite, []), refusal.path]
    text = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", timeout=60).stderr
    found = re.search(r"([0-9a-f]{7,8}): error: (.*)", text)
    return (int(found[1], 16), found[2]) if found else None


def reference(walk, rule, offset, message):
    """The instruction or field that wasm-validate means, as [start, end)."""
    if re.match(r"unable to read|unfinished section|function body must end", message):
        return walk.piece_from(offset)  # it has not gone on: what cannot be read begins here, or all that there was ends here
    if re.match(r"function signature count", message):
        return walk.piece_from(offset) if offset == len(walk.module) else walk.piece_to(offset)  # there is no code section, or another count
    if re.match(r"invalid section code|multiple \w+ sections|section \w+ out of order", message):
        return walk.piece_before(walk.piece_to(offset)[0])  # it has read the size too
    if re.match(r"duplicate export", message):
        return walk.last_of("name", offset)
    if re.search(r"in implicit return|at end of function", message):
        return walk.last_instruction(offset)  # the `end` itself has no offset there
    if re.search(r"`if true` branch", message):
        return walk.next_instruction(offset - 1, (0x05, 0x0B))
    if re.search(r"type mismatch (in|at end of) initializer|at elem expression|expected END opcode", message):
        return walk.next_instruction(offset, (0x0B,))  # of the expression, where its type is known
    if re.match(r"expected ref\.null or ref\.func", message) and rule == "type mismatch":
        return walk.next_instruction(offset, (0x0B,))
    return walk.piece_to(offset)


def read_exceptions():
    """{(suite, script, line): offset}"""
    listed = {}
    for text in (HERE / "offsets_exceptions.txt").read_text().splitlines():
        if text and not text.startswith("#"):
            suite, script, line, offset, _ = text.split(None, 4)
            listed[suite, script, int(line)] = int(offset)
    return listed


class Offsets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("wasm-validate") is None:
            raise unittest.SkipTest("NO wasm-validate: OFFSETS OF REFUSALS WERE NOT CHECKED. Install the Debian package wabt.")
        done = subprocess.run([BUILD / "bin/wasm_spec", SUITE, "--refusals"], stdout=subprocess.PIPE, text=True, timeout=300)
        if done.returncode == SKIPPED:
            raise unittest.SkipTest(f"SPEC SUITE NOT FOUND in {SUITE}. Set WASM_SPEC_DIR.")
        assert done.returncode == 0, done.stdout
        cls.refusals = [Refusal(line) for line in done.stdout.splitlines()]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            cls.theirs = list(threads.map(first_error_of_wabt, cls.refusals))

    def test_offsets_lie_in_the_offending_instruction_or_field(self):
        exceptions = read_exceptions()
        counts = {suite: [0, 0] for suite in PINNED}
        wrong = []
        for refusal, theirs in zip(self.refusals, self.theirs):
            count = counts.setdefault(refusal.suite, [0, 0])
            if refusal.key in exceptions:
                right = refusal.offset == exceptions.pop(refusal.key)
                count[1] += 1
            else:
                start, end = reference(Walk(refusal.path.read_bytes()), refusal.rule, *theirs) if theirs else (-1, -1)
                right = start <= refusal.offset < end or refusal.offset == start
                count[0] += right
            if not right:
                wrong.append(f"{refusal.suite} {refusal.script} {refusal.line} ({refusal.file}): {refusal.rule} at {refusal.offset}; wabt: {theirs}")
        for suite, (agreed, excepted) in counts.items():
            print(f"{suite:20} offsets as wasm-validate says {agreed:5}  exceptions {excepted:3}")
        self.assertEqual(wrong, [], "\n".join(wrong))
        self.assertEqual(list(exceptions), [], "listed, but not refused by the suite")
        self.assertEqual({suite: tuple(count) for suite, count in counts.items()}, PINNED)


if __name__ == "__main__":
    unittest.main()
