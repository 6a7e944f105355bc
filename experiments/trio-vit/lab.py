"""Runs `tridex run` two at a time, and reads the results."""
import collections
import concurrent.futures
import sys
import threading

from programs import call_json

TRIO = "trio_vit_zcu102"
IDEAL_MEMORY = ("memory.ideal=true",)

Network = collections.namedtuple("Network", "size resolution")
# One call of the program; `settings` is a tuple of key=value, `recipe` the widths or None for the default ones.
Case = collections.namedtuple("Case", "design network settings recipe", defaults=((), None))


def label(network):
    return "B%d-%d" % network


class Lab:
    """Runs cases, each once, in two processes. Not for use from several threads."""

    def __init__(self, tridex):
        self._tridex = tridex
        self._results = {}
        self._print = threading.Lock()
        self.section = ""

    def run(self, cases):
        """The results (JSON of `tridex run`) of {key: Case}, under the same keys. Raises LabError."""
        missing = [case for case in dict.fromkeys(cases.values()) if case not in self._results]
        done = 0
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            jobs = {pool.submit(self._one, case): case for case in missing}
            try:
                for job in concurrent.futures.as_completed(jobs):
                    self._results[jobs[job]] = job.result()
                    done += 1
                    self._progress("%s: %d of %d runs" % (self.section, done, len(missing)), done == len(missing))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return {key: self._results[case] for key, case in cases.items()}

    def count(self):
        return len(self._results)

    def _progress(self, line, last):
        if sys.stdout.isatty():
            print("\r" + line, end="\n" if last else "", flush=True)
        elif last:
            print(line, flush=True)

    def _one(self, case):
        command = [self._tridex, "run", case.design, "--model", "efficientvit_b%d_r%d" % case.network]
        if case.recipe:
            command += ["--recipe", case.recipe]
        return call_json(command, case.settings)


def backbone(result):
    """(multiply-accumulates, cycles, seconds) of the layers outside of the classifier: the time is that of the first
    frame from its beginning until the last of them has ended."""
    layers = [layer for layer in result["layers"] if layer["region"] != "head"]
    cycles = max(layer["end_cycle"] for layer in layers)
    return (sum(layer["macs"] for layer in layers), cycles,
            result["latency_ms"] / 1000 * cycles / result["cycles"])


def backbone_gops(result):
    macs, _, seconds = backbone(result)
    return 2e-9 * macs / seconds


def backbone_fps(result):
    return 1 / backbone(result)[2]


def array_dsps(result):
    """DSPs of the engines' multipliers alone."""
    return sum(count for item, count in result["cost"]["dsp_items"].items() if item.endswith("multipliers"))


def dram_megabytes(result):
    """Read and written for one frame of the steady state."""
    return (result["dram"]["read_bytes"] + result["dram"]["write_bytes"]) / result["frames"] / 1e6


def stall_causes(result, count=3):
    """The longest waits of the engines, in per cent of their time."""
    engines = [module for module in result["modules"] if module["name"] not in ("dma_load", "dma_store", "vector_unit")]
    stalls = collections.Counter()
    for module in engines:
        stalls.update(module["stalls"])
    time = sum(stalls.values()) + sum(module["busy_cycles"] for module in engines)
    return ", ".join("%s %.1f" % (cause, 100 * cycles / time) for cause, cycles in stalls.most_common(count))
