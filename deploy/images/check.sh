#!/bin/bash
# check.sh DIR [TAG]: unpacks the image that build.sh made and runs its programs in it, as its user: what a container engine would do first.
set -euo pipefail
layout=$(realpath "${1:?directory of the OCI layout}") tag=${2:-0.1.0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umoci unpack --image "$layout:$tag" "$work/bundle"
config=$work/bundle/config.json
[ "$(sed -n 's/.*"uid": \([0-9]*\).*/\1/p' "$config" | head -n 1)" = 65532 ] || { echo "check.sh: the image does not run as 65532" >&2; exit 1; }

inside() { chroot --userspec=65532:65532 "$work/bundle/rootfs" "$@"; }
for role in apiserver controller gateway emulator web; do
  inside /usr/share/wasmbed/bin/wasmbed "$role" --help >/dev/null || { echo "check.sh: the image's wasmbed does not run as $role" >&2; exit 1; }
done
inside /usr/share/wasmbed/bin/wasmbed wasm --help | head -n 1
inside /usr/bin/qemu-system-arm --version | head -n 1
for file in firmware/sim.elf firmware/sim.emulator.json apps/hello.wasm; do
  [ -n "$(find "$work/bundle/rootfs/usr/share/wasmbed/$file" -perm -o=r)" ] || { echo "check.sh: the image has no readable $file" >&2; exit 1; }
done
