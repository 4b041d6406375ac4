#!/usr/bin/env python3
"""The repository's own order: who may include whom, formatting, the folder map, and words that do not belong in the tree."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Area (longest prefix wins) -> prefixes of the areas that it may include, besides itself. ARCHITECTURE.md shows the same arrows.
CORE = ["core/"]
MAY_INCLUDE = {
    "core/base": [],
    "core/proto": ["core/base"],
    "core/link": ["core/proto", "core/base"],
    "core/hostapi": ["core/base"],
    "core/wasm": ["core/base", "core/hostapi"],
    "core/scheme": ["core/base", "core/hostapi"],
    "device/hal": ["core/base"],
    "device/drivers": ["device/hal", "core/base"],
    "device/third_party": [],
    "device/runtime": ["device/hal", "device/third_party", *CORE],
    "device/boards": ["device/drivers", "device/hal", "core/base"],
    "device/boards/sim": ["device/", *CORE],  # its composition root lives in the board's folder: it is a Linux program
    "device/firmware": ["device/runtime", "device/boards", "device/drivers", "device/hal", *CORE],
    "host": ["host/", *CORE],
    "services/apiserver": ["host/", *CORE],
    "services/controller": ["host/", *CORE],
    "services/gateway": ["host/", *CORE],
    "services/emulator": ["host/", *CORE],
    "services/simulator": ["host/", *CORE],
    "services/web": ["host/", *CORE],
    "cmd": ["services/", "host/", *CORE],
    "sdk": ["core/hostapi"],
    "examples": ["sdk/"],
    "tests": [""],
    "bench": [""],
    "tools": [""],
}
ANYTHING = re.compile(r"(_test|_fuzz|_bench)\.(cpp|hpp)$|/testing/|/contract/|/test/")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
TOP = ("core/", "device/", "host/", "services/", "cmd/", "sdk/", "examples/", "tests/", "bench/", "tools/")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in out.split("\0") if name and (ROOT / name).is_file())


def area(path):
    fits = [name for name in MAY_INCLUDE if path.startswith(name + "/")]
    return max(fits, key=len) if fits else None


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


class Tidiness(unittest.TestCase):
    def test_includes_follow_the_arrows_of_the_architecture(self):
        wrong = []
        for name in tracked("*.cpp", "*.hpp", "*.c", "*.h"):
            here = area(name)
            self.assertIsNotNone(here, f"{name} lies in no folder of the map")
            if ANYTHING.search(name):
                continue
            for included in INCLUDE.findall(text(name)):
                if not included.startswith(TOP):
                    continue
                there = area(included)
                allowed = MAY_INCLUDE[here]
                if there != here and not any(included.startswith(prefix) for prefix in allowed):
                    wrong.append(f"{name} includes {included}")
        self.assertEqual(wrong, [])

    def test_sources_are_formatted(self):
        names = tracked("*.cpp", "*.hpp", "*.c", "*.h")
        run = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *names], cwd=ROOT, capture_output=True, text=True)
        wrong = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error", run.stderr, re.M)))
        self.assertEqual(wrong, [], "run ./dev fmt")

    def test_folder_map_of_architecture_is_true(self):
        block = re.search(r"```text\n(.*?)```", text("ARCHITECTURE.md"), re.S)
        self.assertIsNotNone(block, "ARCHITECTURE.md has no ```text folder map")
        listed = set(re.findall(r"^([a-z_/]+)/\s", block.group(1), re.M))
        for folder in listed:
            self.assertTrue((ROOT / folder).is_dir(), f"ARCHITECTURE.md lists {folder}/, which is not there")
        there = {str(pathlib.Path(name).parent) for name in tracked() if name.count("/") >= 1}
        for folder in sorted(there):
            top = folder.split("/")[0]
            if top.startswith("."):
                continue
            self.assertTrue(any(folder == entry or folder.startswith(entry + "/") or entry.startswith(folder + "/") for entry in listed), f"{folder}/ is not in the folder map of ARCHITECTURE.md")

    def test_folders_with_more_than_three_source_files_have_a_readme(self):
        count = {}
        for name in tracked("*.cpp", "*.hpp", "*.c", "*.h", "*.py"):
            folder = str(pathlib.Path(name).parent)
            count[folder] = count.get(folder, 0) + 1
        wrong = [folder for folder, files in count.items() if files > 3 and not (ROOT / folder / "README.md").is_file()]
        self.assertEqual(sorted(wrong), [])

    def test_prose_claims_no_status_and_names_no_machine(self):
        claims = re.compile(r"production[ -]ready|fully (implemented|functional)|100 ?% complete|\u2705|\u2714|\U0001F680", re.I)
        places = re.compile(r"(^|[^\w./-])/(work|home|root)/\w", re.M)
        wrong = []
        for name in tracked():
            if name.startswith("tests/tidiness/") or not name.endswith((".md", ".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".cmake", ".txt", ".yaml", ".json", ".dts", ".cddl")):
                continue
            content = text(name)
            if name.endswith(".md") and claims.search(content):
                wrong.append(f"{name}: claims a status")
            if places.search(content):
                wrong.append(f"{name}: a path of somebody's machine")
        self.assertEqual(wrong, [])

    def test_decisions_have_numbers_of_their_own(self):
        numbers = [pathlib.Path(name).name[:4] for name in tracked("docs/adr/*.md")]
        self.assertEqual(sorted(numbers), sorted(set(numbers)), "two decisions in docs/adr have one number")

    def test_links_of_documents_lead_to_files(self):
        wrong = []
        for name in tracked("*.md"):
            for target in re.findall(r"\]\(([^)#\s]+)", text(name)):
                if "://" not in target and not (ROOT / name).parent.joinpath(target).exists():
                    wrong.append(f"{name}: {target}")
        self.assertEqual(wrong, [])

    def test_shell_scripts_parse(self):
        for name in ["dev", ".ci/run", *tracked("*.sh")]:
            run = subprocess.run(["bash", "-n", name], cwd=ROOT, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, f"{name}: {run.stderr}")


if __name__ == "__main__":
    unittest.main()
