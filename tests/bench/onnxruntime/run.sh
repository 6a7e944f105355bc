#!/bin/sh
# ONNX Runtime on the same networks as executors_bench, on one core:
#     tests/bench/onnxruntime/run.sh [BUILD_FOLDER [CORE]]          default: build/release, 0
# Needs Node.js 18 or later, npm, and the app in the build folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-"$here/../../../build/release"}
core=${2:-0}
[ -d "$here/node_modules" ] || (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for network in efficientvit_b1_r224 efficientvit_seg_b0_r352x480; do
  "$build/app/tridex" describe "$network" --yaml "$work/$network.yaml" > "$work/log"
  taskset -c "$core" node "$here/bench.mjs" "$work/$network.yaml"
done
