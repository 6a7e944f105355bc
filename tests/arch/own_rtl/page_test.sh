#!/usr/bin/env bash
# docs/own-rtl.md from the empty folder on: its files, its commands, its result. page_test.sh TRIDEX FOLDER
set -euo pipefail
tridex=$(realpath "$1")
rm -rf "$2" && mkdir -p "$2"
cd "$2"
ln -s "$tridex" tridex
# The indented block after the first line that begins with $1.
block() {
  awk -v start="$1" 'index($0, start) == 1 {on = 1}
    on && /^    / {print substr($0, 5); found = 1; next}
    on && found && !/^$/ {exit}
    on && found && /^$/ {print ""}' "$tridex/docs/own-rtl.md"
}
block "Say Tridex is in" >start.sh
block "Build and run:" >build.sh
[ -s start.sh ] && [ -s build.sh ]
source start.sh
block "**CMakeLists.txt**" >CMakeLists.txt
block "**work.yaml**" >work.yaml
source ../build.sh | tee result.txt
grep -q "as expected: 1 region or stream, no bus rule broken" result.txt
