#!/usr/bin/env bash
# Builds Tridex and explores machines for EfficientViT on a ZCU102: scripts/explore.sh [OUTPUT_FOLDER]
# Writes OUTPUT_FOLDER (out) with a folder a sweep: report.html, figures, points.csv. A second start goes on where the
# first one stopped. Real weights and images are used where $TRIDEX_DATA (or ../shared) has them.
set -euo pipefail
out=$(realpath -m "${1:-out}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
ensure_packages scripts/packages.txt

cmake -S . -B build/run -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build build/run --target tridex
tridex=build/run/app/tridex

explore() {
  "$tridex" sweep "$1" -o "$out/$1" --json "$out/$1.json" >/dev/null
  "$tridex" report "$out/$1" | tee "$out/$1.txt"
}
mkdir -p "$out"
reports=("$out/trio_zcu102_b1/report.html")
explore trio_zcu102_b1

export TRIDEX_DATA=${TRIDEX_DATA:-$(realpath -m ../shared)}
if [ -f "$TRIDEX_DATA/data/efficientvit_seg_b0_cityscapes.safetensors" ]; then
  echo
  explore trio_zcu102_seg
  reports+=("$out/trio_zcu102_seg/report.html")
else
  echo
  echo "No weights and images under $TRIDEX_DATA/data: accuracy is not measured (set TRIDEX_DATA)."
fi
echo
echo "Reports, to open in a browser:"
printf '  %s\n' "${reports[@]}"
