#!/usr/bin/env bash
# Usage: scenes_compilers.sh SOURCE_FOLDER. Draws the same scenes with every compiler that is here, without and with
# optimization, and compares the bytes. Exit status 77 (skipped) where there is but one compiler.
set -euo pipefail
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/draw.cpp" <<'END'
#include <cstdio>
#include "models/scenes/scenes.h"
int main() {
  using namespace tridex::models;
  for (const auto split : {SceneSplit::kTrain, SceneSplit::kCalibration, SceneSplit::kTest}) {
    for (uint64_t i = 0; i < 2000; ++i) {
      const auto record = scene_record(draw_scene(1, split, i));
      std::fwrite(record.data(), 1, record.size(), stdout);
    }
  }
}
END
declare -A sums
compilers=0
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || { echo "skipped: no $compiler here"; continue; }
  compilers=$((compilers + 1))
  for flags in "-O0" "-O0 -fsanitize=undefined" "-O2" "-O3 -march=x86-64-v3"; do
    "$compiler" -std=c++20 $flags -ffp-contract=off -I. "$work/draw.cpp" models/scenes/*.cpp -o "$work/draw"
    sum=$("$work/draw" | sha256sum | cut -d' ' -f1)
    echo "$compiler $flags: $sum"
    sums[$sum]=1
  done
done
[ "$compilers" -gt 0 ] || exit 77
[ "${#sums[@]}" -eq 1 ] || { echo "the bytes differ"; exit 1; }
[ "$compilers" -eq 2 ] || exit 77
