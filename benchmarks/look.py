"""How well do neighbors agree with labels, layer by layer, and which near duplicates are found?

    python benchmarks/look.py RUN --results results/look.json

RUN is the output folder of `visrec run` on a catalog with labels. Queries are the test items of the run's split, which
the classifier has not been trained on; their neighbors are looked for among all other items with labels.
"""

import argparse
import shlex
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from visrec.clean import load_data
from visrec.evaluate import write_results
from visrec.look import compare_looks, near_duplicates
from visrec.split import split_items
from visrec.vectors import Embeddings

THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


def duplicates(embeddings, items):
    "Pairs by embedding against pairs by perceptual hash, and the closest of those that the hash does not know."
    hashed = {pair for _, each in items.groupby("group")["item_id"] if len(each) > 1 for pair in combinations(sorted(each), 2)}
    pairs = near_duplicates(embeddings, max(THRESHOLDS))
    known = np.array([tuple(sorted(pair)) in hashed for pair in pairs[["item_id", "other_id"]].itertuples(index=False)], dtype=bool)
    rows = []
    for threshold in THRESHOLDS:
        close = (pairs["distance"] < threshold).to_numpy()
        rows.append({"closer than": threshold, "pairs": close.sum(), "of the hash's pairs": (close & known).sum(), "hash's pairs in all": len(hashed), "further pairs": (close & ~known).sum()})
    titles = items.set_index("item_id")["title"]
    further = pairs[~known].head(12)
    closest = pd.DataFrame({"distance": further["distance"].round(3), "title": titles.loc[further["item_id"]].to_numpy(), "other": titles.loc[further["other_id"]].to_numpy()})
    return pd.DataFrame(rows), closest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--k", default=10, type=int, help="neighbors of each item (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int, help="seed of the run (default: %(default)s)")
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    catalog, _ = load_data(arguments.run)
    targets = catalog.label_matrix()
    labelled = np.flatnonzero(targets.any(axis=1))
    groups = catalog.items["group"].to_numpy(np.int64)
    test = split_items(targets[labelled], groups=groups[labelled], seed=arguments.seed)[2]
    embeddings = Embeddings.load(arguments.run / "embeddings")
    table = compare_looks(embeddings.take(catalog.item_ids[labelled]), targets[labelled], test, arguments.k)
    print(table.round(3).to_string())
    found, closest = duplicates(embeddings.select("block5"), catalog.items)
    print(found.to_string(), closest.to_string(), sep="\n")
    if arguments.results:
        command = shlex.join(["python", "benchmarks/look.py", *sys.argv[1:]])
        protocol = f"{len(test)} test items as queries, {arguments.k} neighbors of each among {len(labelled)} items with labels; near duplicates by layer block5, distance of vectors of length 1; seed {arguments.seed}"
        rows = table.rename_axis("look").reset_index()
        write_results(arguments.results, "agreement of neighbors with labels", command, f"{len(catalog)} items, {len(catalog.labels)} labels", protocol, rows, duplicates=found, closest=closest)


if __name__ == "__main__":
    main()
