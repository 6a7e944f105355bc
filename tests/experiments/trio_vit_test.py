"""The report of experiments/trio-vit/run.py is complete, and agrees with the program and with itself.

    tests/experiments/trio_vit_test.py TRIDEX
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

EXPERIMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments/trio-vit"
sys.path[:0] = [str(EXPERIMENT), str(EXPERIMENT.parent / "shared")]
sys.dont_write_bytecode = True
import comparisons  # noqa: E402
import published  # noqa: E402
from lab import Network  # noqa: E402

TRIDEX = None


def run_py(*arguments):
    return subprocess.run([sys.executable, "-B", str(EXPERIMENT / "run.py"), *arguments], capture_output=True,
                          text=True, check=False)


def tables(text):
    """Lists of rows, which are lists of cells; the heading is the first."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([rows[0]] + rows[2:])
    return found


def number(cell):
    return float(cell.strip("*").replace(",", ""))


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "results.md"
            process = run_py("--quick", "--tridex", TRIDEX, "-o", str(output))
            if process.returncode != 0:
                raise AssertionError(process.stderr)
            cls.text = output.read_text(encoding="utf-8")
            again = run_py("--quick", "--tridex", TRIDEX, "-o", str(output))
            cls.second = output.read_text(encoding="utf-8") if again.returncode == 0 else again.stderr
        parts = re.split(r"^## (\d)\. .*\n", cls.text, flags=re.MULTILINE)
        cls.sections = {int(key): text for key, text in zip(parts[1::2], parts[2::2])}

    def test_every_section_has_full_tables(self):
        self.assertEqual(sorted(self.sections), list(range(1, 10)))
        for key, text in self.sections.items():
            self.assertTrue(tables(text), "section %d has no table" % key)
            for rows in tables(text):
                self.assertGreater(len(rows), 1, rows)
                for row in rows:
                    self.assertEqual(len(row), len(rows[0]), row)
                    self.assertNotIn("", row)
        self.assertIsNone(re.search(r"\b(None|nan|inf)\b", self.text.replace("\nNone.\n", "")))

    def test_same_bytes_twice(self):
        self.assertEqual(self.text, self.second)

    def test_figures_are_the_programs(self):
        def result(*settings):
            command = [TRIDEX, "run", "trio_vit_zcu102", "--model", "efficientvit_b0_r224", "--json", "-"]
            return json.loads(subprocess.run(command + list(settings), check=True, capture_output=True).stdout)
        ddr4, ideal = result(), result("--set", "memory.ideal=true")
        last = max(layer["end_cycle"] for layer in ideal["layers"] if not layer["name"].startswith("head"))
        design = next(row for row in tables(self.sections[1])[0] if row[1] == "16, the design")
        self.assertEqual([number(design[3]), number(design[5])], [last, ideal["cycles"]])
        steady = next(row for row in tables(self.sections[2])[0] if row[:2] == ["B0-224", "DDR4"])
        self.assertEqual(steady[4], "%.1f" % (2e-9 * ddr4["macs"] * ddr4["fps"]))
        board = tables(self.sections[8])[0][1]
        self.assertEqual(board[:2] + board[4:5], ["zcu102", "%.1f" % ddr4["fps"], str(ddr4["cost"]["dsp"])])
        kept = {row[1]: number(row[4]) for row in tables(self.sections[7])[0][1:] if ", 4 x 128" in row[0]
                and row[0].startswith("ddr4_2400_x64")}
        moved = ddr4["dram"]["read_bytes"] + ddr4["dram"]["write_bytes"]
        self.assertAlmostEqual(kept["yes"], moved / ddr4["frames"] / 1e6, delta=0.005)
        self.assertGreater(kept["no"], kept["yes"])

    def test_ratios_of_frames(self):
        baselines, *rest = tables(self.sections[4])
        fps = {"%s %s" % (row[0], row[1]): number(row[2]) for row in baselines[1:]}
        ratios = 0
        for rows in rest[:5]:
            ours = [number(cell) for cell in rows[1][1:]]
            for row in rows[2:]:
                for mine, cell in zip(ours, row[1:]):
                    ratio = mine / fps[row[0]]
                    self.assertAlmostEqual(number(cell), ratio, delta=0.006 + 0.003 * ratio)
                    off = min(abs(ratio / claim - 1) for claim in published.FPS_CLAIMS)
                    if abs(off - 0.05) > 0.005:  # cells are rounded
                        self.assertEqual(cell.startswith("**"), off < 0.05, (row[0], cell))
                    ratios += 1
        self.assertEqual(ratios, 5 * len(published.BASELINES))

    def test_published_figures_have_sources(self):
        figures = [published.GOPS, published.GOPS_PER_WATT, published.POWER, published.FPS_CLAIMS_V1]
        figures += [entry.figure for entry in published.EFFICIENCIES] + [entry.fps for entry in published.BASELINES]
        figures += [part for entry in published.POWERS for part in (entry.watts, entry.gops)]
        for figure in figures:
            self.assertIn(figure.kind, (published.PUBLISHED, published.DERIVED, published.MEMORY))
            self.assertTrue(figure.source)
        for entry in published.BASELINES:
            self.assertIn("| %s | %s |" % (entry.fps.kind, entry.fps.source), self.sections[4])
        for entry in published.EFFICIENCIES:
            self.assertIn("| %s | %s |" % (entry.figure.kind, entry.figure.source), self.sections[3])


