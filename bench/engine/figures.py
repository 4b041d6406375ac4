#!/usr/bin/env python3
"""Figures of the WebAssembly engine: each C kernel natively and as WebAssembly, on mps2-an385 in QEMU by exact instruction counts, and on this
machine by time.

figures.py [DIR]   DIR: a folder of C files that define `unsigned run(unsigned)`; ours are in kernels/.
WASMBED_ENGINE_FLAGS: flags for the engine on mps2-an385, -Os by default as the firmware has it.
"""

import concurrent.futures
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from benchmark import BUILD, ROOT, row, say  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BOARDS = {  # cores by the board that QEMU has them on; all have the same memory map and counter
    "Cortex-M3": ("mps2-an385", ["-mcpu=cortex-m3"]),
    "Cortex-M4F": ("mps2-an386", ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]),
}
ARM = ["-mthumb", "-ffunction-sections", "-fdata-sections", "-fsigned-char"]  # wasm's char is signed
CXX = ["-std=gnu++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", f"-I{ROOT}"]
# The firmware's flags (cmake/), with which the engine's flash is measured.
FIRMWARE = ["-Os", "-g", "-flto=auto", "-fno-tree-loop-im", "-fno-move-loop-invariants", "-fno-caller-saves", "-fno-expensive-optimizations",
            "-fno-schedule-insns2", "-fno-use-cxa-atexit", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
MEMORY = {"__flash": "0x00000000", "__flash_size": "4M", "__ram": "0x20000000", "__ram_size": "4M", "__stack_size": "64K"}
WASI = pathlib.Path("/usr/include/wasm32-wasi")  # C's library functions, for kernels that call them
NO_FLOATS = "-DWASMBED_WASM_FLOATS=0"  # builds that leave parts out: core/wasm/ops.hpp
FEW_FORMS = "-DWASMBED_WASM_FORMS=0"
FUEL_INSTRUCTIONS = 2  # a unit of fuel costs `subs; bmi` (cortex_m.S)
MODULE_BYTES = 8192


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


class Kernel:
    """A C file: its name as an identifier, whether it computes with floating point, its module."""

    def __init__(self, source, number, work):
        self.source = source
        self.name = re.sub(r"\W", "_", source.stem)
        self.symbol = f"kernel_{number}"
        self.wasm = work / f"{self.symbol}.wasm"
        self.floats = set(re.findall(r"\b(?:float|double)\b", source.read_text(errors="replace")))

    def compile_wasm(self):
        target = ["--target=wasm32-wasi", "-nostartfiles", "-nodefaultlibs"] if WASI.exists() else ["--target=wasm32", "-nostdlib"]
        run("clang-19", *target, "-O2", "-w", "-mbulk-memory", "-Wl,--no-entry", "-Wl,--export=run", "-Wl,-z,stack-size=65536",
            "-Wl,--strip-all", self.source, *(["-lc"] if WASI.exists() else []), "-o", self.wasm)

    def compile_native(self, compiler, objcopy, flags, work):
        """Only the kernel's `run` stays visible: kernels may use the same names."""
        result = work / f"{self.symbol}.o"
        run(compiler, *flags, "-O2", "-w", "-fno-common", f"-Drun={self.symbol}", "-c", self.source, "-o", result)
        run(objcopy, f"--keep-global-symbol={self.symbol}", result)
        return result


def compiled(sources, work):
    """The kernels of which a module can be made; the others become rows."""
    result = []
    for number, source in enumerate(sources):
        kernel = Kernel(source, number, work)
        try:
            kernel.compile_wasm()
            result.append(kernel)
        except subprocess.CalledProcessError:
            row(f"{source.name}: as WebAssembly", "does not compile")
    return result


def objects(kernels, work, compiler, objcopy, flags):
    table = ["struct Kernel { const char* name; const unsigned char* wasm; unsigned bytes; unsigned (*native)(unsigned); };"]
    result, entries = [], []
    for kernel in kernels:
        try:
            result.append(kernel.compile_native(compiler, objcopy, flags, work))
        except subprocess.CalledProcessError:
            row(f"{kernel.source.name}: natively, with {compiler}", "does not compile")
            continue
        data = ",".join(str(byte) for byte in kernel.wasm.read_bytes())
        table.append(f"static const unsigned char wasm_{kernel.symbol}[] = {{{data}}}; unsigned {kernel.symbol}(unsigned);")
        entries.append(f'{{"{kernel.name}", wasm_{kernel.symbol}, sizeof wasm_{kernel.symbol}, {kernel.symbol}}}')
    table.append("const struct Kernel kKernels[] = {" + ",".join(entries) + "};")
    table.append(f"const unsigned kKernelCount = {len(entries)};")
    (work / "table.c").write_text("\n".join(table))
    run(compiler, *flags, "-Os", "-c", work / "table.c", "-o", work / "table.o")
    return [*result, work / "table.o"]


def engine(work, compiler, flags):
    sources = [p for p in sorted((ROOT / "core/wasm").glob("*.cpp")) if not re.search("_test$|_fuzz$|generator|mutator", p.stem)]
    def compiled_source(source):
        result = work / f"engine_{source.stem}.o"
        run(compiler, *CXX, *flags, "-c", source, "-o", result)
        return result

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compiled_source, [*sources, ROOT / "core/base/crc32.cpp", HERE / "program.cpp"]))


