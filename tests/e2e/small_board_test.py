#!/usr/bin/env python3
"""A board with 8 KB of RAM: what an app may use there, and that it goes on after a handshake; what is not signed or damaged is refused and told; an app's
end is told; updates replace the app."""

import binascii
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import ROOT, WASMBED, Platform, application, device, wait_for  # noqa: E402

BOARD = "stm32vldiscovery"
HEADER = '#include "wasmbed.h"\n'
PROGRAMS = {
    "divide": "int main(void) { volatile int a = 100, zero = 0; return a / zero; }",
    "half": "int main(void) { volatile float whole = 3; return (int)(whole * 0.5f); }",
    "exits": "int main(void) { return 3; }",
    "beat": 'int main(void) { for (;;) { wasmbed_log("beat"); wasmbed_timer_sleep_ms(500); } }',
    "drum": 'int main(void) { for (;;) { wasmbed_log("drum"); wasmbed_timer_sleep_ms(500); } }',
    # What it has counted lies in its memory, where it stands in its frame.
    "counter": """static char line[] = "count 000";
        int main(void) {
            for (;;) {
                char* digit = line + 8;
                while (++*digit > '9') *digit-- = '0';
                wasmbed_log(line);
                wasmbed_timer_sleep_ms(200);
            }
        }""",
    # 540 bytes of module, 256 bytes of memory.
    "sorter": """static unsigned numbers[38];
        static char line[] = "least 00000000";
        int main(void) {
            for (unsigned seed = 1;;) {
                for (int i = 0; i < 38; ++i) { seed ^= seed << 13; seed ^= seed >> 17; seed ^= seed << 5; numbers[i] = seed; }
                for (int i = 1; i < 38; ++i)
                    for (int at = i; at > 0 && numbers[at - 1] > numbers[at]; --at) {
                        unsigned value = numbers[at];
                        numbers[at] = numbers[at - 1];
                        numbers[at - 1] = value;
                    }
                unsigned least = numbers[0];
                for (int i = 13; i > 5; --i, least >>= 4) line[i] = (char)('a' + (least & 15));
                wasmbed_log(line);
                wasmbed_timer_sleep_ms(300);
            }
        }""",
}
SWAP = 0x1800  # the partition of that name
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1  # FIPS 186-4, D.1.2.3


def build(source):
    """As examples/CMakeLists.txt builds apps for boards of a few KB."""
    sdk = ROOT / "sdk/c"
    large, small = source.with_suffix(".large.wasm"), source.with_suffix(".wasm")
    flags = ["--target=wasm32", "-Oz", "-nostdlib", "-I", sdk, "-Wl,--strip-all,-z,stack-size=64,--global-base=16,--export=__heap_base"]
    subprocess.run(["clang-19", *flags, source, sdk / "crt.c", "-o", large], check=True)
    subprocess.run([WASMBED, "wasm", "shrink", large, "-o", small], check=True, stdout=subprocess.DEVNULL)
    return small


def least(rounds):
    """What `sorter` says in its first rounds."""
    seed, lines = 1, []
    for _ in range(rounds):
        numbers = []
        for _ in range(38):
            seed ^= seed << 13 & 0xFFFFFFFF
            seed ^= seed >> 17
            seed ^= seed << 5 & 0xFFFFFFFF
            numbers.append(seed)
        lines.append("least " + "".join(chr(ord("a") + int(digit, 16)) for digit in f"{min(numbers):08x}"))
    return lines


