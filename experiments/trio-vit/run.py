#!/usr/bin/env python3
"""Regenerates the tables of Trio-ViT's hardware results, each published figure beside its source.

    experiments/trio-vit/run.py [--tridex PROGRAM] [-o FILE] [--quick]

Simulates every machine that a table needs with `tridex run`, two at a time, and writes experiments/trio-vit/results.md.
The figures do not depend on the computer. --quick: B0 and a few points, for tests.
"""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import comparisons  # noqa: E402
import published  # noqa: E402
from lab import (IDEAL_MEMORY, TRIO, Case, Lab, Network, array_dsps, backbone, backbone_gops, dram_megabytes,  # noqa: E402
                 label, stall_causes)
from programs import TRIDEX, LabError  # noqa: E402
from results import table, whole, write_whole  # noqa: E402
from spread import IDEAL, WIDE  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
AUTHORS = tuple(IDEAL + WIDE)  # what the authors' cycle model takes for granted
INTER, INTRA = "schedule.inter_layer_pipeline=false", "schedule.intra_layer_pipeline=false"  # switched off

# What is simulated; --quick takes less of each.
FULL = {
    "sizes": [0, 1, 2], "all_sizes": [0, 1, 2, 3], "gops_sizes": [1, 2], "resolutions": [224, 256, 288], "main": 1,
    "ports": [1, 2, 4, 6], "widths": [64, 128],
    "memories": [("ddr4_2400_x64", 1), ("ddr4_3200_x64", 1), ("lpddr4_3200", 2), ("lpddr4_3200", 4),
                 ("lpddr5_6400", 2), ("lpddr5_6400", 4), ("hbm2", 2), ("hbm2", 8)],
    "boards": ["zcu102", "zcu104", "kv260", "u250", "u50", "vck190"],
}
QUICK = {
    "sizes": [0], "all_sizes": [0], "gops_sizes": [0], "resolutions": [224], "main": 0,
    "ports": [1, 4], "widths": [128], "memories": [("lpddr5_6400", 4)], "boards": ["zcu102", "kv260"],
}


def authors_cycles(lab, plan):
    networks = [Network(size, 224) for size in plan["sizes"]]
    results = lab.run({(network, name): Case(TRIO, network, settings) for network in networks for name, settings in [
        ("one", AUTHORS + ("copies=1",)), ("sixteen", AUTHORS), ("design", IDEAL_MEMORY)]})
    rows = []
    for network in networks:
        one, sixteen, design = (results[network, name] for name in ("one", "sixteen", "design"))
        for copies, result, theirs in [(1, one, published.AUTHORS_CYCLES_ONE_COPY[network.size]),
                                       (16, sixteen, published.AUTHORS_CYCLES[network.size]),
                                       ("16, the design", design, published.AUTHORS_CYCLES[network.size])]:
            cycles = backbone(result)[1]
            rows.append([label(network), copies, whole(theirs), whole(cycles), "%+.1f" % (100 * (cycles / theirs - 1)),
                         whole(result["cycles"])])
    macs = [[label(network), "%.1f" % published.AUTHORS_MMACS[network.size],
             "%.1f" % (backbone(results[network, "design"])[0] / 1e6),
             "%.1f" % (results[network, "design"]["macs"] / 1e6)] for network in networks]
    return "\n\n".join([
        "The authors' closed-form model (published code: %s; its figures at L = 1 divided by 16) has no memory, and so "
        "have the rows of ours here. L = 1 and 16: no time for commands and requantization either, and buffers that "
        "hold everything (the settings of spread.py). `16, the design`: `%s` as it is, `memory.ideal=true`. Ours are "
        "simulated, of the first frame." % (published.AUTHORS_CODE, TRIO),
        table(["<network", "<L", "authors", "ours, backbone", "% more", "ours, whole network"], rows),
        "Multiply-accumulates of a frame in millions: the authors' model counts less than the backbone has.",
        table(["<network", "authors", "backbone", "whole network"], macs),
        "Their model leaves out: the classifier; the aggregation's 1x1 at its true width; the row sums of K and the "
        "divisors; memory, buffers and their ports; requantization; filling and draining of the engines; what L = 16 "
        "loses to rounding. Layer by layer: README.md."])


