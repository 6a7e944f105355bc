"""The tables of results.md: the mixed front beside each uniform one."""
import collections

from fronts import covers, front, hypervolume, scale
from programs import LabError
from recipes import MIXED
from results import table

# Objectives as columns of points.csv; -1: to be made large. The rarest values last (fronts.hypervolume's slabs).
OBJECTIVES = [("fps", -1), ("bram36", 1), ("dsp", 1), ("accuracy", -1)]
MARGIN = 1.1          # of the reference, where the nadir is 1
USABLE_POINTS = 1.0   # of accuracy that a network may lose to the best uniform one in the second table
IMAGES = 10000        # that accuracy is of
ALL_UNIFORM = "all uniform"
HEADER = ["recipe", "FPS", "DSP", "BRAM36", "top-1 %"]
LOST = HEADER + ["nearest mixed", "which is short of"]

Point = collections.namedtuple("Point", "recipe costs")  # costs: of OBJECTIVES, all to be made small


def points_of(rows, recipes):
    """The points that fit the board. LabError: one has no result, or accuracy is not of all images, or the recipes have
    not run on equally many machines."""
    wanted = {recipe.name for recipe in recipes}
    rows = [row for row in rows if row["recipe"] in wanted]
    missing = wanted - {row["recipe"] for row in rows}
    if missing:
        raise LabError("no points of the recipes " + ", ".join(sorted(missing)))
    machines = collections.Counter(row["recipe"] for row in rows)
    if len(set(machines.values())) > 1:
        raise LabError("points of the recipes: %s; expected as many of each" %
                       ", ".join("%d of %s" % (count, name) for name, count in sorted(machines.items())))
    points = []
    for row in rows:
        if row["status"] != "ok":
            raise LabError("recipe %s: %s: %s" % (row["recipe"], row["status"], row["reason"]))
        if row["accuracy_images"] != str(IMAGES):
            raise LabError("recipe %s: accuracy of '%s' images, expected %d" %
                              (row["recipe"], row["accuracy_images"], IMAGES))
        if row["fits"] == "1":
            points.append(Point(row["recipe"], tuple(sign * float(row[name]) for name, sign in OBJECTIVES)))
    return points


def shown(costs):
    """FPS, DSP, BRAM36 and accuracy as text."""
    fps, bram, dsp, accuracy = (sign * cost for cost, (_, sign) in zip(costs, OBJECTIVES))
    return ["%.1f" % fps, "%d" % dsp, "%d" % bram, "%.2f" % accuracy]


def nearest(costs, mixed):
    """Of the mixed points that are no worse in all but accuracy the most accurate, else of those that are no worse in
    all but frames a second the fastest, else None; and what it is short of, as text."""
    same = [m for m in mixed if covers(m.costs[:3], costs[:3])]
    if same:
        best = min(same, key=lambda m: m.costs[3])
        return best, "%.2f points of accuracy" % (best.costs[3] - costs[3])
    slower = [m for m in mixed if covers(m.costs[1:], costs[1:])]
    if slower:
        best = min(slower, key=lambda m: m.costs[0])
        return best, "%.3f %% of the frames" % (100 * (1 - best.costs[0] / costs[0]))
    return None, "more than one objective"


def uncovered(points, mixed):
    """Points, each once, that no mixed point covers."""
    return [p for p in points if not any(covers(m.costs, p.costs) for m in mixed)]


def front_points(points):
    """The points of the front, one for each of its values."""
    by_costs = {point.costs: point for point in reversed(points)}
    return [by_costs[costs] for costs in front(by_costs)]


