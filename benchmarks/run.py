"""`visrec run` end to end in an empty folder: seconds of each step, and peak memory.

    python benchmarks/run.py --results results/benchmark-run.json -- \\
        --interactions DATA/hm/transactions.csv --items DATA/hm/articles.csv --images DATA/hm/images \\
        --weights DATA/weights/vgg19_features_imagenet_fp16.pth

What follows `--` is handed to `visrec run`, without `--out`: each run has a folder of its own, which is removed. The run
is a process of its own; memory is the highest resident memory of that process, which counts the pages of the cache that
the system keeps mapped. A step begins where the run says so; what comes before the first is "start".
"""

import argparse
import json
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from visrec.evaluation.evaluate import write_results

def timed_run(flags, out):
    "Seconds of each step of a run in `out`, in their order, and the run's last words."
    begun, lines = {"start": time.perf_counter()}, []
    with subprocess.Popen(
        [sys.executable, "-m", "visrec", "run", *flags, "--out", out], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:  # progress bars go on to the terminal
            lines.append(line)
            if step := re.fullmatch(r"(.+): working \.\.\.\n", line):
                begun[step[1]] = time.perf_counter()
                print(step[1], flush=True)
    if process.returncode:
        sys.exit("".join(lines[-3:]) + f"visrec run ended with {process.returncode}")
    ends = [*list(begun.values())[1:], time.perf_counter()]
    return {step: end - start for (step, start), end in zip(begun.items(), ends, strict=True)}, "".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path)
    parser.add_argument("flags", nargs="+", help="of visrec run, after --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        steps, words = timed_run(arguments.flags, str(out))
        print(words)
        n_items, n_pairs = (len(pd.read_parquet(out / f"{name}.parquet")) for name in ("items", "interactions"))
        whole_mb = sum(each.stat().st_size for each in out.rglob("*") if each.is_file()) / 2**20
    steps = {**steps, "all": sum(steps.values())}
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows = [{"method": "visrec", "task": step, "n": n_items, "seconds": seconds} for step, seconds in steps.items()]
    rows[-1] |= {"peak_mb": peak_mb, "disk_mb": whole_mb}
    print(json.dumps(rows, indent=1))
    if arguments.results:
        write_results(
            arguments.results,
            "visrec run, end to end",
            shlex.join(["python", "benchmarks/run.py", *sys.argv[1:]]),
            f"{n_items} items, {n_pairs} interactions",
            "an empty folder; seconds of wall clock; peak memory of the process",
            pd.DataFrame(rows),
        )


if __name__ == "__main__":
    main()
