"""How well do neighbors agree with labels, layer by layer, and which near duplicates are found?

    python benchmarks/look.py RUN --results results/benchmark-look.json
    python benchmarks/look.py RUN --embeddings VECTORS --results results/benchmark-look.json

RUN is the output folder of `visrec run` (or `visrec evaluate recommenders`) on a catalog with labels; VECTORS that of
`visrec embed`, where other layers are to be compared. Queries are the test items of the run's split, which the
classifier has not been trained on; their neighbors are looked for among all other items with labels. `--weights` adds
how often the original of an altered copy (smaller and compressed; cropped; darker) is the nearest of all items, by
VGG19's block5 as ImageNet left it.
"""

import argparse
import shlex
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance

from visrec.data.clean import load_data
from visrec.data.safe_images import load_image
from visrec.data.split import split_items
from visrec.embeddings.embeddings import Embeddings
from visrec.embeddings.encoder import Encoder
from visrec.evaluation.evaluate import write_results
from visrec.learner.backbones import VisualClassifier
from visrec.learner.weights import find_weights, load_weights
from visrec.neighbors.quality import compare_looks, near_duplicates
from visrec.neighbors.search import NearestNeighbors

THRESHOLDS = (0.2, 0.3, 0.4, 0.5)


def duplicates(embeddings, items):
    "Pairs by embedding against pairs by perceptual hash, and the closest of those that the hash does not know."
    hashed = {
        pair for _, each in items.groupby("group")["item_id"] if len(each) > 1 for pair in combinations(sorted(each), 2)
    }
    pairs = near_duplicates(embeddings, max(THRESHOLDS))
    known = np.array(
        [tuple(sorted(pair)) in hashed for pair in pairs[["item_id", "other_id"]].itertuples(index=False)], dtype=bool
    )
    rows = []
    for threshold in THRESHOLDS:
        close = (pairs["distance"] < threshold).to_numpy()
        rows.append(
            {
                "closer than": threshold,
                "pairs": close.sum(),
                "of the hash's pairs": (close & known).sum(),
                "hash's pairs in all": len(hashed),
                "further pairs": (close & ~known).sum(),
            }
        )
    titles = items.set_index("item_id")["title"]
    further = pairs[~known].head(12)
    closest = pd.DataFrame(
        {
            "distance": further["distance"].round(3),
            "title": titles.loc[further["item_id"]].to_numpy(),
            "other": titles.loc[further["other_id"]].to_numpy(),
        }
    )
    return pd.DataFrame(rows), closest


def smaller(image):
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC), 40


def cropped(image):
    return image.crop(
        (image.width // 20, image.height // 20, image.width - image.width // 20, image.height - image.height // 20)
    ), 90


def darker(image):
    return ImageEnhance.Brightness(image).enhance(0.7), 90


def altered_copies(catalog, weights, seed, n_copies):
    "Is the original the nearest of all items, and how far away, beside the next?"
    net = VisualClassifier(["none"], hidden=1)
    load_weights(net, find_weights(weights, "vgg19"))
    encoder, rows = Encoder(net, ["block5"]), np.random.default_rng(seed).choice(len(catalog), n_copies, replace=False)
    everything, found = encoder.transform(catalog), []
    for alter in (smaller, cropped, darker):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{row}.jpg" for row in rows]
            for row, path in zip(rows, paths, strict=True):
                image, quality = alter(Image.fromarray(load_image(catalog.image_path(row))))
                image.save(path, quality=quality)
            copies = encoder.transform(paths)
        both = Embeddings(
            np.arange(len(catalog) + n_copies), np.concatenate([everything.matrix, copies.matrix]), everything.layers
        )
        graph = NearestNeighbors(2 + n_copies).fit(both).graph_
        neighbors, distances = graph.neighbors[len(catalog) :], graph.distances[len(catalog) :]
        # copies do not count
        first = [[place for place in range(neighbors.shape[1]) if line[place] < len(catalog)][:2] for line in neighbors]
        nearest, next_one = np.array(first).T
        right = neighbors[np.arange(n_copies), nearest] == rows
        to = pd.Series(distances[np.arange(n_copies), nearest][right])
        found.append(
            {
                "copy": alter.__name__,
                "copies": n_copies,
                "original is nearest": right.mean(),
                "distance, median": to.median(),
                "distance, 95 %": to.quantile(0.95),
                "next item, 5 %": np.quantile(distances[np.arange(n_copies), next_one], 0.05),
            }
        )
    return pd.DataFrame(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--embeddings", type=Path, help="folder of vectors (default: RUN/embeddings)")
    parser.add_argument("--weights", type=Path, help="VGG19's ImageNet weights: also look for altered copies")
    parser.add_argument("--copies", default=200, type=int, help="altered copies of each kind (default: %(default)s)")
    parser.add_argument("--k", default=10, type=int, help="neighbors of each item (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int, help="seed of the run (default: %(default)s)")
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    catalog, _ = load_data(arguments.run)
    targets = catalog.label_matrix()
    labelled = np.flatnonzero(targets.any(axis=1))
    groups = catalog.items["group"].to_numpy(np.int64)
    test = split_items(targets[labelled], groups=groups[labelled], seed=arguments.seed)[2]
    embeddings = Embeddings.load(arguments.embeddings or arguments.run / "embeddings")
    table = compare_looks(embeddings.take(catalog.item_ids[labelled]), targets[labelled], test, arguments.k)
    print(table.round(3).to_string())
    found, closest = duplicates(embeddings.take(catalog.item_ids).select("block5"), catalog.items)
    print(found.to_string(), closest.to_string(), sep="\n")
    copies = (
        altered_copies(catalog, arguments.weights, arguments.seed, arguments.copies)
        if arguments.weights
        else pd.DataFrame()
    )
    print(copies.round(3).to_string())
    if arguments.results:
        command = shlex.join(["python", "benchmarks/look.py", *sys.argv[1:]])
        protocol = (
            f"{len(test)} test items as queries, {arguments.k} neighbors of each among {len(labelled)} items with "
            f"labels; near duplicates by layer block5, distance of vectors of length 1; seed {arguments.seed}"
        )
        rows = table.rename_axis("look").reset_index()
        write_results(
            arguments.results,
            "agreement of neighbors with labels",
            command,
            f"{len(catalog)} items, {len(catalog.labels)} labels",
            protocol,
            rows,
            duplicates=found,
            closest=closest,
            copies=copies,
        )


if __name__ == "__main__":
    main()
