#!/usr/bin/env python3
"""A board with 8 KB of RAM refuses what is not signed or damaged and tells it, and says how its app ended; updates replace the app."""

import binascii
import hashlib
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from wasmbed_platform import NAMESPACE, ROOT, Platform, application, device, wait_for  # noqa: E402

BOARD = "stm32vldiscovery"
HEADER = '#include "wasmbed.h"\n'
PROGRAMS = {
    "divide": "int main(void) { volatile int a = 100, zero = 0; return a / zero; }",
    "exits": "int main(void) { return 3; }",
    "beat": 'int main(void) { for (;;) { wasmbed_log("beat"); wasmbed_timer_sleep_ms(500); } }',
    "drum": 'int main(void) { for (;;) { wasmbed_log("drum"); wasmbed_timer_sleep_ms(500); } }',
}
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1  # FIPS 186-4, D.1.2.3


def build(source):
    """As examples/CMakeLists.txt builds apps for boards of a few KB."""
    sdk = ROOT / "sdk/c"
    large, small = source.with_suffix(".large.wasm"), source.with_suffix(".wasm")
    flags = ["--target=wasm32", "-Oz", "-nostdlib", "-I", sdk, "-Wl,--strip-all,-z,stack-size=64,--global-base=16"]
    subprocess.run(["clang-19", *flags, source, sdk / "crt.c", "-o", large], check=True)
    subprocess.run([sys.executable, ROOT / "sdk/small_memory.py", large, small], check=True)
    return small


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

    def image(self):
        return self.platform.data / "devices" / NAMESPACE / "board-1" / "store.img"

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

    def test_2_an_update_replaces_the_app_and_survives_a_power_cut(self):
        self.run_app("app", "beat")
        self.new_logs("beat")
        self.run_app("app", "drum")
        self.new_logs("drum")
        self.platform.power("board-1", "off")
        self.platform.power("board-1", "on")
        self.new_logs("drum")

    def test_3_updates_that_fill_the_store_have_it_collect_garbage(self):
        for number in range(13):  # 58 KB into 56
            body = b"\x04fill" + bytes([number]) * 3800
            self.wasm["full"] = self.platform.home / "full.wasm"  # a custom section, which nothing reads
            self.wasm["full"].write_bytes(self.wasm["drum"].read_bytes() + b"\x00" + bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) + body)
            self.run_app("app", "full")
            generation = self.platform.get("application", "app")["metadata"]["generation"]
            wait_for(f"update {number} runs", lambda: self.is_ready("app", generation))
        self.run_app("app", "drum")
        self.new_logs("drum")

    def test_4_a_flipped_byte_in_the_stored_module_is_told_and_mended(self):
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

    def test_5_a_manifest_that_another_key_signed_is_refused_and_told(self):
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


if __name__ == "__main__":
    unittest.main()
