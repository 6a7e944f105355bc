#!/usr/bin/env bash
# Builds Tridex and explores machines for EfficientViT on a ZCU102: scripts/explore.sh [OUTPUT_FOLDER [SWEEP.yaml ...]]
# Writes OUTPUT_FOLDER (out) with a folder a sweep: report.html, figures, points.csv. A second start goes on where the
# first one stopped. The network and the images that accuracy is measured with are in this repository; a network with
# weights and images from elsewhere is added where $TRIDEX_DATA (or ../shared) has them, and so are the sweeps that
# the command line names.
set -euo pipefail
if [ "${1:-}" = -h ] || [ "${1:-}" = --help ]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit
fi
out=$(realpath -m "${1:-out}")
more=()
for sweep in "${@:2}"; do
  more+=("$(realpath -e "$sweep")")
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
ensure_packages scripts/packages.txt

cmake -S . -B build/run -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DTRIDEX_UNITY=ON >/dev/null
cmake --build build/run --target tridex
tridex=build/run/app/tridex
export TRIDEX_DATA=${TRIDEX_DATA:-$(realpath -m ../shared)}

reports=()
explore() {
  local name
  name=$(basename "$1" .yaml)
  echo
  echo "== $name"
  "$tridex" sweep "$1" -o "$out/$name" --json "$out/$name.json" >/dev/null
  "$tridex" report "$out/$name" | tee "$out/$name.txt"
  reports+=("$out/$name/report.html")
}
mkdir -p "$out"
explore trio_zcu102_scenes
explore trio_zcu102_b1
if [ -f "$TRIDEX_DATA/data/efficientvit_seg_b0_cityscapes.safetensors" ]; then
  explore trio_zcu102_seg
else
  echo
  echo "EfficientViT-Seg-B0 on CamVid is left out: no weights and images under $TRIDEX_DATA/data (set TRIDEX_DATA)."
fi
for sweep in ${more[@]+"${more[@]}"}; do
  explore "$sweep"
done
echo
echo "Reports, to open in a browser:"
printf '  %s\n' "${reports[@]}"
