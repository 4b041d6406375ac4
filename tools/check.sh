#!/bin/bash
# What is too long for `./dev test`. `./dev check [PART...]` runs the parts named, or all, each with its log in build/check/PART.log, and ends
# with one line for each. A part that fails does not keep the others from running.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
parts=(sanitizers tsan fuzz differential cortex_m crashes links cluster image)
logs=build/check

usage() {
  cat <<'EOF'
./dev check [PART...]   all parts, in this order:
  sanitizers   unit tests under the address and undefined-behaviour sanitizers
  tsan         unit tests of the programs with threads under the thread sanitizer
  fuzz         every fuzz target for FUZZ_SECONDS (60)
  differential the WebAssembly engine against wasm-interp on DIFFERENTIAL_MODULES (5,000) generated modules; the log has the seed
  cortex_m     the engine's tests on the boards with a floating-point unit (./dev test runs them on mps2-an385), and on all BOARD_MODULES (2,000)
               generated modules; the log has the seed
  crashes      CRASH_ROUNDS (200) kills of roles, boards and everything at once; the log has the seed, WASMBED_SEED repeats a run
  links        the link of a device cut at random moments for LINK_MINUTES (10)
  cluster      end-to-end tests on a real kube-apiserver, those that ./dev test runs with the embedded one only; needs root
  image        the image of deploy/images, built on a Debian root and looked at from inside; needs root
EOF
}

# sanitized PRESET TARGET LABEL
sanitized() {
  cmake --preset "$1" && ninja -C "build/$1" -j "$jobs" "$2" &&
    ctest --test-dir "build/$1" -L "$3" -j "$jobs" --output-on-failure --timeout 600 --no-tests=error
}
sanitizers() { sanitized sanitizers unit_tests '^unit'; }
tsan() { sanitized tsan threaded_tests '^unit-threads$'; }

fuzz() {
  local target name failed=0
  cmake --preset fuzz && ninja -C build/fuzz -j "$jobs" fuzz_targets || return 1
  for target in build/fuzz/bin/*_fuzz; do
    name=$(basename "$target")
    echo "fuzz: $name for ${FUZZ_SECONDS:-60} s" | tee /dev/fd/3
    mkdir -p "build/fuzz/corpus/$name"
    # Inputs that were found before, then the seeds beside the sources.
    timeout -k 10 $((${FUZZ_SECONDS:-60} + 300)) "$target" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" \
      $(find core device host services -type d -path "*/corpus/$name") || { echo "fuzz: $name failed" | tee /dev/fd/3; failed=1; }
  done
  return "$failed"
}

differential() {
  local seed=${WASMBED_SEED:-$RANDOM$RANDOM}
  echo "WASMBED_SEED=$seed"
  WASMBED_MODULES=${DIFFERENTIAL_MODULES:-5000} WASMBED_SEED=$seed build/host/bin/wasm_differential_test --gtest_filter='*generated*'
}

cortex_m() {
  local board boards="mps2-an386 mps2-an500 mps2-an505"
  local -x WASMBED_MODULES=${BOARD_MODULES:-2000} WASMBED_SEED=${WASMBED_SEED:-$RANDOM$RANDOM}
  echo "WASMBED_SEED=$WASMBED_SEED"
  for board in $boards; do ninja -C "build/fw/$board" -j "$jobs" cortex_m_images || return 1; done
  WASMBED_BOARDS=$boards python3 tests/cortex_m/cortex_m_test.py &&
    WASMBED_BOARDS=mps2-an385 python3 tests/cortex_m/cortex_m_test.py -k generated
}

crashes() { WASMBED_ROUNDS=${CRASH_ROUNDS:-200} WASMBED_BUILD=build/host python3 tests/fault/platform_crashes_test.py -v; }
image() { deploy/images/build.sh build/image && deploy/images/check.sh build/image; }
links() { WASMBED_SOAK=${LINK_MINUTES:-10} WASMBED_SEED=${WASMBED_SEED:-$RANDOM} WASMBED_BUILD=build/host python3 tests/fault/link_faults_test.py -v; }

cluster() {
  local test failed=0
  tools/kube/build.sh .deps/kube || return 1
  for test in console crash serial small_board surroundings watchdog; do
    echo "cluster: $test" | tee /dev/fd/3
    WASMBED_ON=cluster WASMBED_BUILD=build/host python3 "tests/e2e/${test}_test.py" -v || { echo "cluster: $test failed" | tee /dev/fd/3; failed=1; }
  done
  return "$failed"
}

for part in "$@"; do
  if [[ " ${parts[*]} " != *" $part "* ]]; then
    usage >&2
    exit 2
  fi
done
[ $# -gt 0 ] && parts=("$@")

mkdir -p "$logs"
exec 3>&1
summary=() failed=0
for part in "${parts[@]}"; do
  echo "check: $part (log: $logs/$part.log)"
  started=$SECONDS
  if "$part" >"$logs/$part.log" 2>&1; then
    result=passed
  else
    result=FAILED failed=1
    tail -n 40 "$logs/$part.log" >&2
  fi
  summary+=("$(printf '%-12s %-7s %5d s' "$part" "$result" $((SECONDS - started)))")
done
printf 'check: %s\n' "${summary[@]}"
exit "$failed"
