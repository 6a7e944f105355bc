"""Figures that others have published about Trio-ViT and the accelerators it is compared with, each with its source.

`kind` says how much a figure is worth:
  published    printed by its authors, or by others about them, as the source says
  derived      computed here or by the source from published figures; how, is in the source
  from memory  recalled, not checked against the paper: unverified
"""
import collections

Figure = collections.namedtuple("Figure", "value kind source")

PUBLISHED, DERIVED, MEMORY = "published", "derived", "from memory (unverified)"

AUTHORS_CODE = "latency_v2.py in the history of github.com/shihuihong214/Trio-ViT"
TRIO = "abstract of arXiv 2405.03882 v3"
TRIO_V1 = "arXiv 2405.03882 v1, by a public summary"
ISCAS = "abstract of arXiv 2403.20230 (Shao et al., ISCAS 2024)"
P2 = "P2-ViT, arXiv 2405.19915"

# The authors' cycle model, run as it is: cycles at L = 16, millions of multiply-accumulates that it counts.
AUTHORS_CYCLES = {0: 51469, 1: 250343, 2: 762009}
AUTHORS_CYCLES_ONE_COPY = {0: 823508, 1: 4005490, 2: 12192147}
AUTHORS_MMACS = {0: 89.3, 1: 489.4, 2: 1506.8}
CLOCK_HZ = 200e6
AUTHORS_FPS = {size: CLOCK_HZ / cycles for size, cycles in AUTHORS_CYCLES.items()}

GOPS = Figure(780.2, PUBLISHED, ISCAS + ', "up to"; of the predecessor, Trio-ViT\'s own was not recovered')
GOPS_PER_WATT = Figure(105.1, PUBLISHED, ISCAS + ', "up to"')
POWER = Figure(GOPS.value / GOPS_PER_WATT.value, DERIVED, "780.2 GOPS / 105.1 GOPS/W, " + ISCAS)

# GOPS a DSP of the machines in the claims. `claim`: which of the claimed ratios of DSP efficiency is about it (the
# pairing is derived: 780.2 GOPS / 1,024 DSPs over one figure of each machine is nearest to that ratio).
Efficiency = collections.namedtuple("Efficiency", "name model figure claim")
DSP_CLAIM_SOURCE = TRIO + "; which baseline each belongs to is derived"
EFFICIENCIES = [
    Efficiency("ViA", "Swin-T", Figure(0.128, MEMORY, "ViA: 309.6 GOPS / 2,420 DSPs"), 6.0),
    Efficiency("Huang et al.", "DeiT-T", Figure(0.486, PUBLISHED, P2 + ", Table IX"), 1.5),
    Efficiency("Huang et al.", "DeiT-S", Figure(0.601, PUBLISHED, P2 + ", Table IX"), 1.5),
    Efficiency("Auto-ViT-Acc W8", "DeiT-S", Figure(0.367, PUBLISHED, P2 + ", Table VII"), 2.1),
    Efficiency("Auto-ViT-Acc W8", "DeiT-B", Figure(0.435, PUBLISHED, P2 + ", Table VII"), 2.1),
    Efficiency("Auto-ViT-Acc fixed+PoT", "DeiT-S", Figure(0.585, PUBLISHED, P2 + ", Table VII"), 2.1),
    Efficiency("Auto-ViT-Acc fixed+PoT", "DeiT-B", Figure(0.759, PUBLISHED, P2 + ", Table VII"), 2.1),
]

# Frames a second.
FPS_CLAIMS = [3.6, 5.0, 7.3]
FPS_CLAIM_SOURCE = TRIO + ': "up to", at comparable accuracy, against Auto-ViT-Acc, Huang et al. and ViA; which is ' \
    "which, and with which networks, was not recovered"
FPS_CLAIMS_V1 = Figure([7.2, 14.6], PUBLISHED, TRIO_V1)
NAMED = ["Auto-ViT-Acc", "Huang et al.", "ViA"]  # the three that the claims are about