def gops(lab, plan):
    networks = [Network(size, resolution) for size in plan["gops_sizes"] for resolution in plan["resolutions"]]
    memories = [("authors' conditions", AUTHORS), ("ideal", IDEAL_MEMORY), ("DDR4", ())]
    results = lab.run({(network, name): Case(TRIO, network, settings)
                       for network in networks for name, settings in memories})
    rows = []
    for (network, name), result in results.items():
        first = 2e-6 * result["macs"] / result["latency_ms"]
        values = [backbone_gops(result), first, result["gops"]]
        rows.append([label(network), name] + ["%.1f" % value for value in values] +
                    ["%.1f" % (100 * value / published.GOPS.value) for value in (values[0], values[2])])
    best = max(results, key=lambda key: backbone_gops(results[key]))
    return "\n\n".join([
        "Published: %.1f GOPS (%s). Two operations a multiply-accumulate; the peak of 2,048 multipliers at 200 MHz is "
        "819.2 (derived)." % (published.GOPS.value, published.GOPS.source),
        "Ours are simulated. *Backbone*: multiply-accumulates of the layers outside of the classifier over the time "
        "from the start of the first frame until the last of them has ended. *Whole, first frame*: all of them over "
        "the time of that frame alone; *whole, steady*: over the time between two frames, where weights of the next "
        "frame are fetched during the one before. `authors' conditions`: as in section 1, L = 16.",
        table(["<network", "<memory", "backbone", "whole, first frame", "whole, steady", "backbone, % of published",
               "steady, % of published"], rows),
        "The most that the backbone reaches here is %.1f GOPS (%s, %s)."
        % (backbone_gops(results[best]), label(best[0]), best[1])])


def pipelines(lab, plan):
    switches = [("none", (INTER, INTRA)), ("inter-layer", (INTRA,)), ("intra-layer", (INTER,)), ("both", ())]
    networks = [Network(size, 224) for size in plan["sizes"]]
    results = lab.run({(network, memory, name): Case(TRIO, network, settings + off)
                       for network in networks for memory, settings in comparisons.MEMORIES.items()
                       for name, off in switches})
    rows = []
    for (network, memory, name), result in results.items():
        both = results[network, memory, "both"]
        theirs = published.P2_PIPELINES.get(name, published.P2_PIPELINES["one"])
        rows.append([label(network), memory, name, whole(result["cycles"]),
                     "%.3f" % (result["cycles"] / both["cycles"]), "%.3f" % (both["fps"] / result["fps"]), theirs])
    return "\n\n".join([
        "Simulated. For Trio-ViT nothing of the kind was recovered; the last column is P2-ViT's (published: %s), "
        "another machine of the same group with other networks, where it is not known which of its two pipelines has "
        "1.32 and which 1.37. So it says how much such pipelines may be worth, not what ours should be."
        % published.P2_PIPELINES_SOURCE,
        table(["<network", "<memory", "<pipelines", "cycles, first frame", "time, of both", "time, of both, steady",
               "P2-ViT"], rows)])


def machines(lab, plan):
    designs = [(TRIO, None), ("mat_only_zcu102", None), ("rmac_only_zcu102", None), ("systolic_zcu102", None),
               ("shao_iscas2024_zcu102", "w8a8_exact")]
    networks = [Network(size, 224) for size in plan["sizes"]]
    results = lab.run({(network, memory, design): Case(design, network, settings, recipe)
                       for network in networks for memory, settings in comparisons.MEMORIES.items()
                       for design, recipe in designs})
    alone = results[networks[0], "ideal", "mat_only_zcu102"]["layers"]
    alone = [layer for layer in alone if layer["name"].endswith("depth_conv.act")]
    used = sum(layer["macs"] for layer in alone) / sum(layer["busy_cycles"] for layer in alone)
    rows = []
    for (network, memory, design), result in results.items():
        reference = results[network, memory, TRIO]
        rows.append([label(network), memory, design, "%.1f" % result["fps"],
                     "%.2f" % (result["fps"] / reference["fps"]), "%.1f" % result["gops"], result["cost"]["dsp"],
                     "%.3f" % (result["gops"] / result["cost"]["dsp"]), _energy(result)])
    return "\n\n".join([
        "The same multipliers, buffers, clock and board: Trio-ViT's two engines, MAT alone, R-MAC alone, a "
        "weight-stationary systolic array, and Trio-ViT's predecessor, which has dividers (recipe w8a8_exact). All are "
        "simulated, DSPs and energy computed by the cost model; an ideal memory has no energy. All lanes of a MAT get "
        "the same inputs, so that a depthwise layer has %.0f of the 2,048 multipliers there (simulated, %s); the "
        "systolic array has one a channel, on its diagonal." % (used, label(networks[0])),
        table(["<network", "<memory", "<design", "frames/s", "of Trio-ViT", "GOPS", "DSPs", "GOPS/DSP", "mJ a frame"],
              rows)])


