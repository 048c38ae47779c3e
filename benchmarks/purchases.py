"""One pass of the net that learns from purchases over catalogs of up to a million products, on a share of customers.

    python benchmarks/purchases.py --results results/benchmark-purchases.json
    python benchmarks/purchases.py --items 100000 --customers 20000

Each catalog is measured in a process of its own. Products have 512 random numbers in float16; a customer buys three to
seven products, popular ones more often (Zipf's law). `PurchaseEncoder` learns from `--customers` of them for one pass:
the whole fit is done (main directions, the pass, vectors of all products), the pass is timed by itself, and what it
would take for `--of` customers follows from a step's CPU seconds, which other work on the machine hardly changes.
Up to `exact_items` known products (those that somebody bought) all compete in a step, beyond that a drawn part does.
Memory is the highest resident memory beyond what was resident before the data were made. What `--of` customers would
take is that, `PURCHASE` bytes for each of their purchases (those given, copies of them and what is counted from them, as
measured with 7.5 and 20 million), and the reduced numbers of products that none of the measured customers bought.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

WIDTH = 512
PURCHASE = 52  # Bytes


def status_mb(name):
    "One line of /proc/self/status in MB (Linux)."
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name + ":")).split()[1]) / 1024


def draw(n_items, n_customers, seed):
    "Features, float16, shape (n_items, WIDTH), and purchases."
    draws = np.random.default_rng(seed)
    features = np.empty((n_items, WIDTH), np.float16)
    for start in range(0, n_items, 8192):
        part = features[start : start + 8192]
        part[:] = draws.standard_normal(part.shape, np.float32)
    counts = draws.integers(3, 8, n_customers)
    ranks = np.minimum(n_items * draws.random(counts.sum()) ** 3, n_items - 1).astype(np.int32)
    starts = np.concatenate([[0], counts.cumsum()])
    places = draws.permutation(n_items).astype(np.int32)[ranks]
    return features, csr_matrix((np.ones(len(places), np.float32), places, starts), (n_customers, n_items))


def measure(n_items, n_customers, seed):
    "Fit in this process, and print what it took."
    import visrec.learner.purchases as purchases

    before = status_mb("VmRSS")
    features, bought = draw(n_items, n_customers, seed)
    encoder, times, train = purchases.PurchaseEncoder(passes=1, appeal=0.0, seed=seed), {}, purchases.train_map

    def timed(*given):
        start = time.perf_counter(), time.process_time()
        learned = train(*given)
        times["pass_s"], times["pass_cpu_s"] = time.perf_counter() - start[0], time.process_time() - start[1]
        return learned

    purchases.train_map, start = timed, time.perf_counter()
    encoder.fit({"pictures": features}, bought)
    steps = -(-n_customers // encoder.batch_size)
    peak = status_mb("VmHWM") - before
    known = len(np.unique(bought.indices))
    unseen = (n_items - known) * min(encoder.n_components, WIDTH) * 2 / 2**20  # z, in float16
    times |= {"fit_s": time.perf_counter() - start, "step_cpu_s": times["pass_cpu_s"] / steps}
    row = {"known_items": known, "unseen_mb": unseen, **times, "peak_mb": peak}
    print(json.dumps({"items": n_items, "customers": n_customers, "purchases": int(bought.nnz), **row}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", default=[100_000, 300_000, 1_000_000], type=int, nargs="+")
    parser.add_argument("--customers", default=100_000, type=int, help="customers of a pass (default: %(default)s)")
    parser.add_argument("--of", default=20_000_000, type=int, help="of so many (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        return measure(given.measure, given.customers, given.seed)
    rows = []
    for n_items in given.items:
        options = ["--measure", str(n_items), "--customers", str(given.customers), "--seed", str(given.seed)]
        done = subprocess.run([sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True, check=True)
        row = json.loads(done.stdout)
        more = (given.of / given.customers - 1) * row["purchases"] * PURCHASE / 2**20 + row["unseen_mb"]
        row |= {
            "pass_of_all_cpu_h": row["pass_cpu_s"] * given.of / given.customers / 3600,
            "peak_of_all_mb": row["peak_mb"] + more,
        }
        rows.append(row)
        print(
            f"{n_items:9,} items: {row['step_cpu_s']:.2f} CPU s a step, "
            f"{row['pass_of_all_cpu_h']:.2f} CPU h a pass of {given.of:,}, "
            f"{row['peak_mb']:,.0f} MB, {row['peak_of_all_mb']:,.0f} MB with all",
            flush=True,
        )
    if given.results:
        from visrec.evaluation.evaluate import write_results

        threads = os.environ.get("OMP_NUM_THREADS", os.cpu_count())
        write_results(
            given.results,
            "the net that learns from purchases, by size of the catalog",
            shlex.join(["python", "benchmarks/purchases.py", *sys.argv[1:]]),
            f"generated: {WIDTH} numbers a product, 3 to 7 purchases a customer",
            f"one pass of {given.customers:,} customers, each catalog in a process of its own with {threads} threads; "
            f"for {given.of:,} customers extrapolated by steps; seed {given.seed}",
            pd.DataFrame(rows),
        )


if __name__ == "__main__":
    main()
