"""The recipes that are compared, as files of configs/quant with other values of some keys."""
import collections
import re

# group: the front that it belongs to. requant: of the machines that it is made for. budget: of `tridex mixed` on the
# default recipe, in percent of 8-bit weights' size; the recipe takes the widths that it finds. None: those of the keys.
Recipe = collections.namedtuple("Recipe", "name group base keys requant budget")

MIXED = "mixed"
# The size of weights of 4, 5, 6, 7 and 8 bits and a little less, so that a mixed network is nowhere larger than the
# uniform one beside it, and one size below 4 bits.
BUDGETS = (40, 49.5, 62, 74.5, 87, 99)
REGIONS = ("input_stem", "stages.0", "stages.1", "stages.2", "stages.3", "head.op_list.0", "head.op_list.2")
CANDIDATES = (3, 4, 5, 6, 8)
UNIFORM = [
    ("w8a8", "default", {}),
    ("w7a8", "default", {"weight_bits": 7}),
    ("w6a8", "default", {"weight_bits": 6}),
    ("w5a8", "default", {"weight_bits": 5}),
    ("w4a8", "w4a8", {}),
    ("w6a6", "w6a6", {}),
    ("w4a4", "w4a4", {}),
]


def all_recipes():
    """Every recipe, and every one again with scales that are powers of two, for machines that requantize by shifts."""
    rows = [(name, name, base, keys, None) for name, base, keys in UNIFORM]
    rows += [("mixed_%g" % budget, MIXED, "default", {}, budget) for budget in BUDGETS]
    found = []
    for name, group, base, keys, budget in rows:
        found.append(Recipe(name, group, base, keys, "multiplier", budget))
        found.append(Recipe(name + "_shift", group, base, {**keys, "power_of_two_scales": "true"}, "shift", budget))
    return found


def found_recipe(row):
    """Of a point of a search, from its row of points.csv: named by its widths, from the input to the head; w8a8 where
    all are the 8 bits of the default recipe, which is the same network and so the same row as the sweep's."""
    keys = tuple((key, int(value)) for key, value in row.items() if key.startswith("recipe.weight_bits") and value)
    keys = tuple(sorted(keys, key=lambda entry: [name in entry[0] for name in REGIONS].index(True)))
    shift = row["recipe.power_of_two_scales"] == "true"
    mixed = any(bits != 8 for _, bits in keys)
    name = ("found_" + "".join(str(bits) for _, bits in keys) if mixed else "w8a8") + ("_shift" if shift else "")
    return Recipe(name, MIXED if mixed else "w8a8", "default", keys, "shift" if shift else "multiplier", None)


def with_keys(text, keys):
    """The recipe's text with other values: in a key's own line, or at the end."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for key, value in keys.items():
        own = [i for i, line in enumerate(lines) if re.match(r"%s:" % re.escape(key), line)]
        lines = [line for i, line in enumerate(lines) if i not in own]
        lines.insert(own[0] if own else len(lines), "%s: %s" % (key, value))
    return "\n".join(lines) + "\n"