def dram(lab, plan):
    network = Network(plan["main"], 224)
    memories = {"ideal": IDEAL_MEMORY}
    for width in plan["widths"]:
        for ports in plan["ports"]:
            memories["ddr4_2400_x64 x 1, %d x %d" % (ports, width)] = ("ports.count=%d" % ports,
                                                                      "ports.width_bits=%d" % width)
    for ports, width in [(4, 128), (8, 256)]:
        for name, channels in plan["memories"]:
            memories["%s x %d, %d x %d" % (name, channels, ports, width)] = (
                "memory.name=" + name, "memory.channels=%d" % channels, "ports.count=%d" % ports,
                "ports.width_bits=%d" % width)
    cases = {}
    for name, settings in memories.items():
        for keep in ("true", "false"):
            cases[name, keep] = Case(TRIO, network, settings + ("mapping.keep_tensors=" + keep,))
    results = lab.run(cases)
    rows = []
    for keep in ("true", "false"):
        ideal = results["ideal", "true"]["fps"]
        for name in memories:
            result = results[name, keep]
            rows.append([name, "yes" if keep == "true" else "no", "%.1f" % result["fps"],
                         "%.1f" % (100 * result["fps"] / ideal), "%.2f" % dram_megabytes(result), stall_causes(result)])
    return "\n\n".join([
        "Nobody has published what memory does to such a machine (no figure of Trio-ViT's was found). %s on `%s`, "
        "simulated. `ddr4_2400_x64 x 1, 4 x 128`: one channel (configs/memories) behind four ports of 128 bits at "
        "200 MHz, which let 12.8 GB/s through in each direction, so that a faster memory shows only behind wider ports "
        "(8 x 256; a ZCU102 has six of 128 bits, two of them coherent: UG1085). Tensors stay on the chip where they "
        "fit, or all go through the DRAM (`mapping.keep_tensors=false`). Causes: what the engines wait for longest, in "
        "per cent of their time." % (label(network), TRIO),
        table(["<memory x channels, ports x bits", "<tensors kept", "frames/s", "% of ideal", "MB a frame",
               "<engines wait for, %"], rows)])


def boards(lab, plan):
    network = Network(plan["main"], 224)
    results = lab.run({board: Case("trio_vit_" + board, network) for board in plan["boards"]})
    rows = []
    for board, result in results.items():
        cost = result["cost"]
        rows.append([board, "%.1f" % result["fps"], "%.1f" % result["gops"], "%.1f" % (100 * result["utilization"]),
                     cost["dsp"], array_dsps(result), cost["bram36"], cost["uram"], whole(cost["lut"]),
                     "; ".join(cost["misfits"]) or "yes"])
    return "\n\n".join([
        "%s on designs of ours (configs/designs/trio_vit_*.yaml: copies, clock and memory of each board). Frames are "
        "simulated, resources computed, nothing synthesized; only the first is a published machine." % label(network),
        table(["<board", "frames/s", "GOPS", "% of peak", "DSPs", "in the array", "BRAM36", "URAM", "LUTs", "<fits"],
              rows)])


