"""The 40 nearest neighbors of everything among everything: visrec, scikit-learn, faiss and approximate indexes.

    python benchmarks/neighbors.py --results results/benchmark-neighbors.json
    python benchmarks/neighbors.py --sizes 5000x512 --vectors real.npy

The vectors are drawn in 200 clusters and have length 1; `--vectors` adds a matrix of real ones, scaled to length 1.
Every method runs in a process of its own, up to five times as long as that takes less than ten seconds in all (the
fastest counts), in one thread; seconds are those of the processor. Its memory is the highest resident memory in the
first run beyond what was resident when it began, after the vectors were read. Agreement is the share of neighbors, of
the first 2,000 items, that are visrec's too. The last lines compare adding 100 items with computing anew. What a run
has made is kept to the end: freeing it is counted for no method.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

K, N_NEW, REPEAT = 40, 100, 5
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def draw(n, d, seed):
    "Vectors of length 1 in 200 clusters, shape (n, d), float32."
    generator = np.random.default_rng(seed)
    centers, cluster = generator.standard_normal((200, d), dtype=np.float32) / 2, generator.integers(0, 200, n)
    vectors = generator.standard_normal((n, d), dtype=np.float32)
    for start in range(0, n, 4096):  # in place
        block = vectors[start : start + 4096]
        block += centers[cluster[start : start + 4096]]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def run_visrec(vectors):
    from visrec.embeddings.embeddings import Embeddings
    from visrec.neighbors.search import NearestNeighbors

    items = Embeddings(np.arange(len(vectors)), vectors)

    def work():
        search = NearestNeighbors(K, show_progress=False).fit(items)
        return search.graph_.neighbors, search

    return work


def run_add(vectors):
    from visrec.embeddings.embeddings import Embeddings
    from visrec.neighbors.search import NearestNeighbors

    ids = np.arange(len(vectors))
    old, new = Embeddings(ids[:-N_NEW], vectors[:-N_NEW]), Embeddings(ids[-N_NEW:], vectors[-N_NEW:])
    # one for each run: it is changed
    waiting = [NearestNeighbors(K, show_progress=False).fit(old) for _ in range(REPEAT)]

    def work():
        search = waiting.pop().add(new)
        return search.graph_.neighbors, search

    return work


def run_sklearn(vectors):
    from sklearn.neighbors import NearestNeighbors

    def work():
        search = NearestNeighbors(n_neighbors=K, algorithm="brute", n_jobs=1).fit(vectors)
        return search.kneighbors(return_distance=False), search

    return work


def run_faiss(vectors):
    import faiss

    def work():
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return without_self(index.search(vectors, K + 1)[1]), index

    return work


def run_ivf(vectors):
    import faiss

    def work():
        index = faiss.index_factory(
            vectors.shape[1], f"IVF{int(4 * len(vectors) ** 0.5)},Flat", faiss.METRIC_INNER_PRODUCT
        )
        index.train(vectors)
        index.add(vectors)
        index.nprobe = 32
        return without_self(index.search(vectors, K + 1)[1]), index

    return work


def run_hnswlib(vectors):
    import hnswlib

    def work():
        index = hnswlib.Index("ip", vectors.shape[1])
        index.init_index(len(vectors), M=16, ef_construction=200)
        index.add_items(vectors, num_threads=1)
        index.set_ef(200)
        return without_self(index.knn_query(vectors, K + 1, num_threads=1)[0]), index

    return work


def run_usearch(vectors):
    from usearch.index import Index

    def work():
        index = Index(
            ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=128, expansion_search=200
        )
        index.add(np.arange(len(vectors)), vectors, threads=1)
        return without_self(index.search(vectors, K + 1, threads=1).keys), index

    return work


def without_self(found):
    "The first K columns other than the row itself."
    found = np.asarray(found).astype(np.int64)
    other = found != np.arange(len(found))[:, None]
    order = np.argsort(~other, axis=1, kind="stable")[:, :K]
    return np.take_along_axis(found, order, axis=1)


METHODS = {
    "visrec": (run_visrec, "numpy"),
    "scikit-learn brute": (run_sklearn, "scikit-learn"),
    "faiss flat": (run_faiss, "faiss-cpu"),
    "faiss IVF": (run_ivf, "faiss-cpu"),
    "hnswlib": (run_hnswlib, "hnswlib"),
    "usearch": (run_usearch, "usearch"),
    "visrec add": (run_add, "numpy"),
}
EXACT = ("visrec", "scikit-learn brute", "faiss flat")


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


def measure(method, vectors, output):
    "Run one method in this process; its neighbors go to `output`, times and memory to standard output."
    work = METHODS[method][0](vectors)
    # libraries are loaded and warm, and memory has been used before
    METHODS[method][0](vectors[: min(len(vectors), 5000)])()
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory counts from here
    before, seconds, kept = status_mb("VmRSS"), [], []
    while not seconds or len(seconds) < REPEAT and sum(seconds) * (1 + 1 / len(seconds)) < 10:
        start = time.process_time()
        found, made = work()
        seconds.append(time.process_time() - start)
        if not kept:
            peak = status_mb("VmHWM")
        kept.append(made)  # as somebody would who made it to use it
    np.save(output, found.astype(np.int32))
    print(json.dumps({"seconds": min(seconds), "peak_mb": max(0.0, peak - before)}))


def compare(name, path, methods, folder):
    "Rows of results for one matrix."
    shape, rows, ours = np.load(path, mmap_mode="r").shape, [], None
    for method in methods:
        output = folder / "found.npy"
        command = [sys.executable, __file__, "--measure", method, "--vectors", str(path), "--output", str(output)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
        if done.returncode:
            print(f"{method} failed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        found = np.load(output)
        ours = found if ours is None else ours
        agreement = np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found[:2000], ours[:2000], strict=True)])
        library = METHODS[method][1]
        row = {
            "vectors": name,
            "n": shape[0],
            "d": shape[1],
            "method": method,
            "library": f"{library} {version(library)}",
            **json.loads(done.stdout),
            "agreement": agreement,
        }
        rows.append(row)
        print(
            f"{name:9} {shape[0]:7} x {shape[1]:<5} {method:20} {row['seconds']:9.4f} s {row['peak_mb']:7.0f} MB  "
            f"agreement {agreement:.4f}",
            flush=True,
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes",
        nargs="*",
        default=["5000x512", "20000x512", "100000x512", "5000x4096"],
        help="items x dimensions (default: %(default)s)",
    )
    parser.add_argument("--vectors", type=Path, help="a .npy file with real vectors, shape (n_items, n_dimensions)")
    parser.add_argument("--approximate", action="store_true", help="also approximate indexes, for up to 20,000 items")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure, np.load(arguments.vectors), arguments.output)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        for size in arguments.sizes:
            n, d = map(int, size.split("x"))
            np.save(path, draw(n, d, arguments.seed))
            rest = (
                [each for each in METHODS if each not in EXACT and each != "visrec add"]
                if arguments.approximate and n <= 20000
                else []
            )
            adding = ["visrec add"] if n <= 20000 else []  # it keeps a fitted index for each of its runs
            rows += compare("generated", path, [*EXACT, *rest, *adding], Path(folder))
        if arguments.vectors:
            real = np.load(arguments.vectors).astype(np.float32)
            np.save(path, real / np.linalg.norm(real, axis=1, keepdims=True))
            rows += compare("real", path, METHODS if arguments.approximate else [*EXACT, "visrec add"], Path(folder))
        np.save(path, draw(4888 + N_NEW, 1024, arguments.seed))
        rows += compare("generated", path, ["visrec", "visrec add"], Path(folder))
    if arguments.results:
        from visrec.evaluation.evaluate import write_results

        command = shlex.join(["python", "benchmarks/neighbors.py", *sys.argv[1:]])
        protocol = (
            f"{K} nearest of all items among all, each method in its own process, processor seconds of one thread, "
            f"fastest of up to {REPEAT} runs, memory beyond the vectors; seed {arguments.seed}"
        )
        write_results(
            arguments.results,
            "nearest neighbors against scikit-learn, faiss and approximate indexes",
            command,
            "vectors of length 1 in 200 clusters" + (" and real ones" if arguments.vectors else ""),
            protocol,
            pd.DataFrame(rows),
        )


if __name__ == "__main__":
    main()
