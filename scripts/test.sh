#!/usr/bin/env bash
# Builds everything as CI does and runs the tests that are not slow, then those of the readers of files and of the
# simulated machine (the targets of the preset ci-asan) under the address and undefined-behaviour sanitizers. Tests that
# need data which is not here are skipped and named at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/packages.sh
ensure_packages scripts/packages.txt scripts/packages-test.txt
if [ -z "${TRIDEX_DATA:-}" ] && [ -d ../shared/data ]; then
  TRIDEX_DATA=$(realpath ../shared)
  export TRIDEX_DATA
fi

status=0
for preset in ci ci-asan; do
  echo "== $preset"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
  ctest --preset "$preset" | tee "build/$preset/ctest.txt" || status=1
done

echo
echo "== Summary"
for preset in ci ci-asan; do
  printf '%-8s %s; %s skipped\n' "$preset" "$(grep 'tests passed' "build/$preset/ctest.txt")" \
    "$(grep -c '\*\*\*Skipped' "build/$preset/ctest.txt" || true)"
done
skipped=$(grep -hE 'skipped: ' build/ci/Testing/Temporary/LastTest.log | sort | uniq -c || true)
if [ -n "$skipped" ]; then
  echo "Skipped for lack of data (TRIDEX_DATA=${TRIDEX_DATA:-not set}):"
  echo "$skipped"
fi
if [ $status -ne 0 ]; then
  echo "TESTS FAILED."
fi
exit $status
