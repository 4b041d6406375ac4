#!/bin/bash
# Builds the dashboard's bundle into build/dashboard; does nothing when it is newer than its sources. `test` runs its checks instead.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"
out=../build/dashboard

# quiet LOG COMMAND...: the output only when it failed.
quiet() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; echo "dashboard: $1 $2 failed; the log is build/$(basename "$log")" >&2; exit 1; }
}

mkdir -p ../build
# What package-lock.json says, and no change to it. Not `npm ci`: that refuses a lock file without the optional packages for other systems, which a
# registry need not have.
[ node_modules/.package-lock.json -nt package-lock.json ] || quiet ../build/dashboard-npm.log npm install --no-save --no-audit --no-fund

case ${1:-build} in
  build)
    newer=$([ -f $out/index.html ] && find src public ../deploy/crds index.html package-lock.json vite.config.ts -newer $out/index.html -print -quit || echo all)
    if [ -n "$newer" ]; then
      quiet ../build/dashboard-build.log npx vite build
      # wasmbed web sends these where the browser takes them.
      find $out -type f -regex '.*\.\(js\|css\|svg\)' -size +1k -exec gzip -kfn9 {} +
    fi
    ;;
  test)
    node tools/generate_types.mjs --check
    npx tsc -p .
    npx vitest run
    ;;
  *) echo "usage: tools/dashboard.sh [build|test]" >&2; exit 2 ;;
esac
