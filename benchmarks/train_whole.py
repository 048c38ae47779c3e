"""One whole training with the default settings, from cached feature maps: seconds and peak memory.

    python benchmarks/train_whole.py --items DATA/ml-latest-small/movies.csv --images DATA/posters \\
        --weights DATA/weights/vgg19_features_imagenet_fp16.pth --work study \\
        --results results/benchmark-train-whole.json

VGG19's head is trained with each of three losses, then block 5 and the best head, on 72 % of the items, with mirror
images; 8 % are for validation, 20 % for the test. `--work` keeps the feature maps, and may be the folder of a `visrec
evaluate labels` on the same items; where they are missing, a process of its own makes them first. Time is from the
mapped cache to the trained net and the logits of the test items. Memory is the highest resident memory of the
process, which counts the pages of the cache that the system keeps mapped; the part that is the process's own is given
beside it.
"""

import argparse
import resource
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score

from visrec.evaluation.evaluate import write_results
from visrec.internals.settings import Settings
from visrec.learner.compare import Study
from visrec.learner.learner import fit_classifier, predict_maps
from visrec.learner.thresholds import mean_average_precision
from visrec.learner.weights import read_weights
from visrec.serving.prepare import read_labelled_items

def own_memory():
    "Resident memory that is not mapped from files, in MB (Linux)."
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024


def watch(seen, stop):
    "Note the highest `own_memory`, ten times a second."
    while not stop.wait(0.1):
        seen.append(own_memory())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--work", required=True, type=Path, help="folder of the feature maps")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--only-maps", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    settings = Settings(seed=arguments.seed)
    catalog, _ = read_labelled_items(
        arguments.items, arguments.images, settings, arguments.work / "cache" / "images.parquet", True
    )
    study = Study(
        catalog,
        {"vgg19": read_weights(arguments.weights)},
        arguments.work,
        settings.training(),
        settings.image_size,
        settings.mirror,
    )
    model = study.net("vgg19")
    if not arguments.only_maps:
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only-maps"], check=True)
    maps = study.maps(model, study.size)
    if arguments.only_maps:
        return
    rows, seen, stop = study.split(arguments.seed), [], threading.Event()
    watcher = threading.Thread(target=watch, args=(seen, stop))
    watcher.start()
    start = time.perf_counter()
    history = fit_classifier(model, maps, study.targets, rows, study.training)
    trained = time.perf_counter()
    logits, truth = predict_maps(model, maps, rows[2]), study.targets[rows[2]]
    end = time.perf_counter()
    stop.set()
    watcher.join()
    frequent = study.targets.sum(axis=0) >= 50
    row = {
        "method": "visrec",
        "n": len(rows[0]),
        "seconds": end - start,
        "training_seconds": trained - start,
        "epochs": len(history),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "own_peak_mb": max(seen),
        "AUC": roc_auc_score(truth[:, frequent], logits[:, frequent], average="macro"),
        "mAP": mean_average_precision(logits[:, frequent], truth[:, frequent]),
    }
    print(
        *(f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()),
        sep=", ",
    )
    if arguments.results:
        command = shlex.join(["python", "benchmarks/train_whole.py", *sys.argv[1:]])
        protocol = (
            f"{len(rows[0])} training, {len(rows[1])} validation, {len(rows[2])} test items, default settings, "
            f"AUC and mAP over labels with at least 50 items, seed {arguments.seed}"
        )
        write_results(
            arguments.results,
            "one whole training from cached feature maps",
            command,
            f"{len(catalog)} items",
            protocol,
            pd.DataFrame([row]),
        )


if __name__ == "__main__":
    main()
