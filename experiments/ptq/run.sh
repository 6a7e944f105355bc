#!/usr/bin/env bash
# Measures the rows of ptq.yaml: experiments/ptq/run.sh [OUTPUT_FOLDER [ablation options]], for example
#   experiments/ptq/run.sh out/ptq --only scenes-b0 --images 500
# A second start goes on where the first one stopped. Weights and images that are not in this repository are looked for
# in $TRIDEX_DATA (or ../shared); networks without them are skipped.
set -euo pipefail
if [ "${1:-}" = -h ] || [ "${1:-}" = --help ]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit
fi
out=$(realpath -m "${1:-out/ptq}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/packages.sh
ensure_packages scripts/packages.txt

cmake -S . -B build/run -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build build/run --target tridex
export TRIDEX_DATA=${TRIDEX_DATA:-$(realpath -m ../shared)}
exec build/run/app/tridex ablation experiments/ptq/ptq.yaml -o "$out" "${@:2}"
