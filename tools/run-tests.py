#!/usr/bin/env python3
"""Runs every CTest test of a build and ends with `N passed, N failed, N skipped`.

A test counts as skipped only when it says so itself (GTEST_SKIP, exit code 77). No test at all is a failure.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def run_ctest(build, name_filter, junit):
    command = ["ctest", "--test-dir", build, "-j", str(os.cpu_count() or 1), "--output-on-failure", "--timeout", "900", "--output-junit", junit, "--no-tests=error"]
    if name_filter:
        command += ["-R", name_filter]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    for line in process.stdout:  # thousands of lines of `Passed` hide the others
        if not re.match(r"^\s*(Start\s+\d+:|\d+/\d+ Test\s+#\d+: .*\bPassed\b)", line):
            print(line, end="", flush=True)
    return process.wait()


def counts(junit):
    suite = ElementTree.parse(junit).getroot()
    cases = suite.findall("testcase")
    failed = sum(case.get("status") not in ("run", "notrun", "disabled") for case in cases)
    skipped = sum(case.get("status") in ("notrun", "disabled") for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def print_skipped(junit):
    """A skipped test tells why in its output; that must not go under."""
    for case in ElementTree.parse(junit).getroot().findall("testcase"):
        if case.get("status") in ("notrun", "disabled"):
            output = (case.findtext("system-out") or "").strip().splitlines()
            print(f"SKIPPED {case.get('name')}: {' '.join(output[-3:])[:400]}")


def print_suites(junit):
    """What suites of many cases in one test have counted: `name  passed N  failed N  skipped N ...`."""
    for case in ElementTree.parse(junit).getroot().findall("testcase"):
        for line in re.findall(r"^\S+ +passed +\d+ +failed .*$", case.findtext("system-out") or "", re.M):
            print(f"{case.get('name')}: {line}")


def print_slowest(junit, most):
    cases = ElementTree.parse(junit).getroot().findall("testcase")
    slow = sorted(cases, key=lambda case: -float(case.get("time") or 0))[:most]
    print("slowest: " + ", ".join(f"{case.get('name')} {float(case.get('time') or 0):.1f} s" for case in slow))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="CMake build folder")
    parser.add_argument("--filter", default="", help="regular expression for test names")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        junit = str(pathlib.Path(folder) / "junit.xml")
        code = run_ctest(args.build, args.filter, junit)
        if not pathlib.Path(junit).is_file():
            print("no test ran", file=sys.stderr)
            return 1
        passed, failed, skipped = counts(junit)
        print_skipped(junit)
        print_suites(junit)
        print_slowest(junit, 5)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if code == 0 and failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
