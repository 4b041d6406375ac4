#!/usr/bin/env python3
"""What docs/guides/troubleshooting.md quotes is in the sources, and every reason that users see is on the page: who searches finds it."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/guides/troubleshooting.md"


NOT_OURS = ("False", "Unknown", "?", "is required", "Could not convert")  # of Kubernetes, kubectl and CLI11
# Words of Kubernetes and of its API, names of kinds, values of specs, states: no reason that needs an explanation.
NO_REASONS = set(
    """AsExpected AllReady Complete Completed Running Serving SessionOpen Accepted Connected CertificateIssued CertificateExpires
    RolloutComplete RolloutStep RevisionCreated RollingOut Backoff
    BadRequest Conflict Forbidden NotFound AlreadyExists MethodNotAllowed NotAcceptable UnsupportedMediaType Expired InternalError Invalid Unauthorized
    Success Failure Failed Fetching Installing Refused Starting Terminating Requested Manual Approved Always Never OnFailure In NotIn Exists DoesNotExist
    Normal Warning True False Unknown Accepted Enrolled Emulated Progressing Degraded Ready ByteString
    Application ApplicationRevision ConfigMap Device Gateway Lease Namespace Event Pod Secret Status Table List Node Service RuntimeDefault Bearer""".split()
)
# Ends of commands that explain themselves in whole, by what they begin with.
SAY_IT_ALL = {
    "host/cli/apply.cpp": "what is wrong with a file that was given, as kubectl says it",
    "host/cli/context.cpp": "kubectl's own words about what was typed",
    "host/cli/get.cpp": "what was typed",
    "host/cli/emulated_device.cpp": "what was typed",
    "host/cli/terminal.cpp": "what was typed",
    "host/cli/user_commands.cpp": "what was typed",
    "host/cli/app_build.cpp": "what the compiler says, or that it is missing, with the package",
    "host/cli/wasm/": "docs/reference/wasm-tools.md",
}


def joined(path):
    """A source's text with its literals as the compiler joins them."""
    return re.sub(r'"\s*\n?\s*"', "", path.read_text(encoding="utf-8"))


def files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            if not path.name.endswith("_test.cpp") and "testing" not in path.parts:
                yield path


def sources():
    return "".join(map(joined, files("core/proto", "host", "services", "cmd", "device/runtime"))).replace('\\"', '"')


class Troubleshooting(unittest.TestCase):
    maxDiff = None

    def test_every_quoted_message_exists(self):
        text = sources()
        rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        first_cells = [row.split("|")[1] for row in rows]
        quoted = [quote for cell in first_cells for quote in re.findall(r"`([^`]+)`", cell) if quote not in NOT_OURS]
        self.assertGreater(len(quoted), 30)
        self.assertEqual([quote for quote in quoted if quote not in text], [])

    def on_the_page(self, words):
        self.assertGreater(len(words), 5)
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual([word for word in sorted(words) if f"`{word}`" not in page], [])

    def test_every_reason_of_a_condition_is_explained(self):
        objects = (ROOT / "docs/reference/objects.md").read_text(encoding="utf-8")
        table = objects.split("## Conditions that the controller writes", 1)[1].split("\n## ", 1)[0]
        cells = [row.split("|")[4] for row in table.splitlines() if row.startswith("|") and row.count("|") > 4]
        # A reason stands alone between commas; the rest of a cell is prose.
        parts = [part.removeprefix(" Unknown:").strip() for cell in cells for part in re.split(r"[,;]", cell)]
        self.on_the_page({part for part in parts if re.fullmatch(r"[A-Z][A-Za-z]+", part)} - {"AsExpected", "Complete"})

    def test_every_reason_of_a_device_is_explained(self):
        names = (ROOT / "core/proto/names.cpp").read_text(encoding="utf-8")
        block = names.split("AppReason reason", 1)[1].split("};", 1)[0]
        self.on_the_page(set(re.findall(r'"(\w+)"', block)))

    def test_every_reason_in_the_sources_is_explained(self):
        text = "".join(map(joined, files("services/controller", "services/gateway", "services/emulator", "host/fleet")))
        words = set(re.findall(r'"([A-Z][a-z]+(?:[A-Z][a-z]+)*)"', text))
        self.assertGreater(len(words & NO_REASONS), 30, "the exempt ones are those that there are")
        self.on_the_page(words - NO_REASONS)

    def test_every_error_that_ends_a_command_is_explained(self):
        page = PAGE.read_text(encoding="utf-8")
        quoted = re.findall(r"`([^`]+)`", "\n".join(line for line in page.splitlines() if line.startswith("|")).replace("`wasmbed up`", "wasmbed up"))
        missing, explained = [], 0
        for path in files("host/cli"):
            name = str(path.relative_to(ROOT))
            if any(name.startswith(exempt) for exempt in SAY_IT_ALL):
                continue
            for call in re.findall(r"\b(?:fail|report)\(([^;]*?)\);", joined(path)):
                call = call.replace('\\"', "'")
                literals = [part.replace("`wasmbed up`", "wasmbed up") for part in re.findall(r'"([^"]*)"', call)]
                if not any(len(part) >= 8 for part in literals):
                    continue  # passes on what another said, or has a reason of the system with it
                if any(words in "".join(literals) or words in literals for words in quoted if len(words) > 7):
                    explained += 1
                else:
                    missing.append(f"{name}: {literals}")
        self.assertEqual(missing, [])
        self.assertGreater(explained, 20)

    def test_every_kind_of_refusal_is_explained(self):
        self.on_the_page(set(re.findall(r'return "(\w+)";', (ROOT / "services/gateway/refusals.cpp").read_text(encoding="utf-8"))) - {"unknown"})


if __name__ == "__main__":
    unittest.main()