# Multiply-accumulates of a frame of 224 x 224, in thousands of millions.
GMACS = {
    "DeiT-T": Figure(1.26, MEMORY, "DeiT, arXiv 2012.12877"),
    "DeiT-S": Figure(4.61, MEMORY, "DeiT, arXiv 2012.12877"),
    "Swin-T": Figure(4.5, MEMORY, "Swin, arXiv 2103.14030"),
}
# ImageNet top-1 in per cent in floating point.
TOP1 = {
    "DeiT-T": Figure(72.2, MEMORY, "DeiT, arXiv 2012.12877"),
    "DeiT-S": Figure(79.8, MEMORY, "DeiT, arXiv 2012.12877"),
    "DeiT-B": Figure(81.8, MEMORY, "DeiT, arXiv 2012.12877"),
    "Swin-T": Figure(81.3, MEMORY, "Swin, arXiv 2103.14030"),
}
OUR_TOP1_SOURCE = "README of github.com/mit-han-lab/efficientvit, published; it has none for B0"
OUR_TOP1 = {
    (1, 224): 79.390, (1, 256): 79.918, (1, 288): 80.410, (2, 224): 82.100, (2, 256): 82.698, (2, 288): 83.086,
    (3, 224): 83.468, (3, 256): 83.806, (3, 288): 84.150,
}

# `counts`: the figure was made from GOPS, so that it doubles if they count a multiply-accumulate as one operation.
Baseline = collections.namedtuple("Baseline", "name model fps top1 counts")


def _baseline(name, model, value, kind, source, top1=None, counts=False):
    known = TOP1.get(model)
    return Baseline(name, model, Figure(value, kind, source), top1 or (known.value if known else None), counts)


def _from_gops(gops, model):
    return gops / (2 * GMACS[model].value)


def _gop(model):
    return "%.2f GOP a frame" % (2 * GMACS[model].value)


