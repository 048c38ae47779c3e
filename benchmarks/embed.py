"""From JPEG files to vectors of VGG19's last block: visrec, a plain torchvision loop, and fastai, side by side.

    python benchmarks/embed.py --images DATA/posters --weights DATA/weights/vgg19_features_imagenet_fp16.pth \\
        --n 1000 --kills 20 --results results/benchmark-embed.json

Every method runs in a process of its own, one after the other, from opening the files to the finished matrix; imports
and the loading of weights are not counted. visrec runs in bfloat16 where the hardware has it, the others in float32,
as they do by themselves on a CPU. `forward` is what the net alone does in visrec's number format, on images that are
decoded already, with the batch size and the use of cores that are best on this machine: once with PyTorch's
convolutions, once in the form that visrec gives it (on a CPU with bfloat16: Winograd's). Shares are of the faster of
the two.

With `--kills` an embedding run is also killed (SIGKILL) so many times at random moments, and must end with the same
bits as one that nobody disturbed, and without any file too many.
"""

import argparse
import json
import os
import random
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from visrec.embeddings.encoder import Encoder
from visrec.evaluation.evaluate import write_results
from visrec.learner.backbones import VisualClassifier
from visrec.learner.batches import n_cores, read_images
from visrec.learner.features import normalize
from visrec.learner.weights import load_weights, read_weights

LAYER = "block5"


def chosen_images(folder, n, seed):
    "Some images of a folder, the same for every method."
    paths = sorted(folder.iterdir())
    return [paths[row] for row in sorted(np.random.default_rng(seed).permutation(len(paths))[:n])]


def visrec_encoder(weights):
    return Encoder(visrec_net(weights), (LAYER,))


def visrec_net(weights):
    model = VisualClassifier(["any"], hidden=8)
    load_weights(model, read_weights(weights))
    return model.eval().to(memory_format=torch.channels_last)


def torchvision_features(weights):
    from torchvision.models import vgg19

    features = vgg19(weights=None).features.eval()
    state = {
        name.removeprefix("features."): value.float()
        for name, value in torch.load(weights, weights_only=True).items()
        if not name.startswith("classifier.")
    }
    features.load_state_dict(state)
    return features


def run_visrec(paths, weights):
    encoder = visrec_encoder(weights)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        matrix = np.array(encoder.transform(paths, folder, show_progress=False).matrix)
        return time.perf_counter() - start, matrix, f"batches of {encoder.batch_size}"


class Posters(torch.utils.data.Dataset):
    "What the tutorials do."

    def __init__(self, paths):
        from torchvision import transforms

        self.paths = paths
        self.transform = transforms.Compose(
            [
                transforms.Resize((224, 224)),
                transforms.ToTensor(),
                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        )

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, row):
        with Image.open(self.paths[row]) as image:
            return self.transform(image.convert("RGB"))


def run_torchvision(paths, weights):
    features = torchvision_features(weights)
    start = time.perf_counter()
    with torch.inference_mode():
        parts = [features(batch).mean((2, 3)) for batch in torch.utils.data.DataLoader(Posters(paths), batch_size=16)]
    return time.perf_counter() - start, torch.cat(parts).numpy(), "float32, batches of 16"


