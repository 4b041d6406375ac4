#!/usr/bin/env python3
"""Every board's parts in QEMU against the contracts of device/hal (contracts.cpp), and what a board says after it broke down.

    contracts_test.py [BOARD.test ...]    a board is a test case: `contracts_test.py mps2_an385`; without arguments all that are built

What a board's tree has must be there, unless its recipe says that the emulated chip lacks it; everything else must be reported absent.
"""

import re
import sys
import threading
import unittest

from board_in_qemu import BUILDS, HOST, Board, needs_newer_qemu, recipe_of

EVERYWHERE = {"console", "clock", "idle", "reset", "info", "factory", "store", "seed", "entropy", "link"}
PARTS = EVERYWHERE | {"leds", "gpio", "watchdog", "i2c", "spi", "sensor"}
# An answer to a ClientHello begins like that (docs/reference/serial-link.md): a serial line skips what comes before.
SERVER_HELLO = bytes([22, 3, 3, 0, 42, 2])


class Contracts:
    """The tests of one board; BOARD is its name."""

    def setUp(self):
        self.board = self.enterContext(Board(self.BOARD, BUILDS / self.BOARD / "contracts/contracts.elf"))

    def parts(self):
        """What this board must have."""
        root = self.board.tree()
        paths = [node.path for node in root.walk()]
        found = {part for part in ("i2c", "spi", "watchdog") if any(f"/{part}@" in path for path in paths)}
        if any("/i2c@" in path and "/sensor@" in path for path in paths):
            found.add("sensor")
        lit = any(kind in node.strings("compatible") for node in root.walk() for kind in ("gpio-leds", "register-bit-led"))
        return EVERYWHERE | found | ({"leds"} if lit and "led" not in self.board.recipe.get("absent", []) else set())

    def order(self, text, until, **options):
        return self.board.run(typed=[("^contract ready", text + "\n")], until=until, **options)

    def after(self, how):
        """The console up to the end of the boot after the breakdown."""
        return self.board.run(typed=[("^contract ready", how + "\n"), (r"^contract reset (?!power-on)", "")], until="^contract ready")

    def test_the_contract_of_each_part_is_kept_and_what_the_model_lacks_is_absent(self):
        found = dict(re.findall(r"contract (\w+): (.*)$", self.board.run(until="^contract ready"), re.M))
        self.assertEqual(found, {part: "kept" if part in self.parts() else "absent" for part in PARTS})

    def test_without_a_source_of_entropy_its_contract_is_broken(self):
        self.assertIn("contract entropy: entropy gives no bytes", self.board.run(until="^contract ready", entropy=False))

    def test_bytes_go_both_ways_over_the_link(self):
        heard = []

        def answer():
            with self.board.link.accept() as peer:
                heard.append(b"".join(peer.recv(1) for _ in range(4)))
                peer.sendall(SERVER_HELLO + b"pong")
                peer.recv(1)

        peer = threading.Thread(target=answer, daemon=True)
        peer.start()
        host = self.board.recipe["hostAddress"]
        console = self.order(f"link {host}:{self.board.link.port}", until="^contract (received|link: (?!kept))")
        peer.join(10)
        self.assertEqual(heard, [b"ping"])
        self.assertIn("contract received " + (SERVER_HELLO + b"pong").hex(), console)

    def test_a_flash_chip_on_the_spi_bus_says_what_it_is(self):
        """Micron's n25q032 is 20bb16. QEMU's STM32 SPI exchanges a byte more whenever a received one is read, so that there every second is seen;
        and it attaches the chip to the last bus of the F405, which the package on the Olimex board does not have: there nothing answers."""
        console = self.order("spi", until="^contract (identification|spi: (?!kept))", extra=["-device", "n25q032a11"])
        said = re.search("contract identification (.*)", console)[1]
        self.assertEqual(said, {"mps2": "20bb16", "stm3": "160000"}.get(self.BOARD[:4], "000000"))

    def instructions(self, seconds):
        """How many the board executes from power-on to the end of being idle for so long, in time that jumps to whatever is waited for."""
        count = self.board.folder / "count"
        plugin = HOST / f"lib/instruction_count_{2 if needs_newer_qemu(self.board.recipe) else 1}.so"
        self.order(f"idle {seconds}", until="^contract idle over", extra=["-icount", "shift=6,sleep=off", "-plugin", f"{plugin},count={count}"])
        return int.from_bytes(count.read_bytes(), sys.byteorder)

    def test_an_idle_board_executes_almost_no_instructions(self):
        # Its time runs on until it is killed, some thousand times faster than ours: that is counted too.
        more = self.instructions(1210) - self.instructions(10)
        self.assertLess(more / 1200, 10_000, "instructions a second")  # 0.06 % of the 15,600,000 that could be

    def test_an_unknown_order_is_said(self):
        self.assertIn("contract no such order: dance", self.order("dance", until="no such order"))

    def test_a_stopped_superloop_is_reset_by_the_watchdog_where_there_is_one(self):
        if "watchdog" not in self.parts():
            return self.assertIn("contract no such order: hang", self.order("hang", until="no such order"))
        console = self.after("hang")
        self.assertRegex(console, r"\[ *\d+\.\d{3}\] error watchdog: superloop stopped pc=\w{8}")
        self.assertIn("contract reset watchdog", console)
        self.assertRegex(console, r"contract crash watchdog: superloop stopped pc=\w{8} lr=\w{8} .*app=contract")

    def test_a_fault_is_reported_with_its_registers_and_resets(self):
        console = self.after("fault")
        self.assertRegex(console, r"\[ *\d+\.\d{3}\] error fault: hard fault pc=\w{8} lr=\w{8} .*cfsr=\w{8} hfsr=\w{8} address=f0000000 app=contract")
        self.assertIn("contract reset software", console)
        self.assertRegex(console, r"contract crash fault: hard fault pc=\w+")

    def test_a_stack_overflow_is_a_fault_of_its_own(self):
        self.assertRegex(self.after("stack"), "error fault: hard fault stack overflow")

    def test_an_assertion_says_where(self):
        self.assertRegex(self.after("assert"), r"error assert: contracts\.cpp:\d+")

    def test_a_reboot_is_a_software_reset_without_a_crash(self):
        console = self.after("reboot")
        self.assertIn("contract reset software", console)
        self.assertNotIn("contract crash", console)


# One test case per board that is built and that an emulator has: mps2_an385 and so on.
for image in sorted(BUILDS.glob("*/contracts/contracts.elf")):
    name = image.parents[1].name
    if recipe_of(name) is not None:
        globals()[name.replace("-", "_")] = type(name, (Contracts, unittest.TestCase), {"BOARD": name})
if not list(BUILDS.glob("*/contracts/contracts.elf")):
    sys.exit(f"no contracts image is built in {BUILDS}")

if __name__ == "__main__":
    unittest.main()
