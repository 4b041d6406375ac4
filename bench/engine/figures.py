#!/usr/bin/env python3
"""Figures of the WebAssembly engine: each C kernel natively and as WebAssembly on mps2-an385 in QEMU, by exact instruction counts.

figures.py [DIR]   DIR: a folder of C files that define `unsigned run(unsigned)`; ours are in kernels/.
WASMBED_ENGINE_FLAGS: flags for the engine, -Os by default as the firmware has it.
"""

import math
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from benchmark import ROOT, row, say  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ARM = ["-mcpu=cortex-m3", "-mthumb", "-ffunction-sections", "-fdata-sections"]
CXX = ["-std=gnu++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-Wno-psabi", f"-I{ROOT}"]
FLOAT = {"float64"}  # mostly soft float: not in the integer mean


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def build(kernels, work):
    flags = os.environ.get("WASMBED_ENGINE_FLAGS", "-Os").split()
    names = []
    table = ["struct Kernel { const char* name; const unsigned char* wasm; unsigned bytes; unsigned (*native)(unsigned); };"]
    objects = []
    for source in kernels:
        name = source.stem
        names.append(name)
        wasm = work / f"{name}.wasm"
        run("clang-19", "--target=wasm32", "-O2", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=run", "-Wl,-z,stack-size=4096",
            "-Wl,--strip-all", source, "-o", wasm)
        native = work / f"{name}.o"
        run("arm-none-eabi-gcc", *ARM, "--specs=picolibc.specs", "-O2", f"-Drun=native_{name}", "-c", source, "-o", native)
        objects.append(native)
        data = ",".join(str(byte) for byte in wasm.read_bytes())
        table.append(f"static const unsigned char wasm_{name}[] = {{{data}}}; unsigned native_{name}(unsigned);")
    table.append("const struct Kernel kKernels[] = {" + ",".join(f'{{"{n}", wasm_{n}, sizeof wasm_{n}, native_{n}}}' for n in names) + "};")
    table.append(f"const unsigned kKernelCount = {len(names)};")
    (work / "table.c").write_text("\n".join(table))
    run("arm-none-eabi-gcc", *ARM, "--specs=picolibc.specs", "-Os", "-c", work / "table.c", "-o", work / "table.o")
    objects.append(work / "table.o")
    sources = [p for p in sorted((ROOT / "core/wasm").glob("*.cpp")) if not p.stem.endswith(("_test", "_fuzz"))]
    for source in [*sources, HERE / "cortex_m3.cpp"]:
        target = work / f"engine_{source.stem}.o"
        run("arm-none-eabi-g++", *ARM, "-specs=picolibcpp.specs", *CXX, *flags, "-c", source, "-o", target)
        objects.append(target)
    core = work / "engine_cortex_m.o"
    run("arm-none-eabi-gcc", *ARM, f"-I{ROOT}", "-c", ROOT / "core/wasm/cortex_m.S", "-o", core)
    objects.append(core)
    image = work / "bench.elf"
    memory = [f"-Wl,--defsym={k}={v}" for k, v in
              {"__flash": "0x00000000", "__flash_size": "4M", "__ram": "0x20000000", "__ram_size": "4M", "__stack_size": "16K"}.items()]
    run("arm-none-eabi-g++", *ARM, "-specs=picolibcpp.specs", "--oslib=semihost", "-Os", *memory, "-Wl,--gc-sections", *objects, "-o", image,
        stderr=subprocess.DEVNULL)
    return image


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "kernels"
    kernels = sorted(folder.glob("*.c"))
    if not kernels:
        sys.exit(f"no C files in {folder}")
    with tempfile.TemporaryDirectory() as scratch:
        image = build(kernels, pathlib.Path(scratch))
        say("running in QEMU")
        done = run("qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config",
                   "enable=on,target=native", "-icount", "shift=6", "-kernel", image, capture_output=True, text=True, timeout=120,
                   stdin=subprocess.DEVNULL)
    ratios, code, loads = [], [], []
    for line in (done.stdout + done.stderr).splitlines():
        fields = line.split()
        if len(fields) != 7 or fields[6] != "right":
            row(f"engine: {line}", "failed")
            continue
        name = fields[0]
        native, wasm, load, module_bytes, image_bytes = map(int, fields[1:6])
        ratio = wasm / native
        if name not in FLOAT:
            ratios.append(ratio)
        code.append(image_bytes / module_bytes)
        loads.append(load / module_bytes)
        row(f"{name}: instructions, times native", f"{ratio:.2f}", beside=f"{native} natively")
    if ratios:
        row("integer kernels, geometric mean", f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}", "<= 7.5")
        row("image, bytes per module byte, mean", f"{sum(code) / len(code):.2f}", "<= 0.9")
        row("load, instructions per module byte, mean", f"{sum(loads) / len(loads):.0f}", "<= 120")


if __name__ == "__main__":
    main()
