"""The 40 nearest neighbors of everything among a million vectors, approximately, and other libraries side by side.

    python benchmarks/approximate.py --results results/benchmark-approximate.json
    python benchmarks/approximate.py --n 100000 --compare 20000

`--n` items are searched by visrec; at `--compare` items (0: not at all) faiss IVF, hnswlib and usearch do the same.
Every method runs in a process of its own with as many threads as there are cores. Time is for building and searching
all items; memory is the highest resident memory beyond what was resident before, after the libraries were loaded; the
vectors are mapped from a file, so that pages of it count where a method reads it. Recall is that of 1,000 random
items, compared with exact neighbors of all.

The vectors are drawn around one of n / 500 centers; both centers and deviations are normal with a spread that falls
with the square root of the dimension's number; deviations spread 1.25 times as far as centers, so groups overlap.
They are scaled to length 1. `--work` names a folder for visrec's work: where a run was killed, the same command goes
on. Time is then the sum over all processes (their number is in the results), memory the highest of any; both are
noted every second in a file beside the folder, `WORK.json`.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

K, D, SPREAD = 40, 512, np.float32(1.25)


def draw(path, n, seed):
    "Write vectors of length 1, shape (n, D), float32."
    generator = np.random.default_rng(seed)
    scale = 1 / np.sqrt(1 + np.arange(D, dtype=np.float32))
    centers = generator.standard_normal((max(1, n // 500), D), dtype=np.float32)
    vectors = np.lib.format.open_memmap(path, "w+", np.float32, (n, D))
    for start in range(0, n, 8192):
        size = min(8192, n - start)
        block = (
            centers[generator.integers(0, len(centers), size)]
            + SPREAD * generator.standard_normal((size, D), dtype=np.float32)
        ) * scale
        vectors[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
    vectors.flush()


def run_visrec(vectors, work):
    from visrec.embeddings.embeddings import Embeddings
    from visrec.neighbors.search import NearestNeighbors

    search = NearestNeighbors(K, recall=0.95, show_progress=False)
    search.fit(Embeddings(np.arange(len(vectors)), vectors), folder=work)
    return search.graph_.neighbors, f"{search.cells_.index.nlist} cells, {search.cells_.index.nprobe} searched"


def run_ivf(vectors, work):
    import faiss

    n_cells, n_probes = round(4 * len(vectors) ** 0.5), 10
    index = faiss.index_factory(D, f"IVF{n_cells},Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[: 64 * n_cells])
    index.add(vectors)
    index.nprobe = n_probes
    return without_self(index.search(vectors, K + 1)[1]), f"{n_cells} lists, {n_probes} searched"


def run_hnswlib(vectors, work):
    import hnswlib

    index = hnswlib.Index("ip", D)
    index.init_index(len(vectors), M=16, ef_construction=100)
    index.add_items(vectors, num_threads=os.cpu_count())
    index.set_ef(100)
    return without_self(index.knn_query(vectors, K + 1, num_threads=os.cpu_count())[0]), "M 16, ef 100"


def run_usearch(vectors, work):
    from usearch.index import Index

    index = Index(ndim=D, metric="ip", dtype="f32", connectivity=16, expansion_add=100, expansion_search=100)
    index.add(np.arange(len(vectors)), vectors, threads=os.cpu_count())
    return without_self(index.search(vectors, K + 1, threads=os.cpu_count()).keys), "connectivity 16, expansion 100"


def without_self(found):
    "The first K columns other than the row itself."
    found = np.asarray(found).astype(np.int64)
    order = np.argsort(found == np.arange(len(found))[:, None], axis=1, kind="stable")[:, :K]
    return np.take_along_axis(found, order, axis=1)


METHODS = {
    "visrec": (run_visrec, "faiss-cpu", ("visrec.neighbors.search", "faiss")),
    "faiss IVF": (run_ivf, "faiss-cpu", ("faiss",)),
    "hnswlib": (run_hnswlib, "hnswlib", ("hnswlib",)),
    "usearch": (run_usearch, "usearch", ("usearch.index",)),
}


def status_mb(name):
    "One line of /proc/self/status in MB (Linux)."
    return (
        int(
            next(
                line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name + ":")
            ).split()[1]
        )
        / 1024
    )


class Account:
    "Seconds and highest memory of this process and of those before it that worked in the same folder."

    def __init__(self, work):
        self.path = work and work.with_suffix(".json")
        self.former = (
            json.loads(self.path.read_text())
            if work and self.path.exists()
            else {"seconds": 0.0, "peak_mb": 0.0, "processes": 0}
        )
        Path("/proc/self/clear_refs").write_text("5")  # the highest memory counts from here
        self.before, self.start, self.done = status_mb("VmRSS"), time.perf_counter(), threading.Event()
        if work:
            threading.Thread(target=self.note, daemon=True).start()

    def total(self):
        former = self.former
        peak = max(former["peak_mb"], status_mb("VmHWM") - self.before)
        return {
            "seconds": former["seconds"] + time.perf_counter() - self.start,
            "peak_mb": peak,
            "processes": former["processes"] + 1,
        }

    def note(self):
        from visrec.internals.files import write_json

        while not self.done.wait(1):
            write_json(self.path, self.total())


def measure(method, path, work):
    "Run one method in this process; prints seconds, memory, settings and recall."
    work_on, _, modules = METHODS[method]
    for each in modules:
        __import__(each)
    vectors = np.load(path, mmap_mode="r")
    if method != "visrec":  # the others want them in memory
        vectors = np.array(vectors)
    account = Account(work)
    found, settings = work_on(vectors, work)
    account.done.set()
    print(json.dumps({"settings": settings, **account.total(), "recall": measured_recall(found, vectors)}))


def measured_recall(found, vectors):
    "Share of the K nearest of 1,000 random items, by products in float32 of all with all."
    rows = np.random.default_rng(99).choice(len(vectors), min(len(vectors), 1000), replace=False)
    best, where = np.full((len(rows), K), -np.inf, np.float32), np.full((len(rows), K), -1)
    for start in range(0, len(vectors), 8192):
        scores = vectors[rows] @ vectors[start : start + 8192].T
        own = (rows >= start) & (rows < start + scores.shape[1])
        scores[own, rows[own] - start] = -np.inf
        scores, columns = (
            np.concatenate([best, scores], axis=1),
            np.concatenate([where, np.tile(np.arange(start, start + scores.shape[1]), (len(rows), 1))], axis=1),
        )
        chosen = np.argpartition(-scores, K - 1, axis=1)[:, :K]
        best, where = np.take_along_axis(scores, chosen, axis=1), np.take_along_axis(columns, chosen, axis=1)
    return float(np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found[rows], where, strict=True)]))


def compare(path, methods, work):
    "Rows of results for one matrix."
    rows, n = [], len(np.load(path, mmap_mode="r"))
    for method in methods:
        command = [
            sys.executable,
            __file__,
            "--measure",
            method,
            "--vectors",
            str(path),
            *(["--work", str(work)] if work and method == "visrec" else []),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{method} failed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        library = METHODS[method][1]
        row = {"n": n, "d": D, "method": method, "library": f"{library} {version(library)}", **json.loads(done.stdout)}
        rows.append(row)
        print(
            f"{n:8} x {D} {method:10} {row['seconds']:8.1f} s {row['peak_mb']:7.0f} MB  recall {row['recall']:.4f}  "
            f"{row['settings']}",
            flush=True,
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", default=1_000_000, type=int, help="items that visrec searches (default: %(default)s)")
    parser.add_argument(
        "--compare", default=20_000, type=int, help="items that all methods search (default: %(default)s)"
    )
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--work", type=Path, help="folder in which visrec's work is kept and continued")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--vectors", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure, arguments.vectors, arguments.work)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        for n, methods in ((arguments.n, ["visrec"]), (arguments.compare, METHODS)):
            if n:
                draw(path, n, arguments.seed)
                rows += compare(path, methods, arguments.work if n == arguments.n else None)
    if arguments.results:
        from visrec.evaluation.evaluate import write_results

        command = shlex.join(["python", "benchmarks/approximate.py", *sys.argv[1:]])
        protocol = (
            f"{K} nearest of all items among all, build and search, each method in its own process with "
            f"{os.cpu_count()} threads; recall of 1,000 random items; seed {arguments.seed}"
        )
        write_results(
            arguments.results,
            "approximate nearest neighbors",
            command,
            "generated vectors of length 1 in n / 500 overlapping groups, 512 dimensions",
            protocol,
            pd.DataFrame(rows),
        )


if __name__ == "__main__":
    main()
