#!/usr/bin/env python3
"""How fast a sweep of 10,000 timed points is, what it takes, and that its result does not depend on how it is run.

    experiments/sweep/run.py [--tridex PROGRAM] [--jobs 1 2 4] [--keep FOLDER] [--set key=value ...]

Quantizes the network and measures its accuracy once, then runs all points with one, two and four workers and, with two,
in a shuffled order, each into a copy of that folder. Prints points a second, the efficiency of n workers (their rate over n
times that of one), the processor time of a point, the greatest memory of all processes together (shared pages counted
once: PSS) and the size of the store. Fails where the Pareto front or points.csv (but for host, time and seconds) of one
run differs from that of another in a byte. Rates mean something on a machine that does nothing else; this is Linux only.
"""
import argparse
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
from programs import TRIDEX  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20240605  # of the shuffled order; any will do
SAMPLE_SECONDS = 0.5


def descendants(pid):
    """pid and all processes below it."""
    found = [pid]
    for one in found:
        try:
            for task in pathlib.Path("/proc/%d/task" % one).iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass  # it has ended meanwhile
    return found


def proportional_kib(pid):
    total = 0
    for one in descendants(pid):
        try:
            lines = pathlib.Path("/proc/%d/smaps_rollup" % one).read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            pass
    return total


def timed(command):
    """Runs it. Its output, seconds, processor seconds and the greatest PSS in KiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    most = [0]

    def watch():
        while process.poll() is None:
            most[0] = max(most[0], proportional_kib(process.pid))
            time.sleep(SAMPLE_SECONDS)

    watcher = threading.Thread(target=watch)
    output = []
    reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
    watcher.start()
    reader.start()
    process.wait()
    seconds = time.monotonic() - begin
    reader.join()
    watcher.join()
    if process.returncode != 0:
        sys.exit("%s: exit status %d" % (" ".join(command), process.returncode))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return output[0], seconds, processor, most[0]


def result_of(folder, text):
    """What must not depend on how the sweep was run: the front as printed, and points.csv without its last columns."""
    front = text[:text.rindex("\n", 0, text.rindex(" points: "))]
    rows = [line.rsplit(",", 3)[0] for line in (folder / "points.csv").read_text().splitlines()]
    return front, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder for the results; else they are thrown away")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    options = parser.parse_args()
    root = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="tridex-sweep-"))
    command = [options.tridex, "sweep", str(HERE / "sweep_10000.yaml")]
    for setting in options.settings:
        command += ["--set", setting]
    try:
        ready = root / "ready"
        subprocess.run(command + ["-o", str(ready), "--set", "budget={minutes: 0}"], check=True,
                       stdout=subprocess.DEVNULL)
        runs = [("%d worker%s" % (n, "s" if n > 1 else ""), n, []) for n in options.jobs]
        runs.append(("2 workers, shuffled", 2, ["--shuffle", str(SEED)]))
        print("| run | points | points/s | efficiency | processor ms a point | memory MiB | store MiB |")
        print("|---|---|---|---|---|---|---|")
        expected = rate_of_one = None
        for name, jobs, more in runs:
            folder = root / name.replace(" ", "_").replace(",", "")
            shutil.copytree(ready, folder)
            text, seconds, processor, kib = timed(command + ["-o", str(folder), "--jobs", str(jobs)] + more)
            result = result_of(folder, text)
            points = len(result[1]) - 1
            rate = points / seconds
            rate_of_one = rate if jobs == 1 and not more else rate_of_one
            efficiency = "%.2f" % (rate / jobs / rate_of_one) if rate_of_one else ""
            size = sum(file.stat().st_size for file in folder.glob("store.sqlite*"))
            print("| %s | %d | %.1f | %s | %.2f | %.0f | %.1f |" % (name, points, rate, efficiency, processor / points * 1e3,
                                                            kib / 1024, size / 2**20), flush=True)
            expected = expected or result
            if result[0] != expected[0]:
                sys.exit("%s: another Pareto front than %s" % (name, runs[0][0]))
            if result[1] != expected[1]:
                sys.exit("%s: other points than %s" % (name, runs[0][0]))
            if not options.keep:
                shutil.rmtree(folder)
        print("\nThe same front and the same points in all runs:\n\n" + expected[0])
    finally:
        if not options.keep:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
