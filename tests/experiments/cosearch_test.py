"""Fronts, hypervolumes, recipes and tables of experiments/cosearch, without running anything.

    tests/experiments/cosearch_test.py [SEED]
"""
import contextlib
import io
import itertools
import pathlib
import random
import re
import stat
import sys
import tempfile
import unittest
from unittest import mock

EXPERIMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments/cosearch"
sys.path[:0] = [str(EXPERIMENT), str(EXPERIMENT.parent / "shared")]
sys.dont_write_bytecode = True
import report  # noqa: E402
import run  # noqa: E402
from fronts import covers, front, hypervolume, scale  # noqa: E402
from recipes import REGIONS, Recipe, all_recipes, found_recipe, with_keys  # noqa: E402

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 1


def cells(points, size):
    """The hypervolume of points of whole coordinates within `size`, by counting unit cells."""
    return sum(any(all(x <= c for x, c in zip(point, cell)) for point in points)
               for cell in itertools.product(range(size), repeat=len(points[0])))


class Fronts(unittest.TestCase):
    def test_random_points_against_counted_cells_and_all_pairs(self):
        generator = random.Random(SEED)
        for dimensions, size in ((1, 9), (2, 9), (3, 6), (4, 5)):
            for _ in range(20):
                points = [tuple(generator.randrange(size + 1) for _ in range(dimensions))
                          for _ in range(generator.randrange(1, 12))]
                self.assertEqual(hypervolume(points, (size,) * dimensions), cells(points, size), (SEED, points))
                best = {p for p in points if not any(q != p and covers(q, p) for q in points)}
                self.assertEqual(front(points), sorted(best), (SEED, points))

    def test_scale_of_an_objective_with_one_value(self):
        self.assertEqual(scale([(2, 5), (4, 5)], (2, 5), (4, 5)), [(0.0, 0.0), (1.0, 0.0)])


class Recipes(unittest.TestCase):
    def test_a_key_is_replaced_in_its_line_or_added(self):
        text = "# said before\nweight_bits: 8\nresidual_bits: 8\n"
        self.assertEqual(with_keys(text, {"weight_bits": 5, "power_of_two_scales": "true"}),
                         "weight_bits: 5\nresidual_bits: 8\npower_of_two_scales: true\n")

    def test_names_differ_and_each_kind_of_scale_has_its_machine(self):
        recipes = all_recipes()
        self.assertEqual(len({r.name for r in recipes}), len(recipes))
        for recipe in recipes:
            self.assertEqual(recipe.requant == "shift", "power_of_two_scales" in recipe.keys, recipe)

    def test_the_space_has_what_is_replaced(self):
        text = run.space_text("cosearch", "shift", "other.yaml")
        for wanted in ('data: "other.yaml"', "capabilities.requant: [shift]", "name: cosearch_shift\n", "recipes: [default]",
                       "zip:\n"):
            self.assertEqual(text.count(wanted), 1, wanted)

    def test_the_search_and_the_space_have_the_same_machines(self):
        space, search = ((EXPERIMENT / name).read_text(encoding="utf-8") for name in ("space.yaml", "search.yaml"))
        for key in re.findall(r"^ +-? *((?:copies|engines|vector|buffers)[a-z0-9_.]*: [^#\n]*\])", space, re.M):
            self.assertIn(key, search)
        for name in run.SEARCHES:
            search = (EXPERIMENT / name).read_text(encoding="utf-8")
            self.assertEqual(re.findall("weight_bits.[*]?(.*?)[*]?]: ", search), list(REGIONS), name)

    def test_a_found_network_is_named_by_its_widths_in_the_order_of_the_network(self):
        row = {"recipe": "default", "recipe.power_of_two_scales": "true", "copies": "4"}
        for bits, region in reversed(list(enumerate(REGIONS, 2))):
            row["recipe.weight_bits[%s]" % region] = str(bits)
        self.assertEqual(found_recipe(row).name, "found_2345678_shift")
        self.assertEqual([bits for _, bits in found_recipe(row).keys], [2, 3, 4, 5, 6, 7, 8])
        for bits, name, group in (("4", "found_4444444_shift", "mixed"), ("8", "w8a8_shift", "w8a8")):
            same = found_recipe({key: bits if "bits" in key else value for key, value in row.items()})
            self.assertEqual((same.name, same.group), (name, group))


def row(recipe, fps, dsp, bram36, accuracy, **others):
    return {"recipe": recipe, "status": "ok", "reason": "", "fits": "1", "fps": str(fps), "dsp": str(dsp), "bram36": str(bram36),
            "accuracy": str(accuracy), "accuracy_images": "10000", "tool_version": "0.1.0", **others}


def evened(rows):
    """Each recipe's first row so often that there are as many rows of all recipes."""
    own = {name: [r for r in rows if r["recipe"] == name] for name in (r["recipe"] for r in rows)}
    most = max(len(its) for its in own.values())
    return [r for its in own.values() for r in its[:1] * (most - len(its)) + its]


