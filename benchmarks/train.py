"""Training on cached feature maps against plain fastai training of the same layers, side by side.

    python benchmarks/train.py --items DATA/ml-latest-small/movies.csv --images DATA/posters \\
        --weights DATA/weights/vgg19_features_imagenet_fp16.pth --results results/benchmark-train.json

Both train VGG19's head, then its block 5 and the head, on the same items for the same number of epochs, without mirror
images, keep their best epoch, and are judged on the same validation items. visrec's time includes making the cache; it
runs in bfloat16 where the hardware has it, fastai in float32, as it does by itself on a CPU.
"""

import argparse
import resource
import shlex
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from visrec.data.catalog import Catalog
from visrec.data.clean import CleaningReport, clean_items
from visrec.data.products import read_items
from visrec.data.split import split_items
from visrec.evaluation.evaluate import write_results
from visrec.internals.settings import Training
from visrec.learner.backbones import VisualClassifier
from visrec.learner.features import FeatureMaps, cache_maps
from visrec.learner.learner import AverageWeights, KeepBest, fit_classifier, image_learner, predict_maps, set_seed
from visrec.learner.thresholds import mean_average_precision
from visrec.learner.weights import load_weights, read_weights

def read_catalog(items, images, n_items, seed):
    "Some items with labels and a usable image, and their training and validation rows."
    raw = read_items(items, images)
    raw = raw.subset((raw.items["image"] != "").to_numpy() & (raw.items["labels"].str.len() > 0).to_numpy())
    chosen = raw.subset(np.random.default_rng(seed).permutation(len(raw))[:n_items])
    kept, _ = clean_items(CleaningReport(), chosen, True, None, (), None, False)
    catalog = Catalog(kept.sort_values("item_id").reset_index(drop=True), raw.image_dir)
    targets = catalog.label_matrix()
    return catalog, targets, split_items(targets, (0.75, 0.25), catalog.items["group"].to_numpy(np.int64), seed)


LR = 0.1  # of the head in stage 1, with 32 items per step


def new_net(catalog, weights, seed):
    set_seed(seed)
    model = VisualClassifier(catalog.labels, dropout=0.0)  # without chance, so that results can be compared
    load_weights(model, weights)
    return model


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def run_visrec(catalog, targets, rows, weights, epochs, seed):
    model = new_net(catalog, weights, seed)
    with tempfile.TemporaryDirectory() as folder:
        maps, caching = timed(lambda: cache_maps(model, catalog, folder, mirror=False, show_progress=False))
        head = Training(epochs=epochs, finetune_epochs=0, lr=LR, batch_size=32, loss="plain", seed=seed)
        _, first = timed(lambda: fit_classifier(model, maps, targets, rows, head, show_progress=False))
        both = Training(epochs=0, finetune_epochs=epochs, loss="plain", seed=seed)
        _, second = timed(lambda: fit_classifier(model, maps, targets, rows, both, show_progress=False))
        logits = predict_maps(model, FeatureMaps(maps.stem[:1], maps.inputs[:1]), rows[1])
    return {"feature maps": caching, "stage 1": first, "stage 2": second}, logits, model.head


def run_fastai(catalog, targets, rows, weights, epochs, seed, head):
    model = new_net(catalog, weights, seed)
    model.head.mean.copy_(head.mean)  # the same standardized inputs
    model.head.spread.copy_(head.spread)
    set_seed(seed)  # and the same first weights
    model.head.dense.reset_parameters()
    model.head.output.reset_parameters()
    decay = Training().weight_decay
    learner = image_learner(
        model,
        catalog,
        rows,
        batch_size=32,
        mirror=False,
        wd=[decay / 10, decay],
        cbs=KeepBest("mAP", comp=np.greater),
    )
    settings = Training()
    with learner.no_bar(), learner.no_logging():
        learner.freeze()
        _, first = timed(lambda: learner.fit_one_cycle(epochs, LR, moms=(0.9, 0.85, 0.9)))
        learner.unfreeze()
        learner.add_cb(AverageWeights())
        _, second = timed(lambda: learner.fit(epochs, slice(settings.finetune_lr, 2 * settings.finetune_lr)))
        probabilities, _ = learner.get_preds()
    return {"stage 1": first, "stage 2": second}, torch.logit(probabilities.double()).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--n", default=256, type=int, help="items (default: %(default)s)")
    parser.add_argument("--epochs", default=2, type=int, help="epochs of each stage (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    weights = read_weights(arguments.weights)
    catalog, targets, rows = read_catalog(arguments.items, arguments.images, arguments.n, arguments.seed)
    found = []
    given, head = (catalog, targets, rows, weights, arguments.epochs, arguments.seed), None
    for method in ("visrec", f"fastai {version('fastai')}"):
        if method == "visrec":
            seconds, logits, head = run_visrec(*given)
            ours = logits
        else:
            seconds, logits = run_fastai(*given, head)
        score = mean_average_precision(logits, targets[rows[1]])
        agreement = np.corrcoef(logits.ravel(), ours.ravel())[0, 1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for task, value in {**seconds, "all": sum(seconds.values())}.items():
            epochs = 1 if task == "feature maps" else arguments.epochs * (2 if task == "all" else 1)
            found.append(
                {
                    "method": method,
                    "task": task,
                    "n": len(catalog),
                    "seconds": value,
                    "per_second": len(catalog) * epochs / value,
                    "mAP": score,
                    "correlation": agreement,
                    "peak_mb": peak,
                }
            )
            print(
                f"{method:14} {task:13} {value:8.1f} s, validation mAP {score:.3f}, logits correlate "
                f"{agreement:.3f} with visrec's",
                flush=True,
            )
    if arguments.results:
        command = shlex.join(["python", "benchmarks/train.py", *sys.argv[1:]])
        protocol = (
            f"{len(rows[0])} training and {len(rows[1])} validation items, {arguments.epochs} epochs of each stage, "
            f"images of 224 pixels, no mirror images, seed {arguments.seed}"
        )
        write_results(
            arguments.results,
            "training on cached feature maps against plain fastai",
            command,
            f"{len(catalog)} items",
            protocol,
            pd.DataFrame(found),
        )


if __name__ == "__main__":
    main()
