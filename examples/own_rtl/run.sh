#!/usr/bin/env bash
# Builds the example and cosimulates it: examples/own_rtl/run.sh [--waves f.vcd ...]. Options go to tridex_cosim.
# On Debian 12 it installs the packages that it needs, as root or through sudo.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
tridex=$here/../..
build=$tridex/build/own_rtl
source "$tridex/scripts/packages.sh"
ensure_packages "$tridex/scripts/packages-own-rtl.txt"

cmake -S "$here" -B "$build" -G Ninja >/dev/null
cmake --build "$build"
mkdir -p "$here/data"
"$build/scale_add_reference" "$here/data"
"$build/tridex_cosim" "$here/work.yaml" "$@"
