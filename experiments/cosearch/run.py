#!/usr/bin/env python3
"""Compares networks of mixed and of uniform bit widths over all machines of space.yaml, and writes results.md. Mixed
are those of `tridex mixed` under budgets and those on the fronts that the searches find.

    experiments/cosearch/run.py [--tridex PROGRAM] [--folder DIR] [-o FILE] [--jobs N]

DIR keeps recipes, networks and points, so the same command goes on where it was stopped. Exit status 1 where the mixed
front has less volume than a uniform one on either images.
"""
import argparse
import csv
import datetime
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import report  # noqa: E402
from programs import TRIDEX, LabError, call  # noqa: E402
from recipes import CANDIDATES, MIXED, all_recipes, found_recipe, with_keys  # noqa: E402
from results import write_whole  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEARCHES = ("search.yaml", "search_shift.yaml")
IMAGE_SETS = {"the images that the search has seen": "scenes-test", "other images": str(HERE / "other_images.yaml")}
REQUANT = {"multiplier": "false", "shift": "true"}  # whether a network for it has scales that are powers of two
NETWORK = ["--model", "efficientvit_b0_r64", "--weights",
           str(ROOT / "models" / "zoo" / "efficientvit_b0_scenes.safetensors"), "--calib", "scenes-calib"]


def replaced(text, old, new):
    if text.count(old) != 1:
        raise LabError("%s: expected '%s' once, found it %d times" % (HERE / "space.yaml", old, text.count(old)))
    return text.replace(old, new)


def mixed_widths(tridex, folder, budget):
    """The `layers` of the recipe that fits the budget, as the text of a recipe has them."""
    out = folder / "widths" / ("%g.yaml" % budget)
    out.parent.mkdir(parents=True, exist_ok=True)
    call([tridex, "mixed", "default", "--budget", "size=%g%%" % budget, "--candidates",
          ",".join(str(bits) for bits in CANDIDATES), "--sensitivities", str(folder / "sensitivities.jsonl"),
          "-o", str(out), "--json", str(out.with_suffix(".json"))] + NETWORK, show=True)
    text = out.read_text(encoding="utf-8")
    start = text.find("\nlayers:\n")
    if start < 0:
        raise LabError("%s: has no layers of other widths; a smaller budget is needed" % out)
    return text[start + 1:]


def write_recipes(tridex, folder, recipes):
    files = []
    (folder / "recipes").mkdir(parents=True, exist_ok=True)
    widths = {}
    for recipe in recipes:
        text = with_keys((ROOT / "configs" / "quant" / (recipe.base + ".yaml")).read_text(encoding="utf-8"), recipe.keys)
        if recipe.budget is not None:
            if recipe.budget not in widths:
                widths[recipe.budget] = mixed_widths(tridex, folder, recipe.budget)
            text += widths[recipe.budget]
        files.append(folder / "recipes" / (recipe.name + ".yaml"))
        files[-1].write_text(text, encoding="utf-8")
    return files


def space_text(name, requant, images):
    text = (HERE / "space.yaml").read_text(encoding="utf-8")
    text = replaced(text, "name: cosearch\n", "name: %s_%s\n" % (name, requant))
    text = replaced(text, "data: scenes-test", 'data: "%s"' % images)
    return replaced(text, "requant: [multiplier]", "requant: [%s]" % requant)


def run_sweep(tridex, folder, name, text, jobs):
    sweep = folder / (name + ".yaml")
    sweep.write_text(text, encoding="utf-8")
    call([tridex, "sweep", str(sweep), "-o", str(folder), "--jobs", str(jobs)], show=True)


def rows_of(folder):
    with open(folder / "points.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run_points(tridex, folder, recipes, files, images, jobs):
    for requant in REQUANT:
        own = ", ".join('"%s"' % file for recipe, file in zip(recipes, files) if recipe.requant == requant)
        text = replaced(space_text("cosearch", requant, images), "recipes: [default]", "recipes: [%s]" % own)
        run_sweep(tridex, folder, "sweep_" + requant, text, jobs)


def run_searches(tridex, folder, jobs):
    """The networks on the fronts that the searches find, as recipes; one of 8 bits everywhere is not mixed."""
    found = set()
    for name in SEARCHES:
        call([tridex, "search", str(HERE / name), "-o", str(folder), "--jobs", str(jobs)], show=True)
        front = set(json.loads((folder / "search.json").read_text(encoding="utf-8"))["front"])
        found.update(found_recipe(row) for row in rows_of(folder) if row["hash"] in front)
    return sorted(recipe for recipe in found if recipe.group == MIXED)


def run_found(tridex, folder, found, images, jobs):
    """Their points on all machines. The keys are those of the search, so no network is made again."""
    for requant, shifts in REQUANT.items():
        own = [dict(recipe.keys) for recipe in found if recipe.requant == requant]
        if own:
            axes = ["    %s: %s" % (json.dumps(key), json.dumps([keys[key] for keys in own])) for key in own[0]]
            axes = ["  recipe.power_of_two_scales: [%s]" % shifts, "zip:", "  -" + axes[0][3:], *axes[1:]]
            text = replaced(space_text("found", requant, images), "zip:\n", "\n".join(axes) + "\n")
            run_sweep(tridex, folder, "found_" + requant, text, jobs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX, help="program to run")
    parser.add_argument("--folder", default=str(ROOT / "out" / "cosearch"), help="keeps what has been run")
    parser.add_argument("-o", "--output", default=str(HERE / "results.md"), help="where the tables go")
    parser.add_argument("--jobs", type=int, default=0, help="points at a time; 0: one a processor")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder).resolve()
    recipes = all_recipes()
    files = write_recipes(arguments.tridex, folder, recipes)
    found = run_searches(arguments.tridex, folder, arguments.jobs)
    rows = {}
    for title, images in IMAGE_SETS.items():
        run_points(arguments.tridex, folder, recipes, files, images, arguments.jobs)
        run_found(arguments.tridex, folder, found, images, arguments.jobs)
        rows[title] = rows_of(folder)
        for row in rows[title]:
            row["recipe"] = found_recipe(row).name if row["recipe"] == "default" else row["recipe"]
    text, lost, holds = report.make(rows, recipes + found, datetime.date.today().isoformat())
    with open(folder / "lost.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lost)
    write_whole(pathlib.Path(arguments.output), text)
    print(text)
    return 0 if holds else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit("error: %s" % error)