def comparison(groups):
    """Rows of a table, the uniform points that the mixed front loses by group, whether its volume is the largest."""
    everything = front([p.costs for points in groups.values() for p in points])
    best = [min(column) for column in zip(*everything)]
    worst = [max(column) for column in zip(*everything)]
    reference = (MARGIN,) * len(OBJECTIVES)

    def volume(points):
        return hypervolume(scale([p.costs for p in points], best, worst), reference)

    mixed = front_points(groups[MIXED])
    full, ours = hypervolume(scale(everything, best, worst), reference), volume(mixed)
    uniform = {name: front_points(points) for name, points in groups.items() if name != MIXED}
    union = front_points([p for points in uniform.values() for p in points])
    rows, lost, holds = [["**mixed**", "%d" % len(mixed), "%.4f" % (ours / full), "", ""]], {}, True
    for name, points in list(uniform.items()) + [(ALL_UNIFORM, union)]:
        theirs = volume(points)
        missed = uncovered(points, mixed)
        holds = holds and ours >= theirs
        if name != ALL_UNIFORM:
            lost[name] = [(p, *nearest(p.costs, mixed)) for p in missed]
        rows.append([name, "%d" % len(points), "%.4f" % (theirs / full), "%.3f" % (ours / theirs) if theirs > 0 else "none",
                     "%d of %d" % (len(points) - len(missed), len(points))])
    return rows, lost, holds


def lost_rows(lost):
    """A row each, with what the nearest mixed point is short of."""
    return [[point.recipe, *shown(point.costs), other.recipe if other else "", short]
            for entries in lost.values() for point, other, short in entries]


def accuracy_rows(points, others, recipes):
    """The fastest machine of each recipe that has points; others: its accuracy on other images, by recipe."""
    rows = []
    for recipe in recipes:
        own = [p for p in points if p.recipe == recipe.name]
        if own:
            fastest = min(own, key=lambda p: p.costs)
            rows.append([recipe.name, recipe.requant, *shown(fastest.costs), "%.2f" % others[recipe.name]])
    return rows


def section(title, groups):
    rows, lost, holds = comparison(groups)
    text = ["### " + title, "",
            table(["<front", "points", "share of the volume of all", "mixed is so many times", "covered by mixed"], rows), ""]
    return text, lost_rows(lost), holds


def images_section(title, points, recipes):
    """The tables of accuracies on these images, the rows of lost.csv, whether no uniform front has more volume."""
    group_of = {recipe.name: recipe.group for recipe in recipes}
    groups = collections.defaultdict(list)
    for point in points:
        groups[group_of[point.recipe]].append(point)
    floor = max(-p.costs[3] for p in points if group_of[p.recipe] != MIXED) - USABLE_POINTS
    usable = {name: kept for name, kept in
              ((name, [p for p in own if -p.costs[3] >= floor]) for name, own in groups.items()) if kept}
    if MIXED not in usable:
        raise LabError("no mixed point has %.2f %% accuracy" % floor)
    every, lost, holds = section("All points", groups)
    near, _, near_holds = section("Accuracy of at least %.2f %%" % floor, usable)
    ends = ["No point of a uniform front is better than the mixed front."] if not lost else [
        "Points of uniform fronts that no mixed point covers:", "", table(["<" + LOST[0]] + LOST[1:], lost)]
    return ["## Accuracy on " + title, ""] + every + near + ends + [""], lost, holds and near_holds


def make(rows, recipes, date):
    """The text of results.md, the rows of lost.csv, and whether no uniform front has more volume than the mixed one.
    rows: by the images that their accuracies are of; the first are those that the search has seen."""
    text, lost, holds, points = [], [["images"] + LOST], True, {}
    for title, own in rows.items():
        points[title] = points_of(own, recipes)
        its_text, its_lost, its_holds = images_section(title, points[title], recipes)
        text += its_text
        lost += [[title] + entry for entry in its_lost]
        holds = holds and its_holds
    seen, other = points.values()
    version = sorted({row["tool_version"] for own in rows.values() for row in own})
    head = ["# Results", "",
            "`experiments/cosearch/run.py`, %s, Tridex %s. %d points that fit; simulated frames a second, estimated costs, "
            "accuracy of the integer reference on %d images." % (date, ", ".join(version), len(seen), IMAGES), ""]
    text += ["## The fastest machine of each recipe", "",
             table(["<recipe", "requantization"] + HEADER[1:] + ["other images"],
                   accuracy_rows(seen, {p.recipe: -p.costs[3] for p in other}, recipes))]
    return "\n".join(head + text) + "\n", lost, holds
