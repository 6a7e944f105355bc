#!/usr/bin/env python3
"""Compares the engines in RTL with the model, bits and cycles, and writes the tables of results.md.

    experiments/rtl/run.py [--tridex PROGRAM] [-o FILE] [--quick]

Every command of whole networks goes through the Verilated engines (`tridex cosim`), on the Trio-ViT design with one copy. The
program must be built with them: cmake --preset rtl && cmake --build --preset rtl. --quick: the shipped network alone.
"""
import argparse
import collections
import datetime
import pathlib
import platform
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
from programs import LabError, call, call_json, version  # noqa: E402
from results import table, whole, write_whole  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WEIGHTS = ROOT / "models" / "zoo" / "efficientvit_b0_scenes.safetensors"
DESIGN = "trio_vit_zcu102"
SETTINGS = ["copies=1"]

Work = collections.namedtuple("Work", "title arguments")


def cosim(tridex, work):
    """The JSON of one network."""
    print("%s ..." % work.title, flush=True)
    return call_json([tridex, "cosim", DESIGN, "--engine", "all", *work.arguments], SETTINGS)


def cells(part):
    return [whole(part["commands"]), whole(part["results"]), "equal" if part["equal"] else "DIFFER",
            whole(part["rtl_cycles"]), whole(part["tlm_cycles"]), "%+.2f" % part["error_percent"],
            "%+d" % part["worst_cycles"], part["beyond"]]


COLUMNS = ["commands", "results", "<bits", "RTL cycles", "TLM cycles", "error, %", "worst command", "beyond"]


def kinds(result):
    """The layers of each kind of work together."""
    sums = {}
    for layer in result["layers"]:
        kind = sums.setdefault((layer["op"], layer["engine"]), collections.Counter(layers=0))
        for key in ("commands", "results", "rtl_cycles", "tlm_cycles", "beyond"):
            kind[key] += layer[key]
        kind["layers"] += 1
        kind["unequal"] += not layer["equal"]
        if abs(layer["worst_cycles"]) > abs(kind["worst_cycles"]):
            kind["worst_cycles"] = layer["worst_cycles"]
    rows = []
    for (op, engine), kind in sorted(sums.items()):
        kind["equal"] = kind["unequal"] == 0
        kind["error_percent"] = 100 * (kind["rtl_cycles"] / kind["tlm_cycles"] - 1)
        rows.append([op, engine, kind["layers"], *cells(kind)])
    return rows


def report(results, tridex):
    lines = ["# Engines in RTL against the model", "",
             "Written by `experiments/rtl/run.py` on %s: %s, %s; simulated, on `%s` with `%s`. A command is beyond where its "
             "cycles differ by more than the larger of 2 %% and 8 cycles." % (
                 datetime.date.today().isoformat(), version(tridex), version("verilator"),
                 DESIGN, " ".join(SETTINGS)), "", "## Networks", ""]
    lines.append(table(["<network", *COLUMNS], [[work.title, *cells(result["total"])] for work, result in results]))
    lines += ["", "Speed (of this machine, %s, other work beside it): clock cycles of RTL a second, and how many times faster the "
              "same run with TLM engines is, everything included." % platform.machine(), ""]
    lines.append(table(["<network", "RTL clocks", "seconds", "a second", "TLM, times faster"], [
        [work.title, whole(r["rtl_clocks"]), "%.1f" % r["rtl_seconds"], whole(int(r["rtl_clocks"] / r["rtl_seconds"])),
         "%.0f" % (r["rtl_seconds"] / r["tlm_seconds"]) if r["tlm_seconds"] else "-"] for work, r in results]))
    for work, result in results:
        lines += ["", "## %s, by kind of work" % work.title, "",
                  table(["<op", "<engine", "layers", *COLUMNS], kinds(result))]
    work, result = results[0]
    lines += ["", "## %s, layer by layer" % work.title, "",
              table(["<layer", "<op", "<engine", *COLUMNS],
                    [[layer["layer"], layer["op"], layer["engine"], *cells(layer)] for layer in result["layers"]])]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=str(ROOT / "build" / "rtl" / "app" / "tridex"))
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "results.md")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        net = str(pathlib.Path(folder) / "scenes.tdx")
        call([options.tridex, "quantize", "default", "--model", "efficientvit_b0_r64", "--weights", str(WEIGHTS), "--calib",
              "scenes-calib", "-o", net])
        works = [Work("the shipped network", ["--net", net, "--data", "scenes-test"])]
        if not options.quick:
            works += [Work("EfficientViT-B1-R224", ["--model", "efficientvit_b1_r224"]),
                      Work("EfficientViT-Seg-B0, 352 x 480", ["--model", "efficientvit_seg_b0_r352x480"])]
        results = [(work, cosim(options.tridex, work)) for work in works]
    write_whole(options.output, report(results, options.tridex))
    print("wrote %s" % options.output)
    beyond = ["%s: %s %s" % (work.title, layer["op"], layer["layer"]) for work, result in results
              for layer in result["layers"] if layer["beyond"]]
    if beyond:
        raise LabError("cycles beyond the larger of 2 %% and 8:\n  %s" % "\n  ".join(beyond))


if __name__ == "__main__":
    try:
        main()
    except (LabError, OSError, ValueError) as error:
        sys.exit("run.py: %s" % error)
