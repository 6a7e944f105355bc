#!/usr/bin/env python3
"""How much of the front of 10,000 points a search finds with 500 of them; README.md has what is measured.

    experiments/search/run.py [--tridex PROGRAM] [--folder DIR] [-o FILE] [--jobs N] [--seeds 10]

Every point is run once, into DIR/all; the searches then find their points in a copy of that store. What they do
does not depend on it: the store is looked into by the hash of a point that the algorithm has asked for.
"""
import argparse
import datetime
import pathlib
import shutil
import sqlite3
import statistics
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
from fronts import front, hypervolume, scale  # noqa: E402
from programs import TRIDEX, LabError, call_json, version  # noqa: E402
from results import table, write_whole  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SPACE = HERE / "space.yaml"
MARGIN = 1.1  # of the nadir, in units of the front's range (space.yaml)
SEARCHES = [("nsga2", []), ("random", ["bounds=false"]), ("nsga2", ["bounds=false"]), ("random", []), ("maco", [])]


def search(program, folder, jobs, settings):
    return call_json([program, "search", SPACE, "-o", folder, "--jobs", jobs], settings, show=True)


def costs_of(folder, found):
    """hash -> costs of the store's points that keep the constraint."""
    names = [objective["name"] for objective in found["objectives"]]
    signs = [-1 if objective["direction"] == "maximize" else 1 for objective in found["objectives"]]
    store = sqlite3.connect(folder / "store.sqlite")
    rows = store.execute(f"SELECT hash, {', '.join(names)} FROM points WHERE status = 'ok' AND fits")
    return {row[0]: tuple(sign * value for sign, value in zip(signs, row[1:])) for row in rows}


class Measure:
    """The share that a front has of the hypervolume of the front of `points`."""

    def __init__(self, points):
        self.front = front(points)
        self.best = [min(values) for values in zip(*self.front)]
        self.worst = [max(values) for values in zip(*self.front)]
        self.whole = self.volume(self.front)

    def volume(self, points):
        return hypervolume(scale(points, self.best, self.worst), (MARGIN,) * len(self.best))

    def share(self, points):
        return self.volume(points) / self.whole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX, help="program to run")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "out" / "experiment_search",
                        help="keeps what has been run")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "results.md", help="where the tables go")
    parser.add_argument("--jobs", type=int, default=0, help="points at a time; 0: one a processor")
    parser.add_argument("--seeds", type=int, default=10, help="searches of each kind")
    options = parser.parse_args()

    everything = options.folder / "all"
    exhaustive = search(options.tridex, everything, options.jobs, ["algorithm={name: exhaustive}", "bounds=false"])
    costs = costs_of(everything, exhaustive)
    measure = Measure(costs.values())
    if set(measure.front) != {costs[point] for point in exhaustive["front"]}:
        raise LabError("the front of search.json is not the front of the store")
    names = [objective["name"] for objective in exhaustive["objectives"]]
    text = ["# What a search finds", "",
            "`experiments/search/run.py`, %s, Tridex %s; README.md says what is measured. %d points, %d without a result, "
            "%d in the front." % (datetime.date.today(), version(options.tridex), exhaustive["space"], exhaustive["failed"],
                                  len(measure.front)), "",
            table(["<objective", "best in the front", "worst in the front"],
                  [[name, "%g" % abs(best), "%g" % abs(worst)]
                   for name, best, worst in zip(names, measure.best, measure.worst)]), ""]

    folder = options.folder / "searches"
    if not (folder / "store.sqlite").exists():
        shutil.copytree(everything, folder)
    rows = []
    for name, settings in SEARCHES:
        shares, pruned, evaluations = [], [], set()
        for seed in range(1, options.seeds + 1):
            found = search(options.tridex, folder, options.jobs,
                           ["algorithm.name=" + name, "algorithm.seed=%d" % seed] + settings)
            shares.append(measure.share([costs[point] for point in found["front"]]))
            pruned.append(found["pruned"])
            evaluations.add(found["evaluations"])
        rows.append([" ".join([name] + settings), "/".join(map(str, sorted(evaluations))), "%g" % statistics.median(pruned),
                     "%.4f" % statistics.median(shares), " ".join("%.4f" % share for share in shares)])
    text.append(table(["<search", "evaluations", "pruned, median", "share of the hypervolume, median", "by seed"], rows))
    write_whole(options.output, "\n".join(text) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    try:
        main()
    except (LabError, OSError) as error:
        sys.exit("error: %s" % error)
