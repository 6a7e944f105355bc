#!/usr/bin/env python3
"""Compares the machine that search.yaml found with Trio-ViT's, and writes results.md.

    experiments/beyond/run.py [--tridex PROGRAM] [-o FILE] [--no-accuracy]

Frames a second of EfficientViT-B1 at 224 x 224, costs, and accuracy of the network that ships and (with TRIDEX_DATA) of
Seg-B0. Exit status 1 where the machine costs more than Trio-ViT's or loses accuracy to it.
"""
import argparse
import datetime
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
from programs import TRIDEX, LabError, call, call_json  # noqa: E402
from results import table, whole, write_whole  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORK = "efficientvit_b1_r224"
TRIO = "trio_vit_zcu102"
RECIPE = str(HERE / "recipe.yaml")
BEYOND = str(HERE / "beyond_zcu102.yaml")
SHAPES = ["copies=14", "engines.0.lanes=16", "engines.1.lanes=4", "engines.1.inputs=16", "engines.0.post_lanes=6",
          "engines.1.post_lanes=6", "vector.lanes=16"]
# Title, design, recipe, settings: each has one change more than the one before.
STEPS = [
    ("Trio-ViT", TRIO, "trio_paper", []),
    ("4-bit weights in the last stage and the head", TRIO, RECIPE, []),
    ("requantization by shifts", TRIO, RECIPE, ["capabilities.requant=shift"]),
    ("other engines, for the DSPs that became free", BEYOND, RECIPE, ["mapping.search=fast"]),
    ("full mapper search", BEYOND, RECIPE, []),
]
ASIDE = [
    ("Trio-ViT with a full mapper search", TRIO, "trio_paper", ["mapping.search=full"]),
    ("the other engines with 8-bit weights and multipliers (costs more)", TRIO, "default", SHAPES),
]
ACCURACY = [
    ("network that ships, 10,000 drawn images, top-1 %", "efficientvit_b0_r64",
     str(ROOT / "models" / "zoo" / "efficientvit_b0_scenes.safetensors"), "scenes-calib", "scenes-test", "classification",
     "top1"),
    ("Seg-B0 480 x 352, CamVid, mIoU %", "efficientvit_seg_b0_r352x480", "efficientvit_seg_b0_cityscapes.safetensors",
     "camvid-calib", "camvid-test", "segmentation", "miou"),
]


def run(tridex, step):
    title, design, recipe, settings = step
    print("%s ..." % title, flush=True)
    return call_json([tridex, "run", design, "--model", NETWORK, "--recipe", recipe], settings)


def accuracy(tridex, work, recipe, folder):
    _, model, weights, calib, data, task, metric = work
    net = str(pathlib.Path(folder) / "net.tdx")
    call([tridex, "quantize", recipe, "--model", model, "--weights", weights, "--calib", calib, "-o", net])
    return call_json([tridex, "evaluate", "--net", net, "--data", data, "--task", task])[metric]


def machine_rows(results, base):
    rows = []
    before = base
    for title, r in results:
        cost = r["cost"]
        rows.append([title, "%.1f" % r["fps"], "%.3f" % (r["fps"] / before["fps"]), "%.3f" % (r["fps"] / base["fps"]),
                     "%.1f %%" % (100 * r["utilization"]), whole(cost["dsp"]), whole(cost["bram36"]), whole(cost["lut"]),
                     "%.2f" % r["power_w"]])
        before = r
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX, help="program to run")
    parser.add_argument("-o", "--output", help="where the tables go (results.md beside this file)")
    parser.add_argument("--no-accuracy", action="store_true", help="leave out what takes minutes")
    arguments = parser.parse_args()
    tridex = arguments.tridex

    results = [(step[0], run(tridex, step)) for step in STEPS]
    base, beyond = results[0][1], results[-1][1]
    aside = [(step[0], run(tridex, step)) for step in ASIDE]
    header = ["<EfficientViT-B1, 224 x 224, DDR4", "FPS", "gain of the step", "of all", "multipliers busy", "DSP", "BRAM36",
              "LUT",
              "W"]
    ratio = beyond["fps"] / base["fps"]
    text = ["# Results", "",
            "`experiments/beyond/run.py`, %s, Tridex %s. Simulated frames a second, estimated costs." %
            (datetime.date.today().isoformat(), base["version"]), "",
            "**%.3f times the frames a second of Trio-ViT's machine.**" % ratio, "",
            table(header, machine_rows(results, base)), "", "Beside these, each against Trio-ViT:", "",
            table(header, [row[:2] + ["", row[3]] + row[4:] for row in machine_rows(aside, base)])]
    faults = ["%s: %d, Trio-ViT has %d" % (name, beyond["cost"][name], base["cost"][name])
              for name in ("dsp", "bram36", "lut") if beyond["cost"][name] > base["cost"][name]]

    rows = []
    if not arguments.no_accuracy:
        with tempfile.TemporaryDirectory() as folder:
            for work in ACCURACY:
                if work[5] == "segmentation" and not os.environ.get("TRIDEX_DATA"):
                    print("skipped: %s (TRIDEX_DATA is not set)" % work[0])
                    continue
                print("%s ..." % work[0], flush=True)
                values = [accuracy(tridex, work, recipe, folder) for recipe in ("trio_paper", RECIPE, "default")]
                rows.append([work[0]] + ["%.2f" % value for value in values])
                if values[1] < values[0]:
                    faults.append("%s: %.2f, Trio-ViT has %.2f" % (work[0], values[1], values[0]))
        text += ["", table(["<accuracy of the integer reference", "`trio_paper`", "`recipe.yaml`", "`default`"], rows)]

    print("\n".join(text))
    if faults:
        print("NOT within Trio-ViT's: " + "; ".join(faults))
        return 1
    if arguments.output is None and (arguments.no_accuracy or len(rows) < len(ACCURACY)):
        print("not written: without accuracy, or parts of it, only with -o FILE")
        return 0
    output = pathlib.Path(arguments.output or HERE / "results.md")
    write_whole(output, "\n".join(text) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LabError, OSError) as error:
        sys.exit("error: %s" % error)