HUANG = "abstract of Huang et al., IEEE TCAS-I 2023"
AUTO = "abstract of Auto-ViT-Acc, arXiv 2208.05163"
QUASAR = "Quasar-ViT, ICS 2024"
BASELINES = [
    _baseline("Auto-ViT-Acc W8", "DeiT-S", 0.040 * 1936, DERIVED,
              P2 + ", Table VII: 0.040 FPS a DSP; x 1,936 DSPs, which are 1.9 x 1,024 (arXiv 2403.20230)"),
    _baseline("Auto-ViT-Acc W8", "DeiT-B", 0.013 * 1936, DERIVED, "the same with 0.013 FPS a DSP"),
    _baseline("Auto-ViT-Acc fixed+PoT", "DeiT-S", 99.7, MEMORY, "Auto-ViT-Acc, arXiv 2208.05163"),
    _baseline("Auto-ViT-Acc fixed+PoT", "DeiT-B", 34.0, MEMORY, "Auto-ViT-Acc, arXiv 2208.05163"),
    _baseline("Auto-ViT-Acc, its fastest", "DeiT-B", 56.8, PUBLISHED, AUTO + "; widths not recovered"),
    _baseline("Auto-ViT-Acc's FP32 baseline", "DeiT-B", 10.0, PUBLISHED, AUTO),
    _baseline("Huang et al.", "ViT-T", 1000 / 4.077, DERIVED, HUANG + ": 4.077 ms a frame; top-1 as DeiT-T's",
              TOP1["DeiT-T"].value),
    _baseline("Huang et al.", "ViT-S", 1000 / 11.15, DERIVED, HUANG + ": 11.15 ms a frame; top-1 as DeiT-S's",
              TOP1["DeiT-S"].value),
    _baseline("Huang et al., at 1,024 DSPs", "DeiT-T", _from_gops(0.486 * 1024, "DeiT-T"), DERIVED,
              P2 + ", Table IX: 0.486 GOPS a DSP; over " + _gop("DeiT-T"), counts=True),
    _baseline("Huang et al., at 1,024 DSPs", "DeiT-S", _from_gops(0.601 * 1024, "DeiT-S"), DERIVED,
              P2 + ", Table IX: 0.601 GOPS a DSP; over " + _gop("DeiT-S"), counts=True),
    _baseline("ViA", "Swin-T", _from_gops(309.6, "Swin-T"), DERIVED,
              "309.6 GOPS (from memory, unverified) over " + _gop("Swin-T"), counts=True),
    _baseline("HeatViT", "DeiT-T", 183, MEMORY, "HeatViT, arXiv 2211.08110"),
    _baseline("HeatViT", "DeiT-S", _from_gops(0.174 * 1968, "DeiT-S"), DERIVED,
              P2 + ", Table IX: 0.174 GOPS a DSP; x 1,968 DSPs (from memory, unverified), over " +
              _gop("DeiT-S") + " without its pruning", counts=True),
    _baseline("VAQF W1A8", "DeiT-B", 24, PUBLISHED, "VAQF, 2022"),
    _baseline("VAQF W1A6", "DeiT-B", 30, PUBLISHED, "VAQF, 2022"),
    _baseline("Quasar-ViT, largest", "its own", 101.5, PUBLISHED, QUASAR, 80.4),
    _baseline("Quasar-ViT, middle", "its own", 159.6, PUBLISHED, QUASAR, 78.6),
    _baseline("Quasar-ViT, smallest", "its own", 251.6, PUBLISHED, QUASAR, 74.9),
    _baseline("HG-PIPE, ZCU102", "DeiT-T", 1579, MEMORY, "HG-PIPE, arXiv 2407.17879"),
    _baseline("HG-PIPE, VCK190", "DeiT-T", 7118, PUBLISHED, "HG-PIPE, arXiv 2407.17879"),
    _baseline("SSR, VCK190", "DeiT-T", 4545, MEMORY, "SSR, FPGA 2024"),
    _baseline("Edge-MoE", "M3ViT-T", 28.9, DERIVED, "CoQMoE, arXiv 2506.08496: 72.15 GOPS"),
]
LATER = "QuS (2,257 frames a second, 4 bits, public reviews of the submission) and CoQMoE (arXiv 2506.08496) came " \
    "after the paper and are not among them."

# Latency over that with both pipelines of another machine of the same group; which of the two single ones is which was
# not recovered.
P2_PIPELINES = {"none": "1.57", "one": "1.32 or 1.37", "both": "1.00"}
P2_PIPELINES_SOURCE = P2

# Power of FPGA accelerators: name, network, W, GOPS.
Power = collections.namedtuple("Power", "name model watts gops")
POWERS = [
    Power("Shao et al., ZCU102", "EfficientViT", POWER, GOPS),
    Power("Auto-ViT-Acc W8, ZCU102", "DeiT-S", Figure(8.45, MEMORY, "Auto-ViT-Acc, arXiv 2208.05163"),
          Figure(711, MEMORY, "Auto-ViT-Acc, arXiv 2208.05163")),
    Power("HeatViT, ZCU102", "DeiT-T", Figure(9.45, MEMORY, "HeatViT, arXiv 2211.08110"),
          Figure(367, MEMORY, "HeatViT, arXiv 2211.08110")),
    Power("ViA, Alveo U50", "Swin-T", Figure(39, MEMORY, "ViA"),
          Figure(309.6, MEMORY, "ViA; so also a survey, arXiv 2409.03384, as others quote it")),
    Power("Edge-MoE, ZCU102", "M3ViT-T", Figure(14.54, PUBLISHED, "CoQMoE, arXiv 2506.08496"),
          Figure(72.15, PUBLISHED, "CoQMoE, arXiv 2506.08496")),
    Power("CoQMoE, ZCU102", "M3ViT-T", Figure(9.83, PUBLISHED, "CoQMoE, arXiv 2506.08496"),
          Figure(386.3, PUBLISHED, "CoQMoE, arXiv 2506.08496")),
]
