#!/usr/bin/env python3
"""Behaviour of dt_constants.py, on small trees and on the real boards."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TREE = """/dts-v1/;
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    clk: clock { #clock-cells = <0>; compatible = "fixed-clock"; clock-frequency = <1000000>; };
    port: serial@40000000 { reg = <0x40000000 0x100>; interrupts = <3>, <4>; clocks = <&clk>; current-speed = <9600>; };
    mem: memory@20000000 {
        reg = <0x20000000 0x1000>;
        partitions {
            compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
            part: partition@100 { reg = <0x100 0x200>; label = "abc"; };
        };
    };
    chip {
        partitions {
            compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
            slot: partition@40 { reg = <0x40 0x80>; };
        };
    };
    leds { compatible = "gpio-leds"; led-0 { gpios = <&port 12 1>; }; led-1 { gpios = <&port 9 0>; }; };
    bus: i2c@60000000 {
        #address-cells = <1>; #size-cells = <0>; reg = <0x60000000 0x10>;
        probe: sensor@48 { compatible = "ti,tmp105"; reg = <0x48>; label = "probe"; };
    };
    regs: syscon@50000000 {
        #address-cells = <1>; #size-cells = <1>; reg = <0x50000000 0x10>;
        led@0,0 { compatible = "register-bit-led"; reg = <0 4>; offset = <0>; mask = <0x4>; };
        led@0,1 { compatible = "register-bit-led"; reg = <0 4>; offset = <0>; mask = <0x1>; };
    };
};
"""


class DtConstants(unittest.TestCase):
    def make(self, tree, *required):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "toy.dts").write_text(tree)
            subprocess.run(["dtc", "-q", "-@", "-O", "dtb", "-o", folder / "toy.dtb", folder / "toy.dts"], check=True)
            run = subprocess.run([sys.executable, HERE / "dt_constants.py", folder / "toy.dtb", "--header", folder / "out.hpp", "--linker", folder / "out.h",
                                  "--require", *required], capture_output=True, text=True)
            made = [(folder / file).read_text() if (folder / file).exists() else "" for file in ("out.hpp", "out.h")]
            return run.returncode, run.stderr, *made

    def test_addresses_interrupts_clocks_and_cells_become_constants(self):
        code, _, header, linker = self.make(TREE, "port.kIrqs", "part")
        self.assertEqual(code, 0)
        port = header.split("namespace port {")[1].split("}  // namespace port")[0]
        for line in ("kBase = 0x40000000", "kSize = 0x100", "kIrqs[] = {0x3, 0x4}", "kClockHz = 0xf4240", "kCurrentSpeed = 0x2580"):
            self.assertIn(line, port)
        self.assertIn("#define DT_MEM_BASE 0x20000000", linker)

    def test_partitions_get_their_address_in_memory(self):
        header = self.make(TREE)[2]
        self.assertIn("kAddress = 0x20000100", header.split("namespace part {")[1])

    def test_partitions_of_what_has_no_address_keep_their_offset(self):
        slot = self.make(TREE)[2].split("namespace slot {")[1].split("}  // namespace slot")[0]
        self.assertIn("kBase = 0x40", slot)
        self.assertNotIn("kAddress", slot)

    def test_pins_of_leds_come_in_the_order_of_the_tree(self):
        header = self.make(TREE)[2]
        self.assertIn("kLedPins[] = {0xc, 0x9}", header)
        self.assertIn("kLedPinFlags[] = {0x1, 0x0}", header)

    def test_devices_on_a_bus_get_their_address_on_it(self):
        probe = self.make(TREE, "probe.kAddress", "probe.kLabel")[2].split("namespace probe {")[1].split("}")[0]
        self.assertIn("kAddress = 0x48", probe)
        self.assertIn('kLabel[] = "probe"', probe)

    def test_leds_come_in_the_order_of_the_tree(self):
        self.assertIn("kLedMasks[] = {0x4, 0x1}", self.make(TREE)[2])

    def test_missing_node_or_property_is_an_error_that_names_it(self):
        code, error, header, _ = self.make(TREE, "ethernet", "clk.kIrqs")
        self.assertNotEqual(code, 0)
        self.assertIn("toy.dts: no node is labelled 'ethernet'", error)
        self.assertIn("node 'clk' has nothing that gives kIrqs", error)
        self.assertEqual(header, "")

    def test_every_board_compiles_without_warnings(self):
        for tree in HERE.parent.glob("*/*.dts"):
            run = subprocess.run(["dtc", "-@", "-O", "dtb", "-o", "/dev/null", tree], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""), tree.name)


if __name__ == "__main__":
    unittest.main()
