"""Fitting, and the top 10 of all users: visrec against implicit, RecTools, LensKit, Cornac; growth; one user.

    python benchmarks/recommend.py --results results/benchmark-recommend.json
    python benchmarks/recommend.py --sizes small --methods visrec-ItemKNN implicit-ItemKNN

The ratings are drawn, in the size and with the long tails of MovieLens 1M, and are the same file for all. Every
library other than visrec gets a virtual environment of its own under `--work`, with the version pinned below, and
every method runs in a process of its own, up to three times where that takes less than 30 seconds in all (the fastest
counts). Three steps are timed: bringing the ratings from a sparse matrix into the library's own form, fitting, and
the lists of all users without what they have rated. Memory is the highest resident memory beyond what was resident
when it began, after libraries were loaded and the file was read. Agreement is the share of a list's items that
visrec's list of the same method has too; it should be 1, but for ties, where no `difference` in the arithmetic is
named. Cornac scores one user at a time; its lists are made for a part of the users, and the time is multiplied
accordingly.
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
from scipy.sparse import csr_matrix

K, NEIGHBORS, REGULARIZATION, FACTORS = 10, 50, 500.0, 64
SIZES = {"small": (600, 500, 30_000), "ml-1m": (6040, 3706, 1_000_209)}  # users, items, ratings
PEERS = {
    "implicit": "implicit==0.7.3",
    "rectools": "rectools==0.19.0",
    "lenskit": "lenskit==2025.8.1",
    "cornac": "cornac==3.0.1",
}
CORNAC_USERS = 200


def draw(n_users, n_items, n_ratings, seed):
    """Ratings of 1 to 5 stars: popularity and activity with long tails, at least 20 ratings per user, tastes of 8
    dimensions."""
    generator = np.random.default_rng(seed)
    activity = generator.lognormal(4.3, 1.15, n_users)
    for _ in range(30):
        activity = np.clip(activity * n_ratings / activity.sum(), min(20, n_items // 4), 0.6 * n_items)
    counts = np.round(activity).astype(int)
    popularity = generator.permutation(-3.4 * np.log(np.arange(n_items) / n_items + 0.2)).astype(np.float32)
    tastes, traits = (generator.standard_normal((n, 8), dtype=np.float32) for n in (n_users, n_items))
    chosen = []
    for start in range(0, n_users, 1024):
        utility = popularity + 0.4 * tastes[start : start + 1024] @ traits.T
        # the largest so many: a draw without replacement
        utility += generator.gumbel(size=utility.shape).astype(np.float32)
        order = np.argsort(-utility, axis=1)
        chosen += [np.sort(each[:count]) for each, count in zip(order, counts[start : start + 1024], strict=True)]
    stars = generator.integers(1, 6, counts.sum()).astype(np.float32)
    return csr_matrix(
        (stars, np.concatenate(chosen), np.concatenate([[0], np.cumsum(counts)])), shape=(n_users, n_items)
    )


def to_table(matrix):
    "One row per rating."
    import pandas as pd

    matrix = matrix.tocoo()
    return pd.DataFrame({"user_id": matrix.row, "item_id": matrix.col, "rating": matrix.data})


# Each method below is a generator: it is stopped, and timed, after its imports, its own form of the data, `fit`, and
# the
# lists of all users; then it gives the lists as item numbers, shape (n_users, 10).


def run_visrec(method):
    def steps(matrix):
        from visrec.data.interactions import Interactions
        from visrec.recommenders.baselines import EASE, POP, SVD, ItemKNN, PureSVD, UserKNN

        models = {
            "POP": POP(),
            "ItemKNN": ItemKNN(NEIGHBORS, shrink=0.0),
            "UserKNN": UserKNN(NEIGHBORS),
            "EASE": EASE(REGULARIZATION),
            "PureSVD": PureSVD(FACTORS),
            "SVD": SVD(),
        }
        yield
        ratings = Interactions(to_table(matrix).rename(columns={"rating": "weight"}))
        yield
        model = models[method].fit(ratings, np.arange(matrix.shape[1]))
        yield
        found = model.recommend(model.user_ids_, k=K)[0]
        yield
        yield found
        yield model

    return steps


def implicit_itemknn(matrix):
    from implicit.nearest_neighbours import CosineRecommender

    yield
    likes = csr_matrix((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)
    yield
    model = CosineRecommender(K=NEIGHBORS + 1)  # the item itself is one of them
    model.fit(likes, show_progress=False)
    yield
    found = model.recommend(np.arange(matrix.shape[0]), likes, N=K)[0]
    yield
    yield found


def run_rectools(method):
    def steps(matrix):
        import pandas as pd
        from rectools.dataset import Dataset
        from rectools.models import EASEModel, PopularModel, PureSVDModel

        models = {"EASE": EASEModel(REGULARIZATION), "PureSVD": PureSVDModel(FACTORS), "POP": PopularModel()}
        yield
        table = to_table(matrix).rename(columns={"rating": "weight"})
        if method == "EASE":
            table["weight"] = 1.0
        dataset = Dataset.construct(table.assign(datetime=pd.Timestamp("2020-01-01")))
        yield
        model = models[method].fit(dataset)
        yield
        found = model.recommend(users=np.arange(matrix.shape[0]), dataset=dataset, k=K, filter_viewed=True)
        yield
        yield found["item_id"].to_numpy().reshape(-1, K)

    return steps


def run_lenskit(method):
    def steps(matrix):
        from lenskit.batch import recommend
        from lenskit.data import from_interactions_df
        from lenskit.knn import ItemKNNScorer
        from lenskit.knn.ease import EASEScorer
        from lenskit.pipeline import topn_pipeline

        scorers = {
            "ItemKNN": lambda: ItemKNNScorer(max_nbrs=NEIGHBORS, feedback="implicit"),
            "EASE": lambda: EASEScorer(regularization=REGULARIZATION),
        }
        yield
        dataset = from_interactions_df(to_table(matrix))
        yield
        pipeline = topn_pipeline(scorers[method](), n=K)
        pipeline.train(dataset)
        yield
        lists = recommend(pipeline, list(range(matrix.shape[0])), K, n_jobs=1)
        yield
        yield np.array([lists.lookup(user_id=user).ids() for user in range(matrix.shape[0])])

    return steps


def cornac_itemknn(matrix):
    from cornac.data import Dataset
    from cornac.models import ItemKNN

    yield
    table = matrix.tocoo()
    dataset = Dataset.from_uir(list(zip(table.row.tolist(), table.col.tolist(), table.data.tolist(), strict=True)))
    yield
    model = ItemKNN(k=NEIGHBORS, similarity="cosine", verbose=False).fit(dataset)
    yield
    found, item_ids = [], np.array(dataset.item_ids)
    for user in range(min(CORNAC_USERS, matrix.shape[0])):  # numbered in the order of the table
        scores = np.array(model.score(user), dtype=np.float64).ravel()
        scores[dataset.csr_matrix[user].indices] = -np.inf
        found.append(item_ids[np.argsort(-scores)[:K]])
    yield
    yield np.array(found)


METHODS = {  # method: (environment, steps, where its arithmetic differs from visrec's: checked on small data)
    **{f"visrec-{each}": ("visrec", run_visrec(each), "") for each in ("POP", "ItemKNN", "UserKNN", "EASE", "PureSVD")},
    "implicit-ItemKNN": (
        "implicit",
        implicit_itemknn,
        "keeps the strongest neighbors of each rated item, visrec those of each recommended one",
    ),
    "rectools-POP": ("rectools", run_rectools("POP"), ""),
    "rectools-EASE": ("rectools", run_rectools("EASE"), "ranks by the transposed weights"),
    "rectools-PureSVD": ("rectools", run_rectools("PureSVD"), ""),
    "lenskit-ItemKNN": ("lenskit", run_lenskit("ItemKNN"), "limits neighbors for each user and item"),
    "lenskit-EASE": ("lenskit", run_lenskit("EASE"), ""),
    "cornac-ItemKNN": ("cornac", cornac_itemknn, "predicts ratings: means weighted by similarity"),
}
SINGLE = ("ItemKNN", "EASE", "SVD", "UserKNN")


def read(path):
    "The sparse matrix of ratings."
    with np.load(path) as file:
        return csr_matrix((file["data"], file["indices"], file["indptr"]), shape=tuple(file["shape"]))


def write(path, matrix):
    "Store a sparse matrix."
    np.savez(path, data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, shape=matrix.shape)


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


def run_once(steps, matrix):
    "Seconds of the three steps, and the lists."
    running, seconds = steps(matrix), []
    next(running)
    for _ in range(3):
        start = time.perf_counter()
        next(running)
        seconds.append(time.perf_counter() - start)
    return seconds, next(running)


def measure(method, path, output):
    "Run one method in this process: its lists go to `output`, times and memory to standard output."
    environment, steps, _ = METHODS[method]
    matrix = read(path)
    run_once(steps, draw(*SIZES["small"], seed=1))  # libraries are loaded and warm
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory counts from here
    before, runs = status_mb("VmRSS"), []
    while not runs or len(runs) < 3 and sum(map(sum, runs)) * (1 + 1 / len(runs)) < 30:
        seconds, found = run_once(steps, matrix)
        runs.append(seconds)
    peak = status_mb("VmHWM") - before
    np.save(output, np.asarray(found).astype(np.int64))
    prepare, fit, recommend = np.min(runs, axis=0)
    row = {
        "prepare_s": prepare,
        "fit_s": fit,
        "recommend_s": recommend * matrix.shape[0] / len(found),
        "peak_mb": max(0.0, peak),
        "runs": len(runs),
        "listed_users": len(found),
    }
    name = {"visrec": "visrec", **{each: pinned.partition("==")[0] for each, pinned in PEERS.items()}}[environment]
    versions = {each: version(each) for each in (name, "numpy", "scipy")}
    print(
        json.dumps(
            {
                **row,
                "library": f"{environment} {versions[name]}",
                "numpy": versions["numpy"],
                "scipy": versions["scipy"],
                "python": sys.version.split()[0],
            }
        )
    )


def fit_and_save(method, path, output):
    "Fit a visrec method and store it."
    running = run_visrec(method)(read(path))
    *_, model = running
    model.save(output)
    print("{}")


def ask_one_by_one(path):
    "Load a stored recommender and ask it for one user after another."
    import visrec.recommenders.baselines  # noqa: F401 (defines the classes)
    from visrec.recommenders.base import load_recommender

    start = time.perf_counter()
    model = load_recommender(path)
    loaded, seconds = time.perf_counter() - start, []
    model.recommend(model.user_ids_[0], k=K)
    for user in np.random.default_rng(0).choice(model.user_ids_, 500):
        start = time.perf_counter()
        model.recommend(user, k=K)
        seconds.append(time.perf_counter() - start)
    p50, p99 = 1000 * np.percentile(seconds, [50, 99])
    print(json.dumps({"load_s": loaded, "p50_ms": p50, "p99_ms": p99, "file_mb": Path(path).stat().st_size / 2**20}))


def in_process(python, *arguments):
    """Run this file with another interpreter; the last line of its output is its result. None, and a message, if it
    failed."""
    surroundings = {**os.environ, **({"OPENBLAS_NUM_THREADS": "1"} if "implicit-ItemKNN" in arguments else {})}
    done = subprocess.run(
        [str(python), __file__, *map(str, arguments)], capture_output=True, text=True, env=surroundings
    )
    if done.returncode:
        print(
            f"{' '.join(map(str, arguments[:2]))} failed: {(done.stderr.strip() or 'no message').splitlines()[-1]}",
            file=sys.stderr,
        )
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def environment_python(name, work):
    """The interpreter for a library: this one for visrec, one of a new virtual environment for others; None if it
    cannot be installed."""
    if name == "visrec":
        return Path(sys.executable)
    folder = work / PEERS[name].replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "installed").is_file():
        print(f"installing {PEERS[name]} into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        done = subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", PEERS[name]], capture_output=True, text=True
        )
        if done.returncode:
            print(f"{PEERS[name]} cannot be installed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return None
        (folder / "installed").touch()
    return python


def compare(task, size, shape, methods, work, seed):
    "Rows of results for one matrix."
    path, rows, ours = work / f"{size}.npz", [], {}
    matrix = draw(*shape, seed)
    write(path, matrix)
    for method in sorted(methods, key=lambda each: not each.startswith("visrec")):
        python, output = environment_python(METHODS[method][0], work), work / "found.npy"
        row = python and in_process(python, "--measure", method, "--data", path, "--output", output)
        if not row:
            continue
        found, name = np.load(output), method.partition("-")[2]
        if method.startswith("visrec"):
            ours[name] = found
        agreement = (
            float(np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found, ours[name], strict=False)]))
            if name in ours and not method.startswith("visrec")
            else None
        )
        head = {"size": size, "users": matrix.shape[0], "items": matrix.shape[1], "ratings": matrix.nnz, "method": name}
        rows.append({"task": task, **head, **row, "agreement": agreement, "difference": METHODS[method][2]})
        print(
            f"{size:11} {method:18} prepare {row['prepare_s']:6.2f} fit {row['fit_s']:7.2f} recommend "
            f"{row['recommend_s']:7.2f} s {row['peak_mb']:6.0f} MB  agreement "
            f"{'-' if agreement is None else f'{agreement:.4f}'}",
            flush=True,
        )
    return rows


def single(shape, methods, work, seed):
    "Rows of results for one user at a time, each method from its file."
    path, output, rows = work / "single.npz", work / "model.npz", []
    write(path, draw(*shape, seed))
    for method in methods:
        if in_process(sys.executable, "--save", method, "--data", path, "--output", output) is None:
            continue
        if row := in_process(sys.executable, "--ask", output):
            rows.append(
                {
                    "task": "one user",
                    "users": shape[0],
                    "items": shape[1],
                    "ratings": shape[2],
                    "method": method,
                    "library": f"visrec {version('visrec')}",
                    **row,
                }
            )
            print(
                f"one user    {method:18} p50 {row['p50_ms']:.2f} ms, p99 {row['p99_ms']:.2f} ms, loaded in "
                f"{row['load_s']:.2f} s from {row['file_mb']:.0f} MB",
                flush=True,
            )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=["ml-1m"], help="default: %(default)s")
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS), help="default: all")
    parser.add_argument(
        "--parts",
        nargs="*",
        choices=["peers", "growth", "single"],
        default=["peers", "growth", "single"],
        help="default: all",
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "visrec-benchmark",
        help="folder for environments and data, used again (default: %(default)s)",
    )
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path, help="write the numbers to this JSON file")
    for internal in ("--measure", "--save", "--ask", "--data", "--output"):
        parser.add_argument(internal, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        return measure(given.measure, given.data, given.output)
    if given.save:
        return fit_and_save(given.save, given.data, given.output)
    if given.ask:
        return ask_one_by_one(given.ask)
    given.work.mkdir(parents=True, exist_ok=True)
    rows, ours = [], [each for each in given.methods if each.startswith("visrec")]
    for size in given.sizes:
        users, items, ratings = SIZES[size]
        if "peers" in given.parts:
            rows += compare("all users", size, SIZES[size], given.methods, given.work, given.seed)
        for times in (0.25, 0.5, 1, 2) if "growth" in given.parts else ():
            rows += compare(
                "growth",
                f"{size} x {times}",
                tuple(int(each * times) for each in SIZES[size]),
                ours,
                given.work,
                given.seed,
            )
        if "single" in given.parts:
            shape = (users, 5000, ratings) if size == "ml-1m" else SIZES[size]
            rows += single(
                shape, [each for each in SINGLE if each == "SVD" or f"visrec-{each}" in ours], given.work, given.seed
            )
    if given.results:
        import pandas as pd

        from visrec.evaluation.evaluate import write_results

        command = shlex.join(["python", "benchmarks/recommend.py", *sys.argv[1:]])
        protocol = (
            f"top {K} of all users without rated items; {NEIGHBORS} neighbors, lambda {REGULARIZATION:g}, {FACTORS} "
            f"factors; each method in its own process with {os.cpu_count()} threads "
            f"(LensKit and Cornac ask one user at a time, Cornac {CORNAC_USERS} users, extrapolated), fastest of up "
            f"to 3 runs; seed {given.seed}"
        )
        write_results(
            given.results,
            "fitting and recommending against implicit, RecTools, LensKit and Cornac",
            command,
            "drawn ratings with long tails: " + ", ".join(given.sizes),
            protocol,
            pd.DataFrame(rows),
            peers=PEERS,
        )


if __name__ == "__main__":
    main()
