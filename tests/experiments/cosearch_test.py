"""Fronts, hypervolumes, recipes and tables of experiments/cosearch, without running anything.

    tests/experiments/cosearch_test.py [SEED]
"""
import contextlib
import io
import itertools
import pathlib
import random
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
from recipes import Recipe, all_recipes, with_keys  # noqa: E402

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
        text = run.sweep_text("shift", ["a.yaml", "b.yaml"])
        for wanted in ('recipes: ["a.yaml", "b.yaml"]', "capabilities.requant: [shift]", "name: cosearch_shift\n"):
            self.assertEqual(text.count(wanted), 1, wanted)


def row(recipe, fps, dsp, bram36, accuracy, **others):
    return {"recipe": recipe, "status": "ok", "reason": "", "fits": "1", "fps": str(fps), "dsp": str(dsp), "bram36": str(bram36),
            "accuracy": str(accuracy), "accuracy_images": "10000", "tool_version": "0.1.0", **others}


class Report(unittest.TestCase):
    RECIPES = [Recipe("w8a8", "w8a8", "default", {}, "multiplier", None),
               Recipe("mixed_1", "mixed", "default", {}, "multiplier", 1)]
    MIXED = row("mixed_1", 200, 100, 10, 94)

    def test_a_mixed_point_covers_what_is_no_better_and_no_more(self):
        # The same; slower; costlier: covered. More accurate, faster, cheaper: each is lost.
        worse = [row("w8a8", 200, 100, 10, 94), row("w8a8", 199, 100, 10, 94), row("w8a8", 200, 101, 10, 94)]
        text, lost, holds = report.make(worse + [self.MIXED], self.RECIPES, "today")
        self.assertEqual((len(lost), holds), (1, True))
        self.assertIn("No point of a uniform front", text)
        for better, nearest, short in ((row("w8a8", 100, 200, 10, 94.25), "mixed_1", "0.25 points of accuracy"),
                                       (row("w8a8", 250, 100, 10, 93), "mixed_1", "20.000 % of the frames"),
                                       (row("w8a8", 250, 100, 10, 94.25), "", "more than one objective"),
                                       (row("w8a8", 100, 99, 10, 93), "", "more than one objective")):
            _, lost, _ = report.make([better, self.MIXED], self.RECIPES, "today")
            self.assertEqual([entry[-2:] for entry in lost[1:]], [[nearest, short]], better)

    def test_volumes_are_those_of_the_rule(self):
        points = [row("w8a8", 100, 100, 10, 95), self.MIXED]
        text, _, holds = report.make(points, self.RECIPES, "today")
        # Scaled, either point is 0 in one of the two, 1 in the other, and 0 in DSP and BRAM36: 1.1 x 0.1 x 1.1 x 1.1 of
        # 0.1 x 1.1 x 2 - 0.1 x 0.1 in those two.
        share = 0.11 / 0.21
        self.assertIn("| **mixed** | 1 | %.4f |" % share, text)
        self.assertIn("| w8a8 | 1 | %.4f | 1.000 | 0 of 1 |" % share, text)
        self.assertTrue(holds)

    def test_a_larger_uniform_front_is_told(self):
        points = [row("w8a8", 300, 100, 10, 95), row("w8a8", 100, 50, 10, 95), self.MIXED]
        self.assertFalse(report.make(points, self.RECIPES, "today")[2])

    def test_what_is_no_comparison_is_refused(self):
        good = row("w8a8", 100, 100, 10, 95)
        for rows, message in (([good], "no points of the recipes mixed_1"),
                              ([good, {**self.MIXED, "status": "error", "reason": "why"}], "mixed_1: error: why"),
                              ([good, {**self.MIXED, "accuracy_images": "500"}], "of '500' images")):
            with self.assertRaisesRegex(run.LabError, message):
                report.make(rows, self.RECIPES, "today")

    def test_points_that_do_not_fit_count_for_nothing(self):
        points = [row("w8a8", 100, 100, 10, 94), row("w8a8", 900, 100, 10, 94, fits="0"), self.MIXED]
        self.assertEqual(len(report.make(points, self.RECIPES, "today")[1]), 1)


# In the place of tridex: `mixed` narrows a layer to what the budget allows, `sweep` gives each recipe two machines. More
# bits in the recipe's last width are slower and more accurate; a mixed recipe has GAIN more accuracy than that.
STAND_IN = """#!%s
import csv, json, pathlib, re, sys
options = dict(zip(sys.argv, sys.argv[1:]))
if sys.argv[1] == "mixed":
    budget = float(options["--budget"][len("size="):-1])
    bits = [b for b in map(int, options["--candidates"].split(",")) if b <= budget * 8 / 100][-1]
    text = "weight_bits: 8\\nlayers:\\n  - {match: \\"head\\", weight_bits: %%d}\\n" %% bits
    pathlib.Path(options["-o"]).write_text(text if bits < 8 else "weight_bits: 8\\n")
else:
    sweep = pathlib.Path(sys.argv[2]).read_text()
    out = pathlib.Path(options["-o"]) / "points.csv"
    rows = list(csv.DictReader(out.open())) if out.exists() else []
    for file in re.search("recipes: (.*)", sweep)[1].strip("[]").split(", "):
        recipe = pathlib.Path(file.strip('"'))
        text = recipe.read_text()
        bits = int(re.findall("weight_bits: ([0-9]+)", text)[-1])
        shift = "requant: [shift]" in sweep
        assert shift == ("power_of_two_scales: true" in text)
        for copies in (1, 2):
            rows.append(dict(recipe=recipe.stem, status="ok", reason="", fits=1, fps=copies * (100 - bits),
                             dsp=copies * (8 if shift else 10), bram36=5, tool_version="0.1.0", accuracy_images=10000,
                             accuracy=90 + bits / 10 + ("layers:" in text) * GAIN))
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
""" % sys.executable


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
            self.assertIn("%d points that fit of %d" % (2 * len(all_recipes()), 2 * len(all_recipes())), text)
            for recipe in all_recipes():
                self.assertIn("| %s | %s |" % (recipe.name, recipe.requant), text)
            mixed = (folder / "out/recipes/mixed_49.5_shift.yaml").read_text(encoding="utf-8")
            self.assertTrue(mixed.endswith('power_of_two_scales: true\nlayers:\n  - {match: "head", weight_bits: 3}\n'), mixed)
            lost = (folder / "out/lost.csv").read_text(encoding="utf-8").splitlines()
            self.assertEqual(lost, ["recipe,FPS,DSP,BRAM36,top-1 %,nearest mixed,which is short of"])

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
