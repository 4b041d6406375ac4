#!/bin/bash
# build.sh SOURCE OUT [ASC_OPTION...]: compiles with the version of AssemblyScript that package-lock.json names, kept in .deps/assemblyscript. Where npm cannot
# get it, says so and leaves no output: tests of such programs are skipped then.
set -euo pipefail
source=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../../../../.deps/assemblyscript
rm -f "$out"
mkdir -p "$tools"
exec 9>"$tools/lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$tools/package-lock.json" || [ ! -e "$tools/node_modules/.bin/asc" ]; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  # Not `npm ci`, for the reason in tools/dashboard.sh.
  (cd "$tools" && npm install --no-save --no-audit --no-fund --omit-lockfile-registry-resolved --fetch-retries=1) >"$tools/npm.log" 2>&1 || {
    rm -f "$tools/package-lock.json"
    echo "AssemblyScript cannot be installed (see $tools/npm.log): no $(basename "$out")"
    exit 0
  }
fi
exec "$tools/node_modules/.bin/asc" "$source" "$@" --use abort= -o "$out"