def run_fastai(paths, weights):
    from fastai.vision.all import DataBlock, ImageBlock, Learner, Normalize, Resize, ResizeMethod, imagenet_stats

    net = torch.nn.Sequential(torchvision_features(weights), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    start = time.perf_counter()
    block = DataBlock(
        (ImageBlock,),
        n_inp=1,
        item_tfms=Resize(224, ResizeMethod.Squish),
        batch_tfms=Normalize.from_stats(*imagenet_stats),
        splitter=lambda items: (list(range(len(items))), []),
    )
    loaders = block.dataloaders(paths, bs=16)
    learner = Learner(loaders, net, loss_func=torch.nn.MSELoss())
    with learner.no_bar(), learner.no_logging():
        vectors = learner.get_preds(dl=loaders.test_dl(paths, bs=16))[0]
    return time.perf_counter() - start, vectors.numpy(), "float32, batches of 16"


def run_forward(paths, weights, own_form=False):
    "The best rate of the net alone, over batch sizes, by all cores in each layer or by each core for itself."
    encoder, plain = visrec_encoder(weights), visrec_net(weights)
    pixels = torch.from_numpy(np.stack(read_images(paths[:32], 224)[1]))
    images, rates = normalize(pixels), {}

    def forward(start, batch):
        with torch.inference_mode(), encoder.precision():
            maps = images[start : start + batch]
            for block in encoder.model.body if own_form else plain.body:
                maps = block(maps)

    def rate(run):
        run()
        start, rounds = time.perf_counter(), 0
        while time.perf_counter() - start < 6:
            run()
            rounds += 1
        return rounds * len(images) / (time.perf_counter() - start)

    for batch in (4, 8, 16, 32):
        rates[f"batches of {batch}, cores share"] = rate(
            lambda batch=batch: [forward(start, batch) for start in range(0, len(images), batch)]
        )
    with ThreadPoolExecutor(n_cores(), initializer=partial(torch.set_num_threads, 1)) as pool:
        for batch in (1, 2, 4, 8):
            rates[f"batches of {batch}, each core for itself"] = rate(
                lambda batch=batch: [*pool.map(partial(forward, batch=batch), range(0, len(images), batch))]
            )
    best = max(rates, key=rates.get)
    return len(paths) / rates[best], np.zeros(0), best


TORCHVISION = f"torchvision {version('torchvision')}"
# what is compared most closely comes one after the other: the speed of many machines changes within minutes
METHODS = {
    "forward, visrec's form": partial(run_forward, own_form=True),
    "visrec": run_visrec,
    "forward": run_forward,
    TORCHVISION: run_torchvision,
    f"fastai {version('fastai')} get_preds": run_fastai,
}


def measure(method, arguments):
    "Run one method here, and print what was found."
    seconds, matrix, how = METHODS[method](
        chosen_images(arguments.images, arguments.n, arguments.seed), arguments.weights
    )
    np.save(arguments.vectors, matrix)
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(
        json.dumps(
            {
                "method": method,
                "n": arguments.n,
                "seconds": seconds,
                "images_per_second": arguments.n / seconds,
                "peak_mb": peak,
                "how": how,
            }
        )
    )


def compare(arguments):
    "Run every method in a process of its own."
    rows, vectors = [], {}
    for method in METHODS:
        with tempfile.TemporaryDirectory() as folder:
            own = ["--method", method, "--vectors", str(Path(folder) / "vectors.npy")]
            output = subprocess.run(
                [sys.executable, __file__, *sys.argv[1:], *own], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
            rows.append(json.loads(output.strip().splitlines()[-1]))
            vectors[method] = np.load(Path(folder) / "vectors.npy").astype(np.float64)
    rates = {row["method"]: row["images_per_second"] for row in rows}
    fastest, reference = (
        max(rate for method, rate in rates.items() if method.startswith("forward")),
        vectors[TORCHVISION],
    )
    for row in rows:
        row["times_torchvision"] = row["images_per_second"] / rates[TORCHVISION]
        row["share_of_forward"] = row["images_per_second"] / fastest
        if len(vectors[row["method"]]):
            own = vectors[row["method"]]
            cosines = (own * reference).sum(1) / np.linalg.norm(own, axis=1) / np.linalg.norm(reference, axis=1)
            row["cosine_min"], row["cosine_mean"] = cosines.min(), cosines.mean()
        print(
            *(f"{name} {value:.6g}" if isinstance(value, float) else value for name, value in row.items()),
            sep=", ",
            flush=True,
        )
    return pd.DataFrame(rows)


def kill_runs(arguments, n_images=100):
    "Kill an embedding run at random moments until it has been killed often enough, in as many folders as that takes."
    torch.set_num_threads(1)  # so that a child process can be forked off
    encoder = visrec_encoder(arguments.weights)
    paths = chosen_images(arguments.images, n_images, arguments.seed)

    def child(folder):
        process = os.fork()
        if process == 0:
            try:
                encoder.transform(paths, folder, shard_size=4, show_progress=False)
            finally:
                os._exit(0)
        return process

    def content(folder):
        "The matrix, and how many files there are."
        files = sorted(Path(folder).iterdir())
        return np.load(files[-1]).tobytes(), [each.name.partition("-")[0] for each in files]

    moments, kills, folders = random.Random(arguments.seed), 0, 1
    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        os.waitpid(child(f"{work}/calm"), 0)
        usual = time.perf_counter() - start
        calm, same = content(f"{work}/calm"), True
        while kills < arguments.kills:
            process = child(f"{work}/{folders}")
            time.sleep(moments.uniform(0, 0.2 * usual))
            os.kill(process, signal.SIGKILL)
            killed = os.WIFSIGNALED(os.waitpid(process, 0)[1])
            kills += killed
            if not killed or kills == arguments.kills:  # complete, or the last one
                os.waitpid(child(f"{work}/{folders}"), 0)
                same &= content(f"{work}/{folders}") == calm
                folders += not killed
    print(
        f"killed {kills} times while embedding {n_images} images, in {folders} folders: "
        f"{'the same bits, no file too many' if same else 'NOT the same'}",
        flush=True,
    )
    return {
        "kills": kills,
        "n": n_images,
        "shard_size": 4,
        "folders": folders,
        "identical_and_nothing_left": same,
        "files": calm[1],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--weights", required=True, type=Path, help="state dict of VGG19 or of its features")
    parser.add_argument("--n", default=1000, type=int, help="images (default: %(default)s)")
    parser.add_argument("--kills", default=0, type=int, help="how often to kill a run (default: %(default)s)")
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--vectors", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.method:
        return measure(arguments.method, arguments)
    rows = compare(arguments)
    kills = kill_runs(arguments) if arguments.kills else None
    if arguments.results:
        command = shlex.join(["python", "benchmarks/embed.py", *sys.argv[1:]])
        protocol = (
            f"JPEG files to mean maps of VGG19's block 5, 224 pixels, {n_cores()} cores, a process for each method, "
            f"one after the other; cosines with torchvision's vectors; seed {arguments.seed}"
        )
        write_results(
            arguments.results,
            "embedding images end to end",
            command,
            f"{arguments.n} posters",
            protocol,
            rows,
            kills=kills,
        )


if __name__ == "__main__":
    main()
