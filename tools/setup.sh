#!/bin/bash
# Installs what building and testing need: Debian packages, and into .deps the sources of lwIP and
# Mbed TLS (from trixie), QEMU 10, and two versions of kubectl for the tests.
# Says what it does; does nothing when everything is there. Runs as root or through sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

packages() { sed 's/#.*//' tools/packages.txt | awk 'NF {print $1}' | sort -u; }

missing_packages() {
  local have
  have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1 == "ii" {print $2}' | sort -u)
  comm -23 <(packages) <(echo "$have")
}

install_packages() {
  local missing
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  echo "setup: installing $(wc -w <<<"$missing") Debian packages:" $missing
  as_root apt-get -q update >/dev/null || { echo "setup: apt-get update failed; are the machine's apt sources reachable?" >&2; exit 1; }
  # shellcheck disable=SC2086  # one word per package is meant
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >.deps/apt.log 2>&1 ||
    { tail -n 20 .deps/apt.log >&2; echo "setup: apt-get install failed; the log is .deps/apt.log" >&2; exit 1; }
}

# unpack NAME: newest fetched source package NAME into .deps/NAME
unpack() {
  dpkg-source --no-check -x ".deps/src/$1"_*.dsc ".deps/$1.part" >/dev/null
  rm -rf ".deps/$1"
  mv ".deps/$1.part" ".deps/$1"
  rm -f .deps/"$1"_*.orig.tar.*
}

fetch_sources() {
  [ -d .deps/lwip ] && [ -d .deps/mbedtls ] && return 0
  echo "setup: fetching the sources of lwIP and Mbed TLS (trixie)"
  rm -rf .deps/src .deps/*.part
  tools/apt-source.sh .deps/src trixie lwip mbedtls >.deps/sources.log 2>&1 ||
    { tail -n 20 .deps/sources.log >&2; echo "setup: could not fetch source packages; the log is .deps/sources.log" >&2; exit 1; }
  unpack lwip
  unpack mbedtls
}

# kubectl 1.20 beside the system's own, whatever that is: the tests speak with an unmodified one.
fetch_kubectl() {
  [ -x .deps/kubectl/usr/bin/kubectl ] && return 0
  echo "setup: fetching kubectl (kubernetes-client)"
  rm -rf .deps/kubectl .deps/kubectl.part
  mkdir -p .deps/kubectl.part
  [ -n "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] || as_root apt-get -q update >/dev/null
  (cd .deps/kubectl.part && apt-get -q download kubernetes-client >/dev/null 2>&1 && dpkg -x ./*.deb . && rm ./*.deb) ||
    { echo "setup: could not download the package kubernetes-client" >&2; exit 1; }
  mv .deps/kubectl.part .deps/kubectl
}

# kubectl 1.32 (trixie): newer ones send protobuf, and ask for OpenAPI v3 and aggregated discovery.
fetch_new_kubectl() {
  [ -x .deps/kubectl-1.32/usr/bin/kubectl ] && return 0
  echo "setup: fetching kubectl 1.32 (trixie)"
  rm -rf .deps/kubectl-1.32 .deps/kubectl-1.32.part
  tools/apt-unpack.sh .deps/kubectl-1.32.part trixie kubectl >.deps/kubectl-1.32.log 2>&1 ||
    { tail -n 20 .deps/kubectl-1.32.log >&2; echo "setup: could not fetch the package kubectl; the log is .deps/kubectl-1.32.log" >&2; exit 1; }
  mv .deps/kubectl-1.32.part .deps/kubectl-1.32
}

# Debian's nodejs has npm in a package of its own; others bring it along, and conflict with that package.
install_node() {
  command -v node >/dev/null && command -v npm >/dev/null && return 0
  echo "setup: installing nodejs and npm"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install nodejs npm >.deps/node.log 2>&1 ||
    { tail -n 20 .deps/node.log >&2; echo "setup: installing nodejs and npm failed; the log is .deps/node.log" >&2; exit 1; }
}

# QEMU 10 (bookworm-backports) beside the system's own, for boards that 7.2 does not have; what it links with is the
# system's. `./dev build` shows it to the emulator as build/qemu.
fetch_qemu() {
  [ -d .deps/qemu/usr/bin/qemu-bundle ] && return 0
  echo "setup: fetching QEMU 10 (bookworm-backports)"
  rm -rf .deps/qemu .deps/qemu.part
  tools/apt-unpack.sh .deps/qemu.part bookworm-backports qemu-system-arm qemu-system-common qemu-system-data >.deps/qemu.log 2>&1 ||
    { tail -n 20 .deps/qemu.log >&2; echo "setup: could not fetch QEMU; the log is .deps/qemu.log" >&2; exit 1; }
  # QEMU takes its own modules and data, not those of the system's, when this is beside it.
  mkdir .deps/qemu.part/usr/bin/qemu-bundle
  ln -s ../.. .deps/qemu.part/usr/bin/qemu-bundle/usr
  mv .deps/qemu.part .deps/qemu
}

mkdir -p .deps
install_packages
install_node
fetch_sources
fetch_kubectl
fetch_new_kubectl
fetch_qemu