class Report(unittest.TestCase):
    RECIPES = [Recipe("w8a8", "w8a8", "default", {}, "multiplier", None),
               Recipe("mixed_1", "mixed", "default", {}, "multiplier", 1)]
    MIXED = row("mixed_1", 200, 100, 10, 94)

    def make(self, rows, others=()):
        """With accuracies on other images by which the mixed point covers all, if there are no others."""
        return report.make({"seen": evened(rows), "other": evened(others or [row("w8a8", 200, 100, 10, 93), self.MIXED])},
                           self.RECIPES, "today")

    def test_a_mixed_point_covers_what_is_no_better_and_no_more(self):
        # The same; slower; costlier: covered. More accurate, faster, cheaper: each is lost.
        worse = [row("w8a8", 200, 100, 10, 94), row("w8a8", 199, 100, 10, 94), row("w8a8", 200, 101, 10, 94)]
        text, lost, holds = self.make(worse + [self.MIXED])
        self.assertEqual((len(lost), holds), (1, True))
        self.assertIn("No point of a uniform front", text)
        for better, nearest, short in ((row("w8a8", 100, 200, 10, 94.25), "mixed_1", "0.25 points of accuracy"),
                                       (row("w8a8", 250, 100, 10, 93), "mixed_1", "20.000 % of the frames"),
                                       (row("w8a8", 250, 100, 10, 94.25), "", "more than one objective"),
                                       (row("w8a8", 100, 99, 10, 93), "", "more than one objective")):
            _, lost, _ = self.make([better, self.MIXED])
            self.assertEqual([[entry[0], *entry[-2:]] for entry in lost[1:]], [["seen", nearest, short]], better)

    def test_volumes_are_those_of_the_rule(self):
        points = [row("w8a8", 100, 100, 10, 95), self.MIXED]
        text, _, holds = self.make(points)
        # Scaled, either point is 0 in one of the two, 1 in the other, and 0 in DSP and BRAM36: 1.1 x 0.1 x 1.1 x 1.1 of
        # 0.1 x 1.1 x 2 - 0.1 x 0.1 in those two.
        share = 0.11 / 0.21
        self.assertIn("| **mixed** | 1 | %.4f |" % share, text)
        self.assertIn("| w8a8 | 1 | %.4f | 1.000 | 0 of 1 |" % share, text)
        self.assertTrue(holds)

    def test_a_larger_uniform_front_is_told(self):
        points = [row("w8a8", 300, 100, 10, 95), row("w8a8", 100, 50, 10, 95), self.MIXED]
        self.assertFalse(self.make(points)[2])
        fine = [row("w8a8", 100, 100, 10, 94), self.MIXED]
        self.assertTrue(self.make(fine, fine)[2])
        self.assertFalse(self.make(fine, points)[2])

    def test_both_accuracies_stand_beside_the_fastest_machine(self):
        text = self.make([row("w8a8", 100, 100, 10, 95), row("w8a8", 150, 100, 10, 95), self.MIXED])[0]
        self.assertIn("| w8a8 | multiplier | 150.0 | 100 | 10 | 95.00 | 93.00 |", text)

    def test_what_is_no_comparison_is_refused(self):
        good = row("w8a8", 100, 100, 10, 95)
        for rows, message in (([good], "no points of the recipes mixed_1"),
                              ([good, {**self.MIXED, "status": "error", "reason": "why"}], "mixed_1: error: why"),
                              ([good, {**self.MIXED, "accuracy_images": "500"}], "of '500' images"),
                              ([good, good, self.MIXED], "1 of mixed_1, 2 of w8a8; expected as many")):
            with self.assertRaisesRegex(run.LabError, message):
                report.make({"seen": rows, "other": rows}, self.RECIPES, "today")

    def test_points_that_do_not_fit_count_for_nothing(self):
        points = [row("w8a8", 100, 100, 10, 94), row("w8a8", 900, 100, 10, 94, fits="0"), self.MIXED]
        self.assertEqual(len(self.make(points)[1]), 1)