def power(lab, plan):
    designs = [("shao_iscas2024_zcu102", "w8a8_exact"), (TRIO, None)]
    networks = [Network(size, 224) for size in plan["all_sizes"]]
    results = lab.run({(design, network): Case(design, network, (), recipe)
                       for design, recipe in designs for network in networks})
    rows = [["%s, %s" % (entry.name, entry.model), "%.2f" % entry.watts.value, "%.1f" % entry.gops.value,
             "%.1f" % (entry.gops.value / entry.watts.value), "%.1f" % (1000 * entry.watts.value / entry.gops.value),
             "-", "W: %s, %s; GOPS: %s, %s" % (entry.watts.kind, entry.watts.source, entry.gops.kind,
                                              entry.gops.source)] for entry in published.POWERS]
    for (design, network), result in results.items():
        watts = result["power_w"]
        rows.append(["%s, %s" % (design, label(network)), "%.2f" % watts, "%.1f" % result["gops"],
                     "%.1f" % (result["gops"] / watts), "%.1f" % (1000 * watts / result["gops"]),
                     "%.2f" % result["energy_mj"], "simulated counts x published energies of other chips"])
    parts = {"multiplications": ["mac"], "post-processing": ["post"], "DRAM": ["dram_"], "clock": ["clock"],
             "buffers": ["input_buffer", "weight_buffer", "output_buffer"], "static": ["static"]}
    shares = []
    for (design, network), result in results.items():
        items = result["energy"]
        shares.append(["%s, %s" % (design, label(network))] + [
            "%.1f" % (100 * sum(value for key, value in items.items() if key.startswith(tuple(starts))) /
                      result["energy_mj"]) for starts in parts.values()])
    return "\n\n".join([
        "Published: %.2f W (%s: %s). Whether that is chip or board is not known. Ours, on DDR4, has neither the "
        "processors nor the DRAM's interface, is not fitted to any measurement, and is for comparing designs."
        % (published.POWER.value, published.POWER.kind, published.POWER.source),
        table(["<machine, network", "W", "GOPS", "GOPS/W", "pJ an operation", "mJ a frame", "<source"], rows),
        "Where ours goes, in per cent:", table(["<machine, network"] + list(parts), shares)])


def _energy(result):
    return "-" if result["energy_mj"] is None else "%.2f" % result["energy_mj"]


SECTIONS = [
    ("Cycles of the computation alone, against the authors' model", authors_cycles),
    ("Operations a second", gops),
    ("Operations a second and DSP", lambda lab, plan: comparisons.dsp_efficiency(
        lab, [Network(size, r) for size in plan["gops_sizes"] for r in plan["resolutions"]])),
    ("Frames a second against others", lambda lab, plan: comparisons.fps_ratios(
        lab, [Network(size, r) for size in plan["all_sizes"] for r in plan["resolutions"]])),
    ("What the two pipelines are worth", pipelines),
    ("Two kinds of engines, one kind, a systolic array, dividers", machines),
    ("What the DRAM does to it", dram),
    ("Other boards", boards),
    ("Power and energy", power),
]


def report(lab, plan):
    parts = []
    for number, (title, make) in enumerate(SECTIONS, 1):
        lab.section = "%d of %d, %s" % (number, len(SECTIONS), title)
        parts.append("## %d. %s\n\n%s" % (number, title, make(lab, plan)))
    header = ("# Trio-ViT's hardware results, published and simulated\n\n"
              "Written by experiments/trio-vit/run.py, which makes it anew from %d simulations. Beside each figure "
              "that is not ours is its kind (published, derived, from memory and unverified) and its source. Ours are "
              "*simulated* (cycles and what follows from them) or *computed* (DSPs and other resources, energy). "
              "B1-224 is EfficientViT-B1 at 224 x 224. Memory is one channel of DDR4-2400 behind four ports of "
              "128 bits unless a table says something else." % lab.count())
    return "\n\n".join([header] + parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "results.md")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if not options.output.parent.is_dir():
        sys.exit("run.py: no folder '%s' for the results" % options.output.parent)
    try:
        text = report(Lab(options.tridex), QUICK if options.quick else FULL)
    except LabError as error:
        sys.exit("run.py: %s" % error)
    write_whole(options.output, text)
    print("wrote %s" % options.output)


if __name__ == "__main__":
    main()
