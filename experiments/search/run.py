#!/usr/bin/env python3
"""How much of the front of 10,000 points a search finds with 500 of them; README.md has what is measured.

    experiments/search/run.py -o OUT [--binary build/release/app/tridex] [--jobs N] [--seeds 10]

Every point is run once, into OUT/all; the searches then find their points in a copy of that store. What they do
does not depend on it: the store is looked into by the hash of a point that the algorithm has asked for.
"""
import argparse
import datetime
import json
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SPACE = HERE / "space.yaml"
MARGIN = 1.1  # of the nadir, in units of the front's range (space.yaml)
SEARCHES = [("nsga2", []), ("random", ["bounds=false"]), ("nsga2", ["bounds=false"]), ("random", []), ("maco", [])]


def tridex(binary, folder, jobs, settings):
    command = [binary, "search", SPACE, "-o", folder, "--jobs", str(jobs), "--json", "-"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def costs_of(folder, search):
    """hash -> costs of the store's points that keep the constraint."""
    names = [objective["name"] for objective in search["objectives"]]
    signs = [-1 if objective["direction"] == "maximize" else 1 for objective in search["objectives"]]
    store = sqlite3.connect(folder / "store.sqlite")
    rows = store.execute(f"SELECT hash, {', '.join(names)} FROM points WHERE status = 'ok' AND fits")
    return {row[0]: tuple(sign * value for sign, value in zip(signs, row[1:])) for row in rows}


def front_of(points):
    kept = []
    for point in sorted(set(points)):
        if not any(all(a <= b for a, b in zip(other, point)) for other in kept):
            kept.append(point)
    return kept


def hypervolume(points, reference):
    """By slices along the last objective."""
    points = [p for p in points if all(a < b for a, b in zip(p, reference))]
    if not points:
        return 0.0
    if len(reference) == 1:
        return reference[0] - min(p[0] for p in points)
    points.sort(key=lambda p: p[-1])
    ends = [p[-1] for p in points[1:]] + [reference[-1]]
    volume, slice_points = 0.0, []
    for point, end in zip(points, ends):
        slice_points = front_of(slice_points + [point[:-1]])
        if end > point[-1]:
            volume += (end - point[-1]) * hypervolume(list(slice_points), reference[:-1])
    return volume


class Measure:
    def __init__(self, points):
        self.front = front_of(points)
        self.low = [min(values) for values in zip(*self.front)]
        self.high = [max(values) for values in zip(*self.front)]
        self.whole = self.volume(self.front)

    def volume(self, points):
        scaled = [tuple((v - a) / (b - a) for v, a, b in zip(p, self.low, self.high)) for p in points]
        return hypervolume(scaled, (MARGIN,) * len(self.low))

    def share(self, points):
        return self.volume(front_of(points)) / self.whole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    parser.add_argument("--binary", default="build/release/app/tridex")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "results.md")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()

    version = subprocess.run([str(binary), "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    header = ["# What a search finds", "",
              f"{datetime.date.today()}, tridex {version}, `experiments/search/run.py -o OUT`; README.md has what is measured.",
              ""]

    everything = arguments.output / "all"
    exhaustive = tridex(binary, everything, arguments.jobs,
                        ["algorithm={name: exhaustive}", "bounds=false"])
    costs = costs_of(everything, exhaustive)
    measure = Measure(costs.values())
    if set(measure.front) != {costs[h] for h in exhaustive["front"]}:
        sys.exit("the front of search.json is not the front of the store")

    lines = [f"{exhaustive['space']} points, {exhaustive['failed']} without a result, {len(measure.front)} in the front "
             f"(hypervolume {measure.whole:.6f}).", ""]
    names = [objective["name"] for objective in exhaustive["objectives"]]
    lines += ["| objective | best in the front | worst in the front |", "|---|---|---|"]
    for name, low, high in zip(names, measure.low, measure.high):
        lines.append(f"| {name} | {abs(low):g} | {abs(high):g} |")
    lines += ["", "| search | evaluations | pruned, median | share of the hypervolume: median | least | most | by seed |",
              "|---|---|---|---|---|---|---|"]
    folder = arguments.output / "searches"
    if not (folder / "store.sqlite").exists():
        shutil.copytree(everything, folder)
    for name, settings in SEARCHES:
        shares, pruned, evaluations = [], [], set()
        for seed in range(1, arguments.seeds + 1):
            search = tridex(binary, folder, arguments.jobs,
                            [f"algorithm.name={name}", f"algorithm.seed={seed}"] + settings)
            shares.append(measure.share([costs[h] for h in search["front"]]))
            pruned.append(search["pruned"])
            evaluations.add(search["evaluations"])
        label = f"{name} ({', '.join(settings)})" if settings else name
        lines.append(f"| {label} | {'/'.join(map(str, sorted(evaluations)))} | {statistics.median(pruned):g} | "
                     f"{statistics.median(shares):.4f} | {min(shares):.4f} | {max(shares):.4f} | "
                     f"{' '.join(f'{share:.4f}' for share in shares)} |")
        print(lines[-1], flush=True)
        arguments.results.write_text("\n".join(header + lines) + "\n")


if __name__ == "__main__":
    main()