# In the place of tridex: `mixed` narrows a layer to what the budget allows, `sweep` gives each recipe two machines,
# and a search finds two networks, one of them of eight bits; with scales that are powers of two, another one. More
# bits in the recipe's last width are slower and more accurate; a mixed recipe has GAIN more accuracy than that, on
# other images as well.
STAND_IN = """#!%s
import csv, json, pathlib, re, sys
options = dict(zip(sys.argv, sys.argv[1:]))
out = pathlib.Path(options["-o"])
WIDTHS = ["recipe.weight_bits[*" + name + "*]" for name in %r]

def point(recipe, bits, gain, copies=1, shift=False, **others):
    return dict(recipe=recipe, status="ok", reason="", fits=1, fps=copies * (100 - bits), dsp=copies * (8 if shift else 10),
                bram36=5, tool_version="0.1.0", accuracy_images=10000, accuracy=90 + bits / 10 + gain, **others)

def found(first, others, copies, shift=False):
    return point("default", others, GAIN if first < 8 else 0, copies, shift, hash="%%d %%d %%d" %% (first, copies, shift),
                 **{"recipe.power_of_two_scales": str(shift).lower()}, **{key: first if key == WIDTHS[0] else others for key in WIDTHS})

def of_recipe(file, sweep):
    text = pathlib.Path(file).read_text()
    bits = int(re.findall("weight_bits: ([0-9]+)", text)[-1])
    shift = "requant: [shift]" in sweep
    assert shift == ("power_of_two_scales: true" in text)
    return [point(pathlib.Path(file).stem, bits, ("layers:" in text) * GAIN, copies, shift) for copies in (1, 2)]

def of_sweep(sweep):
    if "name: found_multiplier" in sweep:
        assert "power_of_two_scales: [false]" in sweep
        assert json.dumps(WIDTHS[0]) + ": [3]" in sweep and json.dumps(WIDTHS[6]) + ": [7]" in sweep
        return [found(3, 7, 1), found(3, 7, 2)]
    if "name: found_shift" in sweep:
        assert "power_of_two_scales: [true]" in sweep and json.dumps(WIDTHS[0]) + ": [4]" in sweep
        return [found(4, 7, 1, True), found(4, 7, 2, True)]
    files = re.search("recipes: (.*)", sweep)[1].strip("[]").split(", ")
    return [row for file in files for row in of_recipe(file.strip('"'), sweep)]

if sys.argv[1] == "mixed":
    budget = float(options["--budget"][len("size="):-1])
    bits = [b for b in map(int, options["--candidates"].split(",")) if b <= budget * 8 / 100][-1]
    text = "weight_bits: 8\\nlayers:\\n  - {match: \\"head\\", weight_bits: %%d}\\n" %% bits
    out.write_text(text if bits < 8 else "weight_bits: 8\\n")
    sys.exit()
kept = list(csv.DictReader((out / "points.csv").open())) if (out / "points.csv").exists() else []
if sys.argv[1] == "search":
    shift = sys.argv[2].endswith("search_shift.yaml")
    rows = [found(4, 7, 2, True)] if shift else [found(8, 8, 1), found(3, 7, 2)]
    (out / "search.json").write_text(json.dumps({"front": [row["hash"] for row in rows]}))
    rows += [row for row in kept if row["hash"] not in [row["hash"] for row in rows]]
else:
    rows = [row for row in of_sweep(pathlib.Path(sys.argv[2]).read_text())
            if (row["recipe"], row["dsp"]) != ("w8a8", 10)]  # the search has that one
    new = [row["recipe"] for row in rows]
    rows += [row for row in kept if row["recipe"] not in new or row["hash"] == "8 1 0"
             or (row["hash"] and row["hash"] not in [own.get("hash") for own in rows])]
with (out / "points.csv").open("w", newline="") as file:
    writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
""" % (sys.executable, REGIONS)


class Command(unittest.TestCase):
    def call(self, folder, stand_in):
        program = folder / "tridex"
        program.write_text(stand_in, encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        arguments = ["run.py", "--tridex", str(program), "--folder", str(folder / "out"), "-o", str(folder / "results.md")]
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(io.StringIO()):
            return run.main()

    def test_every_recipe_is_written_run_and_reported(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.assertEqual(self.call(folder, STAND_IN.replace("GAIN", "0.5")), 0)  # 6 bits are then as good as 11
            text = (folder / "results.md").read_text(encoding="utf-8")
            self.assertIn("No point of a uniform front", text)
            self.assertIn("%d points that fit;" % (2 * len(all_recipes()) + 4), text)
            self.assertIn("| found_3777777 | multiplier |", text)
            self.assertIn("| found_4777777_shift | shift |", text)
            self.assertIn("| w8a8 | 2 |", text)
            for recipe in all_recipes():
                self.assertIn("| %s | %s |" % (recipe.name, recipe.requant), text)
            mixed = (folder / "out/recipes/mixed_49.5_shift.yaml").read_text(encoding="utf-8")
            self.assertTrue(mixed.endswith('power_of_two_scales: true\nlayers:\n  - {match: "head", weight_bits: 3}\n'), mixed)
            lost = (folder / "out/lost.csv").read_text(encoding="utf-8").splitlines()
            self.assertEqual(lost, ["images,recipe,FPS,DSP,BRAM36,top-1 %,nearest mixed,which is short of"])

    def test_the_exit_status_tells_where_mixed_networks_are_worse(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.assertEqual(self.call(folder, STAND_IN.replace("GAIN", "-0.5")), 1)
            self.assertGreater(len((folder / "out/lost.csv").read_text(encoding="utf-8").splitlines()), 1)

    def test_what_fails_is_named(self):
        with tempfile.TemporaryDirectory() as name:
            with self.assertRaisesRegex(run.LabError, "exit status 3 of\\n .* mixed default --budget size=40%"):
                self.call(pathlib.Path(name), "#!/bin/sh\nexit 3\n")

    def test_a_budget_that_narrows_nothing_is_refused(self):
        with tempfile.TemporaryDirectory() as name:
            with self.assertRaisesRegex(run.LabError, "has no layers of other widths"):
                self.call(pathlib.Path(name), STAND_IN.replace("if bits < 8", "if False"))


if __name__ == "__main__":
    print("seed %d" % SEED)
    unittest.main(argv=sys.argv[:1])
