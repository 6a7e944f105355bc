#!/usr/bin/env python3
"""What L = 16 copies of the Trio-ViT engines lose to rounding, for each choice of what they spread over.

    experiments/trio-vit/spread.py [--tridex PROGRAM] [--copies L] [MODEL ...]

Runs `tridex run` with a memory that takes no time and prints, for each kind of layer, how many more engine cycles the
copies need together than one copy needs: L * busy(L) / busy(1) - 1. The last two lines are the same of all layers and of
the time of the whole frame, in which engines also wait for each other.
"""
import argparse
import collections
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
from programs import TRIDEX, LabError, call_json  # noqa: E402

# As the authors' cycle model has it: no time for memory, commands and requantization; one cycle of fill a command.
IDEAL = ["memory.ideal=true", "buffers.input.kib=65536", "buffers.weight.kib=65536", "buffers.output.kib=65536",
         "engines.0.post_lanes=8", "engines.0.pipeline_depth=1", "engines.1.pipeline_depth=1",
         "schedule.command_cycles=0"]
WIDE = ["buffers.%s.%s" % (buffer, port) for buffer in ("input", "weight", "output")
        for port in ("banks=64", "width_bits=512")]
# Ends of layers' names, in the order in which they are tried. `channels` is heads where there are heads.
KINDS = [("input_stem.op_list.0.act", "stem"), ("inverted_conv.act", "PW1"), ("depth_conv.act", "DW3x3"),
         ("qkv.conv", "qkv"), ("aggreg.0.0", "aggregation DW5x5"), ("aggreg.0.1", "aggregation 1x1"),
         (".divide", "attention"), ("context_module.add", "proj"), ("point_conv.norm", "PW2"), (".add", "PW2"),
         ("head.op_list.0.act", "head"), (".linear", "head")]
SPREADS = ["pixels", "channels", "best"]


def kind_of(name):
    return next((kind for end, kind in KINDS if name.endswith(end)), None)


def run(program, model, settings):
    result = call_json([program, "run", "trio_vit_zcu102", "--model", model, "--frames", "1"], IDEAL + WIDE + settings)
    busy = collections.Counter()
    for layer in result["layers"]:
        kind = kind_of(layer["name"])
        if kind:
            busy[kind] += layer["busy_cycles"]
    return busy, result["cycles"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tridex", default=TRIDEX)
    parser.add_argument("--copies", type=int, default=16)
    parser.add_argument("models", nargs="*", metavar="MODEL",
                        default=["efficientvit_b%d_r224" % size for size in range(4)])
    options = parser.parse_args()
    for model in options.models:
        one, one_cycles = run(options.tridex, model, ["copies=1"])
        many = [run(options.tridex, model, ["copies=%d" % options.copies, "spread=" + spread]) for spread in SPREADS]
        print("\n%s, L = %d: loss to rounding in per cent\n" % (model, options.copies))
        print("| layers | share at L = 1 | %s |" % " | ".join(SPREADS))
        print("|---|---|%s" % ("---|" * len(SPREADS)))
        total = sum(one.values())
        for kind in dict.fromkeys(kind for _, kind in KINDS):
            losses = ["%.1f" % (100 * (options.copies * busy[kind] / one[kind] - 1)) for busy, _ in many]
            print("| %s | %.1f | %s |" % (kind, 100 * one[kind] / total, " | ".join(losses)))
        losses = ["%.1f" % (100 * (options.copies * sum(busy.values()) / total - 1)) for busy, _ in many]
        print("| all layers | 100 | %s |" % " | ".join(losses))
        losses = ["%.1f" % (100 * (options.copies * cycles / one_cycles - 1)) for _, cycles in many]
        print("| frame | | %s |" % " | ".join(losses))


if __name__ == "__main__":
    try:
        main()
    except LabError as error:
        sys.exit("spread.py: %s" % error)
