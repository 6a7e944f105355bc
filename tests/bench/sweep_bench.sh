#!/bin/sh
# How long a sweep of 1,000 timed points of EfficientViT-B1 at 224 x 224 takes on two processors. The mark: under 15 s.
#   tests/bench/sweep_bench.sh [tridex]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tridex=${1:-$here/../../build/release/app/tridex}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
begin=$(date +%s%N)
"$tridex" sweep "$here/sweep_1000.yaml" -o "$folder" --jobs 2 > "$folder/table.txt"
end=$(date +%s%N)
times > "$folder/times.txt"  # its second line: of all children, user and system
points=$(($(wc -l < "$folder/points.csv") - 1))
awk -v points="$points" -v ns=$((end - begin)) 'BEGIN {
  printf "%d points in %.2f s, %.0f points a second\n", points, ns * 1e-9, points / (ns * 1e-9) }'
echo "processor time, user and system: $(tail -n 1 "$folder/times.txt")"
tail -n 1 "$folder/table.txt" | cut -d ';' -f 1
