#!/usr/bin/env python3
"""Makes a board's constants from its compiled device tree.

    dt_constants.py BOARD.dtb --header OUT.hpp --linker OUT.h --require LABEL[.PROPERTY] ...

Every labelled node becomes a namespace wasmbed::dt::LABEL with what it has of
  kBase, kSize     first `reg` entry; partitions: offset in their memory
  kAddress         partitions of memory: offset plus its base; nodes on a bus without sizes (I2C): their address on it
  kIrqs            `interrupts`
  kClockHz         `clock-frequency` of the clock that `clocks` names
  kLabel           `label`, as text
  kCsPin           pin of the first of `cs-gpios`
  kNAME            any other property of one cell (erase-block-size: kEraseBlockSize)
and all `register-bit-led` nodes, in the order of the source, become kLedMasks, all `gpio-leds` kLedPins and kLedPinFlags; kBoardName is the tree's name. The linker's header has DT_LABEL_BASE and DT_LABEL_SIZE.
A label or property in --require that the tree lacks is an error that names it.
"""
import argparse
import struct
import sys
from pathlib import Path

FDT_MAGIC, BEGIN_NODE, END_NODE, PROP, NOP, END = 0xD00DFEED, 1, 2, 3, 4, 9


class Node:
    def __init__(self, path, parent):
        self.path, self.parent, self.properties, self.children = path, parent, {}, []

    def cells(self, name):
        data = self.properties[name]
        return list(struct.unpack(f">{len(data) // 4}I", data))

    def strings(self, name):
        return self.properties.get(name, b"").decode("ascii", "replace").rstrip("\0").split("\0")

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


def parse(blob):
    """The root node of a flattened device tree (Devicetree Specification 0.4, chapter 5)."""
    magic, _, off_struct, off_strings = struct.unpack_from(">4I", blob)
    if magic != FDT_MAGIC:
        raise ValueError("not a device tree blob")
    at, node, root = off_struct, None, None
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN_NODE:
            end = blob.index(b"\0", at)
            name = blob[at:end].decode()
            child = Node(f"{node.path.rstrip('/')}/{name}" if node else "/", node)
            if node:
                node.children.append(child)
            else:
                root = child
            node, at = child, (end + 4) & ~3
        elif token == PROP:
            size, name_at = struct.unpack_from(">2I", blob, at)
            start = off_strings + name_at
            name = blob[start:blob.index(b"\0", start)].decode()
            node.properties[name] = blob[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == END_NODE:
            node = node.parent
        elif token == END:
            return root
        elif token != NOP:
            raise ValueError(f"bad token {token} at byte {at - 4}")


# Properties that describe the tree itself, or that get a constant of their own.
STRUCTURAL = {"phandle", "reg", "interrupts", "clocks", "gpios", "ranges", "interrupt-parent", "label"}


def camel(name):
    return "k" + "".join(word.capitalize() for word in name.replace(",", "-").split("-"))


def constants(node, phandles):
    """Name -> list of numbers or text, for one node."""
    found = {}
    if "reg" in node.properties and len(node.properties["reg"]) >= 8:
        found["kBase"], found["kSize"] = ([value] for value in node.cells("reg")[:2])
        partitions = node.parent
        if "fixed-partitions" in partitions.strings("compatible") and "reg" in partitions.parent.properties:
            found["kAddress"] = [partitions.parent.cells("reg")[0] + found["kBase"][0]]
    elif "reg" in node.properties:
        found["kAddress"] = node.cells("reg")
    if "interrupts" in node.properties:
        found["kIrqs"] = node.cells("interrupts")
    if "clocks" in node.properties:
        found["kClockHz"] = phandles[node.cells("clocks")[0]].cells("clock-frequency")
    if "label" in node.properties:
        found["kLabel"] = node.strings("label")[0]
    if "cs-gpios" in node.properties:
        found["kCsPin"] = node.cells("cs-gpios")[1:2]
    for name, data in node.properties.items():
        text = data.rstrip(b"\0").isalpha()  # a string of three letters is as long as a cell
        if name not in STRUCTURAL and not name.startswith("#") and len(data) == 4 and not text:
            found[camel(name)] = node.cells(name)
    return found


def led_pins(root):
    """Pins and flags of all `gpio-leds`, in the order of the source."""
    leds = [child for node in root.walk() if "gpio-leds" in node.strings("compatible") for child in node.children]
    return [led.cells("gpios")[1:3] for led in leds]


def definition(name, value):
    if isinstance(value, str):
        return f'char {name}[] = "{value}"'
    numbers = ", ".join(f"{number:#x}" for number in value)
    return f"std::uint32_t {name}[] = {{{numbers}}}" if name == "kIrqs" else f"std::uint32_t {name} = {numbers}"


def header(board, labelled, led_masks, pins):
    lines = [f"// Made by device/boards/common/dt_constants.py from {board}.dts.", "#pragma once", "", "#include <cstdint>", "",
             "namespace wasmbed::dt {", ""]
    for label, values in labelled.items():
        lines.append(f"namespace {label} {{")
        lines += [f"inline constexpr {definition(name, value)};" for name, value in values.items()]
        lines.append(f"}}  // namespace {label}")
    masks = ", ".join(f"{mask:#x}" for mask in led_masks)
    lines += ["", f'inline constexpr char kBoardName[] = "{board}";', f"inline constexpr std::uint32_t kLedMasks[] = {{{masks}}};"]
    for name, column in (("Pins", 0), ("PinFlags", 1)):
        lines.append(f"inline constexpr std::uint32_t kLed{name}[] = {{{', '.join(hex(pin[column]) for pin in pins)}}};")
    lines += ["", "}  // namespace wasmbed::dt", ""]
    return "\n".join(lines)


def linker_header(labelled):
    lines = []
    for label, values in labelled.items():
        for name in ("kBase", "kSize"):
            if name in values:
                lines.append(f"#define DT_{label.upper()}_{name[1:].upper()} {values[name][0]:#x}")
    return "\n".join(lines) + "\n"


def check_required(board, required, labelled):
    missing = []
    for item in required:
        label, _, name = item.partition(".")
        if label not in labelled:
            missing.append(f"{board}.dts: no node is labelled '{label}', and the firmware of this board needs it")
        elif name and name not in labelled[label]:
            missing.append(f"{board}.dts: node '{label}' has nothing that gives {name}, and the firmware of this board needs it")
    if missing:
        sys.exit("\n".join(missing))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("dtb", type=Path)
    options.add_argument("--header", type=Path, required=True)
    options.add_argument("--linker", type=Path, required=True)
    options.add_argument("--require", nargs="*", default=[])
    arguments = options.parse_args()

    root = parse(arguments.dtb.read_bytes())
    by_path = {node.path: node for node in root.walk()}
    phandles = {node.cells("phandle")[0]: node for node in root.walk() if "phandle" in node.properties}
    if "/__symbols__" not in by_path:
        sys.exit(f"{arguments.dtb}: compiled without labels; dtc needs -@")
    labels = by_path["/__symbols__"].properties
    labelled = {label: constants(by_path[path.decode().rstrip("\0")], phandles) for label, path in labels.items()}
    leds = [node.cells("mask")[0] for node in root.walk() if "register-bit-led" in node.strings("compatible")]
    board = arguments.dtb.stem
    check_required(board, arguments.require, labelled)
    arguments.header.write_text(header(board, labelled, leds, led_pins(root)))
    arguments.linker.write_text(linker_header(labelled))


if __name__ == "__main__":
    main()