class SmallBoard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.platform = Platform().start()
        cls.platform.apply(device("board-1", BOARD))
        cls.wasm = {}
        for name, source in PROGRAMS.items():
            path = cls.platform.home / f"{name}.c"
            path.write_text(HEADER + source)
            cls.wasm[name] = build(path)
        wait_for("board-1 connected", lambda: cls.platform.connected("board-1"))

    @classmethod
    def tearDownClass(cls):
        cls.platform.destroy()

    def run_app(self, name, program=None, **spec):
        self.platform.apply(application(name, self.wasm[program or name], ["board-1"], limits={"stack": 256}, **spec))

    def until(self, name, state):
        def reported():
            app = self.platform.reported_app("board-1", name)
            return app if app["state"] == state else None

        return wait_for(f"{name} reported {state}", reported)

    def remove(self, name):
        """It has one app at a time."""
        self.platform.kubectl("delete", "application", name)
        wait_for(f"{name} gone", lambda: all(a["name"] != name for a in self.platform.get("device", "board-1")["status"].get("applications", [])))

    def new_logs(self, line):
        before = self.platform.logs("board-1", "app").count(line)
        wait_for(f"more lines of {line}", lambda: self.platform.logs("board-1", "app").count(line) > before)

    def is_ready(self, name, generation):
        status = self.platform.get("application", name)["status"]
        return status["observedGeneration"] == generation and any(c["type"] == "Ready" and c["status"] == "True" for c in status["conditions"])

    def security_events(self):
        return [record for record in self.platform.records("board-1", kinds="event", tail=10000) if record.get("event") == "security"]

    def swap(self):
        return self.image().read_bytes()[SWAP : SWAP + 2048]

    def image(self):
        return self.platform.board_folder("board-1") / "store.img"

    def test_1_traps_and_exits_are_told(self):
        self.run_app("exits", restart={"policy": "Never"})
        app = self.until("exits", "Failed")
        self.assertEqual((app["reason"], app["exitCode"]), ("Exit", 3))
        self.remove("exits")
        self.run_app("divide", restart={"policy": "Never"})
        app = self.until("divide", "Failed")
        self.assertEqual(app["reason"], "Trap")
        self.assertIn("integer divide by zero", app["detail"])
        self.remove("divide")

    def test_1_the_rule_that_a_module_breaks_is_told_in_words_though_the_board_has_only_its_number(self):
        self.run_app("half")
        app = self.until("half", "Refused")
        self.assertEqual(app["reason"], "InvalidModule")
        self.assertRegex(app["detail"], r"^floating-point arithmetic is not built in at offset \d+$")
        offset = app["detail"].split()[-1]
        wait_for("the rule's number on the console", lambda: f"refused: rule 131 at offset {offset}" in self.platform.console("board-1"))
        self.remove("half")

    def test_2_a_module_of_512_bytes_with_256_bytes_of_memory_runs_and_what_is_left_is_said(self):
        module = self.wasm["sorter"].read_bytes()
        said = subprocess.run([WASMBED, "wasm", "inspect", self.wasm["sorter"]], check=True, capture_output=True, text=True).stdout
        self.assertGreaterEqual(len(module), 512)
        self.assertGreaterEqual(int(re.search(r"^memory: (\d+) pages.* 1 bytes a page", said, re.M)[1]), 256, said)
        self.run_app("sorter")
        wait_for("four rounds", lambda: self.platform.logs("board-1", "sorter")[:4] == least(4))
        image, left = (re.findall(rf"sorter.*{what}: (\d+)", self.platform.console("board-1"))[-1] for what in ("bytes of image", "bytes of memory left"))
        print(f"{BOARD}: a module of {len(module)} bytes with 256 of memory and 256 of stack: image {image} bytes, {left} bytes left")
        self.remove("sorter")

    def counted(self):
        """All that `counter` said, by the console."""
        return [int(number) for number in re.findall(r"count (\d{3})", self.platform.console("board-1"))]

    def handshake(self, disturb, meanwhile=lambda: True):
        before = self.platform.get("device", "board-1")["status"]["session"]["epoch"]
        disturb()
        wait_for("what happens meanwhile", meanwhile)
        wait_for("another session", lambda: self.platform.get("device", "board-1")["status"]["session"]["epoch"] > before and self.platform.connected("board-1"))

    def test_3_the_app_goes_on_where_it_was_after_a_handshake(self):
        self.run_app("counter")
        wait_for("it counts", lambda: len(self.counted()) > 3)
        for _ in range(3):
            self.handshake(lambda: [os.kill(pid, signal.SIGKILL) for pid in self.platform.gateways()])
            count = len(self.counted())
            wait_for("it counts on", lambda: len(self.counted()) > count + 3)
        self.assertEqual(self.counted(), list(range(1, len(self.counted()) + 1)))
        self.assertEqual(self.platform.reported_app("board-1", "counter")["restarts"], 0)

    def test_4_what_was_put_aside_for_a_handshake_and_damaged_is_told_and_begun_again(self):
        self.run_app("counter")
        wait_for("it counts", lambda: self.counted())
        self.platform.wasmbed("device", "link", "delay", "board-1", "1000")  # so that there is time to damage it
        seen, wrong = self.swap(), None

        def told():
            nonlocal seen, wrong
            if self.swap() != seen:
                if self.swap()[64] != wrong:  # it is written in parts: damaged twice the byte would be right again
                    wrong = self.swap()[64] ^ 1
                    with open(self.image(), "r+b") as file:
                        file.seek(SWAP + 64)
                        file.write(bytes([wrong]))
                seen = self.swap()
            return "begins again: what was put aside of it cannot be read back" in self.platform.console("board-1")

        self.handshake(lambda: [os.kill(pid, signal.SIGKILL) for pid in self.platform.gateways()], told)
        self.platform.wasmbed("device", "link", "restore", "board-1")
        count = len(self.counted())
        wait_for("it counts on", lambda: len(self.counted()) > count)
        self.remove("counter")

    def test_5_an_update_replaces_the_app_and_survives_a_power_cut(self):
        self.run_app("app", "beat")
        self.new_logs("beat")
        self.run_app("app", "drum")
        self.new_logs("drum")
        self.platform.power("board-1", "off")
        self.platform.power("board-1", "on")
        self.new_logs("drum")

    def test_6_updates_that_fill_the_store_have_it_collect_garbage(self):
        for number in range(13):  # 58 KB into 56
            body = b"\x04fill" + bytes([number]) * 3800
            self.wasm["full"] = self.platform.home / "full.wasm"  # a custom section, which nothing reads
            self.wasm["full"].write_bytes(self.wasm["drum"].read_bytes() + b"\x00" + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body)
            self.run_app("app", "full")
            generation = self.platform.get("application", "app")["metadata"]["generation"]
            wait_for(f"update {number} runs", lambda: self.is_ready("app", generation))
        self.run_app("app", "drum")
        self.new_logs("drum")

    def test_7_a_flipped_byte_in_the_stored_module_is_told_and_mended(self):
        self.platform.stop()
        image = bytearray(self.image().read_bytes())
        module = self.wasm["drum"].read_bytes()
        places = [at for at in range(len(image)) if image.startswith(module, at)]
        self.assertTrue(places, "the module is not found in the store image")
        for place in places:
            image[place + len(module) // 2] ^= 0x01
        self.image().write_bytes(image)
        self.platform.start()
        wait_for("a security event", lambda: any("stored module is damaged" in json.dumps(event) for event in self.security_events()))
        self.new_logs("drum")
        self.assertEqual(self.platform.reported_app("board-1", "app")["state"], "Running")

    def test_8_a_manifest_that_another_key_signed_is_refused_and_told(self):
        """The board gets another key to trust: that of its own with the other of the two y, which is a key of its own right."""
        self.platform.stop()
        partition = bytearray(self.image().read_bytes()[:4096])
        size = int.from_bytes(partition[4:8], "little")
        key = partition.index(b"\x58\x41\x04", 12) + 3  # provision.cddl: manifest-key, 2
        partition[key + 32 : key + 64] = (P256 - int.from_bytes(partition[key + 32 : key + 64], "big")).to_bytes(32, "big")
        partition[8:12] = binascii.crc32(partition[12 : 12 + size]).to_bytes(4, "little")
        self.image().write_bytes(partition + self.image().read_bytes()[4096:])
        for state in self.image().parent.glob("*.json"):  # what the emulator wrote there as the maker
            text = json.loads(state.read_text())
            if "factorySha256" in text:
                state.write_text(json.dumps({**text, "factorySha256": hashlib.sha256(partition).hexdigest()}))
        self.platform.start()
        app = self.until("app", "Refused")
        self.assertEqual(app["reason"], "BadSignature")
        wait_for("a security event", lambda: any("signature does not match" in json.dumps(event) for event in self.security_events()))

    def ready_reason(self):
        return {c["type"]: c["reason"] for c in self.platform.get("device", "board-1")["status"]["conditions"]}.get("Ready")

    def test_9_its_deleted_device_goes_once_it_said_that_the_app_is_removed(self):
        self.platform.power("board-1", "off")
        self.platform.kubectl("delete", "device", "board-1", "--wait=false")
        wait_for("it waits for the board", lambda: self.ready_reason() == "Decommissioning")
        self.platform.power("board-1", "on")
        wait_for("the Device gone", lambda: self.platform.kubectl("get", "devices", "-o", "name") == "")


if __name__ == "__main__":
    unittest.main()
