#!/bin/bash
# What is too long for `./dev test`: the unit tests under sanitizers, every fuzz target for FUZZ_SECONDS (60) each,
# generated modules in two WebAssembly engines, and CRASH_ROUNDS (200) crashes of the running platform.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
failed=0

sanitized() {
  local preset=$1
  echo "check: unit tests, preset $preset"
  cmake --preset "$preset" >/dev/null
  ninja -C "build/$preset" -j "$jobs" --quiet
  ctest --test-dir "build/$preset" -L unit -j "$jobs" --output-on-failure --no-tests=error | tail -n 30 || failed=1
}

fuzz() {
  local target
  cmake --preset fuzz >/dev/null
  ninja -C build/fuzz -j "$jobs" --quiet
  for target in build/fuzz/bin/*_fuzz; do
    echo "check: $(basename "$target") for ${FUZZ_SECONDS:-60} s"
    mkdir -p "build/fuzz/corpus/$(basename "$target")"
    "$target" -max_total_time="${FUZZ_SECONDS:-60}" -print_final_stats=1 -artifact_prefix=build/fuzz/ "build/fuzz/corpus/$(basename "$target")" \
      $(find core device host services -type d -path "*/corpus/$(basename "$target")") >"build/fuzz/$(basename "$target").log" 2>&1 ||
      { tail -n 30 "build/fuzz/$(basename "$target").log" >&2; failed=1; }
  done
}

# The WebAssembly engine against wasm-interp on DIFFERENTIAL_MODULES (5,000) generated modules, from a seed that is printed.
differential() {
  local seed=${WASMBED_SEED:-$RANDOM$RANDOM}
  echo "check: ${DIFFERENTIAL_MODULES:-5000} modules against wasm-interp from seed $seed"
  WASMBED_MODULES=${DIFFERENTIAL_MODULES:-5000} WASMBED_SEED=$seed build/host/bin/wasm_differential_test --gtest_filter='*generated*' | grep -v '^\[' || failed=1
}

# Roles, boards and everything at once killed at random moments. The seed is printed; WASMBED_SEED repeats a run.
crashes() {
  echo "check: ${CRASH_ROUNDS:-200} crashes"
  WASMBED_ROUNDS=${CRASH_ROUNDS:-200} WASMBED_BUILD=build/host python3 tests/fault/platform_crashes_test.py || failed=1
}

# The engine's tests on the boards with a floating-point unit; `./dev test` runs them on mps2-an385.
cortex_m() {
  local board boards="mps2-an386 mps2-an500 mps2-an505"
  echo "check: the engine on $boards"
  for board in $boards; do ninja -C "build/fw/$board" -j "$jobs" --quiet cortex_m_images || failed=1; done
  WASMBED_BOARDS=$boards python3 tests/cortex_m/cortex_m_test.py || failed=1
}

# The link of a device cut at random moments for LINK_MINUTES (10).
links() {
  echo "check: links cut for ${LINK_MINUTES:-10} minutes"
  WASMBED_SOAK=${LINK_MINUTES:-10} WASMBED_SEED=$RANDOM python3 tests/fault/link_faults_test.py || failed=1
}

sanitized sanitizers
sanitized tsan
fuzz
differential
cortex_m
crashes
links
exit "$failed"
