"""Check the command `visrec` on a small catalog of real films and posters.

    VISREC_DATA=folder python .ci/real_data.py

The folder holds ml-latest-small/, posters/ and weights/ (see CONTRIBUTING.md). Exits 77, with a sentence, where
it is unset or incomplete, and 1 at the first thing that is wrong. What it makes is removed in the end.
"""

import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

N_FILMS = 200
METHODS = "POP UserKNN ItemKNN SVD PureSVD EASE Visual Hybrid".split()
METRIC = "MAP@20"
VISREC = Path(sys.executable).parent / "visrec"


def data_folder():
    "The folder VISREC_DATA names; exit 77 where it cannot be used."
    name = os.environ.get("VISREC_DATA")
    if not name:
        print("Skipped: VISREC_DATA is unset.")
        raise SystemExit(77)
    folder = Path(name).resolve()
    needed = ["ml-latest-small/ratings.csv", "ml-latest-small/movies.csv", "posters",
              "weights/vgg19_features_imagenet_fp16.pth"]  # fmt: skip
    if missing := [path for path in needed if not (folder / path).exists()]:
        print(f"Skipped: VISREC_DATA lacks {', '.join(missing)}.")
        raise SystemExit(77)
    return folder


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def check(right, sentence):
    "Unlike `assert`, also under python -O."
    if not right:
        raise SystemExit(f"real_data.py: {sentence}")


def make_catalog(data, folder):
    "Write the small catalog; return the ids of its films and the id of the one whose poster is an empty file."
    ratings = read(data / "ml-latest-small/ratings.csv")
    counts = Counter(row["movieId"] for row in ratings)
    most = sorted(counts, key=lambda film: (-counts[film], int(film)))
    films = [film for film in most if (data / "posters" / f"{film}.jpg").is_file()][: N_FILMS + 1]
    *films, broken = films
    check(len(films) == N_FILMS, f"only {len(films)} rated films have a poster, {N_FILMS} are needed")
    posters = folder / "posters"
    posters.mkdir()
    for film in films:
        shutil.copyfile(data / "posters" / f"{film}.jpg", posters / f"{film}.jpg")
    (posters / f"{broken}.jpg").touch()
    kept = {*films, broken}
    write(folder / "ratings.csv", [row for row in ratings if row["movieId"] in kept])
    write(folder / "movies.csv", [row for row in read(data / "ml-latest-small/movies.csv") if row["movieId"] in kept])
    return films, broken


def visrec(*args, exit_status=0, timeout=1500):
    "Run the command; return what it printed, and the seconds it took."
    start = time.time()
    done = subprocess.run([VISREC, *map(str, args)], capture_output=True, text=True, timeout=timeout)
    seconds = time.time() - start
    shown = " ".join(map(str, args))
    check(
        done.returncode == exit_status,
        f"`visrec {shown}` exited {done.returncode}, not {exit_status}.\n"
        f"--- stdout ---\n{done.stdout[-4000:]}\n--- stderr ---\n{done.stderr[-4000:]}",
    )
    return done.stdout, done.stderr, seconds


def read_metrics(path):
    "Method -> its metrics, from a list of rows with a `method`, a dict by method, or either one inside a dict."
    found = json.loads(path.read_text(encoding="utf-8"))
    for value in [found, *(found.values() if isinstance(found, dict) else [])]:
        if isinstance(value, list) and value and all(isinstance(row, dict) and "method" in row for row in value):
            return {row["method"]: row for row in value}
        if isinstance(value, dict) and "POP" in value:
            return value
    raise SystemExit(f"real_data.py: {path.name} has no rows by method")


def check_metrics(out):
    metrics = read_metrics(out / "metrics.json")
    for method in METHODS:
        check(method in metrics, f"metrics.json has no row for {method}; it has {', '.join(metrics)}")
        value = metrics[method].get(METRIC)
        check(
            isinstance(value, (int, float)) and math.isfinite(value) and 0 <= value <= 1,
            f"{METRIC} of {method} is {value!r}, not a number from 0 to 1",
        )
    ease, pop = metrics["EASE"][METRIC], metrics["POP"][METRIC]
    check(ease > pop, f"{METRIC} of EASE, {ease:.4f}, is not above that of POP, {pop:.4f}")
    return {method: metrics[method][METRIC] for method in METHODS}


def costly_files(out):
    "Path -> time of last change of the files a second run must not make again."
    files = sorted(p for name in ("embeddings", "model") for p in (out / name).rglob("*") if p.is_file())
    check({"weights.pth", "about.json"} <= {p.name for p in files}, "a file in embeddings/ or model/ is missing")
    return {path: path.stat().st_mtime_ns for path in files}


def main():
    data = data_folder()
    with tempfile.TemporaryDirectory(prefix="visrec-") as temp:
        folder = Path(temp)
        out = folder / "out"
        films, broken = make_catalog(data, folder)
        run = ["run", "--interactions", folder / "ratings.csv", "--items", folder / "movies.csv",
               "--images", folder / "posters", "--weights", data / "weights/vgg19_features_imagenet_fp16.pth",
               "--out", out, "--epochs", 3, "--finetune-epochs", 1]  # fmt: skip

        stdout, stderr, first = visrec(*run)
        said = stdout + stderr + (out / "data.json").read_text(encoding="utf-8")
        check(broken in said, f"neither the output nor data.json names film {broken}, whose poster is an empty file")
        for name in ["items.csv", "interactions.csv", "neighbors.npz", "recommender.npz", "recommendations.csv",
                     "metrics.json", "metrics.csv"]:  # fmt: skip
            check((out / name).is_file(), f"the run wrote no {name}")
        values = check_metrics(out)
        figures = len(list((out / "figures").glob("*.png")))
        check(figures >= 3, f"figures/ holds {figures} PNG files, not 3 or more")

        before = costly_files(out)
        stdout, stderr, second = visrec(*run, timeout=300)
        check("reus" in (stdout + stderr).lower(), f"the second run does not say that it reuses anything:\n{stdout}")
        check(second < 60, f"the second run took {second:.0f} s, not under 60")
        check(costly_files(out) == before, "the second run made the model or the embeddings again")

        check(visrec("recommend", out, "--user", 1)[0].strip(), "`visrec recommend --user 1` printed nothing")
        check(
            visrec("similar", out, "--item", films[0])[0].strip(), f"`visrec similar --item {films[0]}` printed nothing"
        )
        answer = visrec("predict", folder / "posters" / f"{films[0]}.jpg", "--model", out, "--all")[0]
        check("Comedy" in answer and "probability" in answer, f"`visrec predict` did not name Comedy:\n{answer}")
        _, stderr, _ = visrec("recommend", out, "--user", 999999, exit_status=2)
        lines = stderr.strip().splitlines()
        check(
            len(lines) == 1 and "999999" in lines[0] and "Traceback" not in stderr,
            f"an unknown user should give one line on stderr that names 999999, not:\n{stderr}",
        )
    print(f"{len(films)} films: first run {first:.0f} s, second run {second:.0f} s, {figures} figures; {METRIC}:")
    print("  " + ", ".join(f"{method} {value:.4f}" for method, value in values.items()))


if __name__ == "__main__":
    main()