def linked(core, parts, work, flags, defines=()):
    """The engine and what is to run in it as an image for a board."""
    cpu = [*BOARDS[core][1], *ARM]
    everything = [*parts, *engine(work, "arm-none-eabi-g++", [*cpu, "-specs=picolibcpp.specs", "-Wno-psabi", *flags, *defines])]
    run("arm-none-eabi-gcc", *cpu, *defines, f"-I{ROOT}", "-c", ROOT / "core/wasm/cortex_m.S", "-o", work / "wasmbed_wasm_core.o")
    image = work / "bench.elf"
    run("arm-none-eabi-g++", *cpu, "-specs=picolibcpp.specs", "--oslib=semihost", *flags, *[f"-Wl,--defsym={k}={v}" for k, v in MEMORY.items()],
        "-Wl,--gc-sections", f"-Wl,-Map={work}/bench.map", *everything, work / "wasmbed_wasm_core.o", "-o", image, stderr=subprocess.DEVNULL)
    return image


def on_board(kernels, work, core="Cortex-M3", defines=(), flags=None):
    flags = flags or os.environ.get("WASMBED_ENGINE_FLAGS", "-Os").split()
    cpu = [*BOARDS[core][1], *ARM]
    parts = objects(kernels, work, "arm-none-eabi-gcc", "arm-none-eabi-objcopy", [*cpu, "--specs=picolibc.specs"])
    image = linked(core, parts, work, flags, defines)
    say(f"running on {core} in QEMU")
    done = run("qemu-system-arm", "-M", BOARDS[core][0], "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config",
               "enable=on,target=native", "-icount", "shift=6", "-kernel", image, capture_output=True, text=True, timeout=300,
               stdin=subprocess.DEVNULL)
    return figures_of(done.stdout + done.stderr)


def on_host(kernels, work):
    parts = objects(kernels, work, "clang-19", "objcopy", []) + engine(work, "clang++-19", ["-O2"])
    run("clang++-19", *parts, "-lm", "-o", work / "bench")
    return figures_of(run(work / "bench", capture_output=True, text=True, timeout=300).stdout)


class Figures:
    """A line of program.cpp."""

    def __init__(self, fields):
        self.native, self.wasm, self.load, self.module, self.image, self.ram, self.fuel, self.stack = map(int, fields)
        self.ratio = self.wasm / max(1, self.native)


def figures_of(text):
    """name -> figures; what went wrong becomes a row."""
    result = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) == 10 and fields[9] == "right":
            result[fields[0]] = Figures(fields[1:9])
        else:
            row(f"engine: {line}", "failed")
    return result


def mean(ratios):
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}" if ratios else "none"


def areas(elf, mapping):
    text = run(sys.executable, ROOT / "tools/size.py", elf, mapping, capture_output=True, text=True).stdout
    return {m[1].strip(): m[2] for m in re.finditer(r"^(\S.*?)\s+([\d,]+)\s+[\d,]+$", text, re.M)}