class Matching(unittest.TestCase):
    def test_within_five_per_cent(self):
        for claim in published.FPS_CLAIMS:
            for off, expected in [(0.949, False), (0.951, True), (1.049, True), (1.051, False)]:
                self.assertEqual(comparisons.matches(off * claim, claim), expected, (claim, off))
                self.assertEqual(comparisons.marked(off * claim, [claim]).startswith("**"), expected)

    def test_joint_needs_every_claim(self):
        fps = {(entry.name, entry.model): entry.fps.value for entry in published.BASELINES}
        frames = {Network(2, 288): 3.6 * fps["Auto-ViT-Acc W8", "DeiT-B"],
                  Network(1, 288): 5.0 * fps["Huang et al.", "ViT-S"],
                  Network(2, 224): 7.3 * fps["ViA", "Swin-T"]}
        self.assertEqual(len(comparisons._joint({("memory", "scope"): frames}, published.FPS_CLAIMS)), 1)
        for missing in frames:
            rest = {network: value for network, value in frames.items() if network != missing}
            self.assertEqual(comparisons._joint({("memory", "scope"): rest}, published.FPS_CLAIMS), [], missing)
        # B0 has no published top-1, so that nothing is of comparable accuracy.
        unknown = {Network(0, 200 + index): value for index, value in enumerate(frames.values())}
        self.assertEqual(comparisons._joint({("memory", "scope"): unknown}, published.FPS_CLAIMS), [])


class Failures(unittest.TestCase):
    def check(self, program, *messages):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "results.md"
            output.write_text("old", encoding="utf-8")
            process = run_py("--quick", "--tridex", str(program(folder)), "-o", str(output))
            self.assertEqual(process.returncode, 1)
            for message in messages:
                self.assertIn(message, process.stderr)
            self.assertNotIn("Traceback", process.stderr)
            self.assertEqual(output.read_text(encoding="utf-8"), "old")
            self.assertEqual(sorted(path.name for path in pathlib.Path(folder).iterdir() if path.suffix != ".sh"),
                             ["results.md"])

    def test_no_program(self):
        self.check(lambda folder: pathlib.Path(folder) / "absent", "cannot start", "--tridex")

    def test_run_that_fails(self):
        def program(folder):
            path = pathlib.Path(folder) / "tridex.sh"
            path.write_text("#!/bin/sh\necho 'unknown key' >&2\nexit 3\n", encoding="utf-8")
            path.chmod(0o755)
            return path
        self.check(program, "exit status 3", "run trio_vit_zcu102 --model efficientvit_b0_r224", "unknown key")


if __name__ == "__main__":
    TRIDEX = sys.argv.pop(1)
    unittest.main()
