#!/bin/bash
# What is too long for `./dev test`: the unit tests under sanitizers, and every fuzz target for FUZZ_SECONDS (60) each.
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

sanitized sanitizers
sanitized tsan
fuzz
exit "$failed"
