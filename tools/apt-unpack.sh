#!/bin/bash
# apt-unpack.sh DIR SUITE PACKAGE...: unpacks the binary packages of SUITE (bookworm, trixie, ...) into DIR, without
# installing them and without what they depend on.
set -euo pipefail
. "$(dirname "$0")/apt-suite.sh"
dir=$(realpath -m "${1:?dir}") suite=${2:?suite}
shift 2
apt_suite "$dir" deb "$suite"
cd "$dir"
apt-get -q download "$@"
for package in ./*.deb; do dpkg -x "$package" . && rm "$package"; done
rm -rf .apt
