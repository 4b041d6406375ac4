#!/usr/bin/env python3
"""Figures of the WebAssembly engine: each C kernel natively and as WebAssembly, on mps2-an385 in QEMU by exact instruction counts, and on this
machine by time.

figures.py [DIR]   DIR: a folder of C files that define `unsigned run(unsigned)`; ours are in kernels/.
WASMBED_ENGINE_FLAGS: flags for the engine on mps2-an385, -Os by default as the firmware has it.
"""

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
ARM = ["-mcpu=cortex-m3", "-mthumb", "-ffunction-sections", "-fdata-sections"]
CXX = ["-std=gnu++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", f"-I{ROOT}"]
FLOAT = {"float64"}  # mostly soft float: not in the integer mean


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def objects(kernels, work, compiler, flags):
    """The kernels, natively and as bytes of WebAssembly."""
    table = ["struct Kernel { const char* name; const unsigned char* wasm; unsigned bytes; unsigned (*native)(unsigned); };"]
    names, result = [], []
    for source in kernels:
        name = source.stem
        names.append(name)
        wasm = work / f"{name}.wasm"
        run("clang-19", "--target=wasm32", "-O2", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=run", "-Wl,-z,stack-size=4096",
            "-Wl,--strip-all", source, "-o", wasm)
        native = work / f"{name}.o"
        run(compiler, *flags, "-O2", f"-Drun=native_{name}", "-c", source, "-o", native)
        result.append(native)
        data = ",".join(str(byte) for byte in wasm.read_bytes())
        table.append(f"static const unsigned char wasm_{name}[] = {{{data}}}; unsigned native_{name}(unsigned);")
    table.append("const struct Kernel kKernels[] = {" + ",".join(f'{{"{n}", wasm_{n}, sizeof wasm_{n}, native_{n}}}' for n in names) + "};")
    table.append(f"const unsigned kKernelCount = {len(names)};")
    (work / "table.c").write_text("\n".join(table))
    run(compiler, *flags, "-Os", "-c", work / "table.c", "-o", work / "table.o")
    return [*result, work / "table.o"]


def engine(work, compiler, flags):
    sources = [p for p in sorted((ROOT / "core/wasm").glob("*.cpp")) if not p.stem.endswith(("_test", "_fuzz"))]
    result = []
    for source in [*sources, HERE / "program.cpp"]:
        result.append(work / f"engine_{source.stem}.o")
        run(compiler, *CXX, *flags, "-c", source, "-o", result[-1])
    return result


def for_board(kernels, work):
    flags = os.environ.get("WASMBED_ENGINE_FLAGS", "-Os").split()
    parts = objects(kernels, work, "arm-none-eabi-gcc", [*ARM, "--specs=picolibc.specs"])
    parts += engine(work, "arm-none-eabi-g++", [*ARM, "-specs=picolibcpp.specs", "-Wno-psabi", *flags])
    run("arm-none-eabi-gcc", *ARM, f"-I{ROOT}", "-c", ROOT / "core/wasm/cortex_m.S", "-o", work / "core.o")
    image = work / "bench.elf"
    memory = [f"-Wl,--defsym={k}={v}" for k, v in
              {"__flash": "0x00000000", "__flash_size": "4M", "__ram": "0x20000000", "__ram_size": "4M", "__stack_size": "16K"}.items()]
    run("arm-none-eabi-g++", *ARM, "-specs=picolibcpp.specs", "--oslib=semihost", "-Os", *memory, "-Wl,--gc-sections", *parts, work / "core.o",
        "-o", image, stderr=subprocess.DEVNULL)
    say("running in QEMU")
    done = run("qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config",
               "enable=on,target=native", "-icount", "shift=6", "-kernel", image, capture_output=True, text=True, timeout=120,
               stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


def for_host(kernels, work):
    parts = objects(kernels, work, "clang-19", []) + engine(work, "clang++-19", ["-O2"])
    run("clang++-19", *parts, "-o", work / "bench")
    return run(work / "bench", capture_output=True, text=True, timeout=120).stdout


def figures_of(text):
    """name -> native, wasm, load, module bytes, image bytes, RAM; what went wrong becomes a row."""
    result = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[7] == "right":
            result[fields[0]] = list(map(int, fields[1:7]))
        else:
            row(f"engine: {line}", "failed")
    return result


def mean(ratios):
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}" if ratios else "none"


def flash():
    """What the engine takes in the firmware, if that is built."""
    built = BUILD / "fw/mps2-an385/firmware"
    if not (built / "mps2-an385.map").exists():
        return
    areas = run(sys.executable, ROOT / "tools/size.py", built / "mps2-an385.elf", built / "mps2-an385.map", capture_output=True, text=True).stdout
    sizes = {m[1].strip(): m[2] for m in re.finditer(r"^(\S.*?)\s+([\d,]+)\s+[\d,]+$", areas, re.M)}
    row("flash of the engine in the mps2-an385 image, bytes", sizes.get("core/wasm", "?"), "<= 35,840", f"libgcc {sizes.get('libgcc', '?')}")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "kernels"
    kernels = sorted(folder.glob("*.c"))
    if not kernels:
        sys.exit(f"no C files in {folder}")
    with tempfile.TemporaryDirectory() as scratch:
        board = figures_of(for_board(kernels, pathlib.Path(scratch)))
        host = figures_of(for_host(kernels, pathlib.Path(scratch)))
    for name, (native, wasm, *_) in board.items():
        there = f"; host {host[name][1] / max(1, host[name][0]):.1f} times" if name in host else ""
        row(f"{name}: instructions on Cortex-M3, times native", f"{wasm / native:.2f}", "", f"{native} natively{there}")
    integer = [name for name in board if name not in FLOAT]
    row("integer kernels on Cortex-M3, geometric mean", mean([board[n][1] / board[n][0] for n in integer]), "<= 7.5")
    row("integer kernels on this machine, geometric mean", mean([host[n][1] / max(1, host[n][0]) for n in integer if n in host]), "<= 22")
    count = len(board) or 1
    row("image, bytes per module byte, mean", f"{sum(f[4] / f[3] for f in board.values()) / count:.2f}", "<= 0.9")
    row("load on Cortex-M3, instructions per module byte, mean", f"{sum(f[2] / f[3] for f in board.values()) / count:.0f}", "<= 120")
    row("RAM of an instance beyond memory and frames, bytes, most", max((f[5] for f in board.values()), default=0))
    flash()


if __name__ == "__main__":
    main()
