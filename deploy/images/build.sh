#!/bin/bash
# build.sh DIR [TAG]: the image of every role as an OCI layout in DIR, from the outputs of `./dev build`. Needs root, mmdebstrap and umoci.
set -euo pipefail
cd "$(dirname "$0")/../.."
layout=$(realpath -m "${1:?directory for the OCI layout}") tag=${2:-0.1.0}
for tool in mmdebstrap umoci; do
  command -v "$tool" >/dev/null || { echo "build.sh: $tool is missing (apt-get install $tool)" >&2; exit 1; }
done
[ -x build/bin/wasmbed ] || { echo "build.sh: build/bin/wasmbed is missing; run ./dev build" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The shared libraries that the binary asks for, by the packages that own them.
# (By name: dpkg knows a library by /lib or by /usr/lib, whichever its package says.)
libraries() { ldd build/bin/wasmbed | awk '$3 ~ /^\// {print $3}' | xargs -n1 realpath | xargs -n1 basename; }
packages=$(libraries | sed "s#^#*/$(uname -m)-linux-gnu/#" | xargs -d '\n' dpkg -S | cut -d: -f1 | sort -u | paste -sd,)
mmdebstrap --variant=extract --include="ca-certificates,qemu-system-arm,$packages" bookworm "$work/root"

umoci init --layout "$layout"
umoci new --image "$layout:$tag"
umoci unpack --image "$layout:$tag" "$work/bundle"
cp -a "$work/root/." "$work/bundle/rootfs/"
install -D -m 0755 build/bin/wasmbed "$work/bundle/rootfs/usr/share/wasmbed/bin/wasmbed"
for folder in firmware apps dashboard quickstart; do
  [ -d "build/$folder" ] && cp -a "build/$folder" "$work/bundle/rootfs/usr/share/wasmbed/"
done
umoci repack --image "$layout:$tag" "$work/bundle"
umoci config --image "$layout:$tag" --config.entrypoint /usr/share/wasmbed/bin/wasmbed --config.user 65532:65532
umoci gc --layout "$layout"
echo "$layout:$tag"