def flash(work):
    """What the engine takes: in an image of its own, whole and with parts left out, and in the firmware if that is built."""
    (work / "table.c").write_text("const unsigned kKernels[4] = {0}; const unsigned kKernelCount = 0;")
    run("arm-none-eabi-gcc", *BOARDS["Cortex-M3"][1], *ARM, "-c", work / "table.c", "-o", work / "table.o")
    for text, defines, target in (("", [], "<= 35,840"), (" without floating point", [NO_FLOATS], ""),
                                  (" without floating point, with few forms of operations", [NO_FLOATS, FEW_FORMS], "<= 24,576")):
        sizes = areas(linked("Cortex-M3", [work / "table.o"], work, FIRMWARE, defines), work / "bench.map")
        row(f"flash of the engine{text}, bytes", sizes.get("core/wasm", "?"), target,
            f"libgcc {sizes.get('libgcc', '0')}, libc {sizes.get('libc, libstdc++', '0')}")
    built = BUILD / "fw/mps2-an385/firmware"
    if (built / "mps2-an385.map").exists():
        sizes = areas(built / "mps2-an385.elf", built / "mps2-an385.map")
        row("flash of the engine in the mps2-an385 image, bytes", sizes.get("core/wasm", "?"), "<= 35,840", f"libgcc {sizes.get('libgcc', '?')}")


def report(kernels, board, host, portable, few, fpu):
    for kernel in kernels:
        if kernel.name not in board:
            continue
        figures = board[kernel.name]
        there = f"; host {host[kernel.name].ratio:.1f} times" if kernel.name in host else ""
        target = "" if kernel.floats else "<= 9.5"
        row(f"{kernel.name}: instructions on Cortex-M3, times native", f"{figures.ratio:.2f}", target, f"{figures.native} natively{there}")
    for name, figures in fpu.items():
        row(f"{name}: instructions on Cortex-M4F, times native", f"{figures.ratio:.2f}", "<= 12", f"{figures.native} natively, in the FPU")
    integer = [k.name for k in kernels if not k.floats and k.name in board]
    every = list(board.values())
    row("integer kernels on Cortex-M3, geometric mean", mean([board[n].ratio for n in integer]), "<= 7.5")
    row("integer kernels on Cortex-M3, portable core", mean([portable[n].ratio for n in integer if n in portable]), "<= 11")
    row("integer kernels on Cortex-M3, few forms of operations", mean([few[n].ratio for n in integer if n in few]))
    row("integer kernels on this machine, geometric mean", mean([host[n].ratio for n in integer if n in host]), "<= 22")
    if not every:
        return
    fuel = {name: 100 * FUEL_INSTRUCTIONS * f.fuel / f.wasm for name, f in board.items()}
    most = max(fuel, key=fuel.get)
    row("fuel metering on Cortex-M3, percent of instructions, mean", f"{sum(fuel.values()) / len(fuel):.1f}", "<= 3",
        f"two instructions a unit; most in {most}: {fuel[most]:.1f}")
    total = sum(f.image for f in every) / sum(f.module for f in every)
    row("image, bytes per module byte, all modules together", f"{total:.2f}", "<= 0.9", f"mean {sum(f.image / f.module for f in every) / len(every):.2f}")
    row("load on Cortex-M3, instructions per module byte, all modules", f"{sum(f.load for f in every) / sum(f.module for f in every):.0f}", "<= 120",
        f"mean {sum(f.load / f.module for f in every) / len(every):.0f}")
    ram = max(f.ram for f in every)
    row("RAM beyond memory, globals and frames for a module of 8 KB, code in RAM", f"{total * MODULE_BYTES + ram:,.0f}",
        f"<= {0.9 * MODULE_BYTES + 2048:,.0f}", "from the two ratios")
    row("the same with code in flash", ram, "<= 2,048", "an instance")
    row("native stack while running on Cortex-M3, bytes, most", max(f.stack for f in every), "<= 512")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "kernels"
    sources = sorted(folder.glob("*.c"))
    if not sources:
        sys.exit(f"no C files in {folder}")
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        kernels = compiled(sources, work)
        single = [k for k in kernels if k.floats == {"float"}]
        board = on_board(kernels, work)
        integer = [k for k in kernels if not k.floats]
        portable = on_board(integer, work, defines=["-DWASMBED_WASM_PORTABLE_CORE"], flags=["-O2"])
        few = on_board(integer, work, defines=[NO_FLOATS, FEW_FORMS])
        fpu = on_board(single, work, core="Cortex-M4F") if single else {}
        host = on_host(kernels, work)
        report(kernels, board, host, portable, few, fpu)
        flash(work)


if __name__ == "__main__":
    main()
