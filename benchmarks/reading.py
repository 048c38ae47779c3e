"""Reading and cleaning interactions whose ids are text: seconds and memory, beside plain reads of pandas and pyarrow.

    python benchmarks/reading.py --results results/benchmark-reading.json
    python benchmarks/reading.py --rows 2000000

The rows are drawn: users and items with ids of 12 characters, ratings of 1 to 5 stars, times in seconds; as CSV and as
Parquet. Every reader runs in a process of its own. visrec reads the rows with the catalog beside them and cleans them (the
catalog's items have no pictures but one, which a catalog must have); pandas and pyarrow only read. Memory is the highest
resident memory of the process, libraries included; `cpu_s` counts the seconds of all cores, and does not depend on what
else the machine does. Results are written after each reader.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

USERS, ITEMS = 2_000_000, 100_000
WAYS = ("visrec", "pandas", "pyarrow")


def draw(folder, n_rows, n_users, n_items, seed=0):
    "The tables: orders.csv and orders.parquet of ratings, items.csv, and one picture."
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet
    from PIL import Image

    generator = np.random.default_rng(seed)
    users = pa.array([f"CUST{k:08}" for k in generator.permutation(n_users)])
    items = pa.array([f"SKU-{k:08}" for k in generator.permutation(n_items)])
    popular = (n_items * generator.random(n_rows) ** 3).astype(np.int32)
    table = pa.table({
        "user_id": users.take(pa.array(generator.integers(0, n_users, n_rows))), "item_id": items.take(pa.array(popular)),
        "rating": pa.array(generator.integers(1, 6, n_rows, dtype=np.int8)),
        "timestamp": pa.array(generator.integers(1_400_000_000, 1_700_000_000, n_rows)),
    })  # fmt: skip
    pyarrow.csv.write_csv(table, folder / "ratings.csv")
    pyarrow.parquet.write_table(table, folder / "ratings.parquet")
    titles = pa.array([f"Item {k}" for k in range(n_items)])
    names = pa.array(["one.jpg", *[""] * (n_items - 1)])
    pyarrow.csv.write_csv(pa.table({"item_id": items, "title": titles, "image": names}), folder / "items.csv")
    (folder / "images").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "images/one.jpg")


def cpu_seconds():
    "What this process has used, of all cores."
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(way, folder, form):
    "Read in this process; prints seconds, MB and rows."
    path = Path(folder) / f"ratings.{form}"
    if way == "visrec":
        from visrec.data.clean import clean
        from visrec.data.events import read_interactions
        from visrec.data.products import read_items

        catalog = read_items(Path(folder) / "items.csv", Path(folder) / "images")
        start, used = time.perf_counter(), cpu_seconds()
        read = read_interactions(path, catalog=catalog)
        middle, n_rows = time.perf_counter(), len(read.frame)
        kept = clean(catalog, read, show_progress=False)[1]
        found = {"read_s": middle - start, "clean_s": time.perf_counter() - middle, "pairs": len(kept.frame)}
    else:
        start, used = time.perf_counter(), cpu_seconds()
        if way == "pandas":
            import pandas as pd

            n_rows = len(pd.read_csv(path) if form == "csv" else pd.read_parquet(path))
        else:
            import pyarrow.csv
            import pyarrow.parquet

            n_rows = (pyarrow.csv.read_csv(path) if form == "csv" else pyarrow.parquet.read_table(path)).num_rows
        found = {"read_s": time.perf_counter() - start}
    found["cpu_s"] = cpu_seconds() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"reader": way, "file": form, "rows": n_rows, **found, "peak_mb": peak}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--readers", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--data", help="folder that keeps the tables; drawn where they are not there")
    parser.add_argument("--results", help="JSON file to write")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        return measure(*given.measure)
    n_users, n_items, rows = max(given.rows // 10, 10), max(given.rows // 200, 10), []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.data or temporary)
        if not (folder / "ratings.csv").is_file():
            folder.mkdir(exist_ok=True)
            draw(folder, given.rows, min(n_users, USERS), min(n_items, ITEMS))
        for way, form in ((way, form) for way in given.readers for form in ("parquet", "csv")):
            command = [sys.executable, __file__, "--measure", way, str(folder), form]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            found = json.loads(done.stdout.splitlines()[-1])
            rows.append({name: round(x, 2) if isinstance(x, float) else x for name, x in found.items()})
            print(rows[-1], flush=True)
            if given.results:
                write(given, rows, min(n_users, USERS), min(n_items, ITEMS))


def write(given, rows, n_users, n_items):
    "The results so far."
    about = {
        "command": f"python benchmarks/reading.py --rows {given.rows} --results {given.results}",
        "protocol": f"{given.rows:,} ratings, {n_users:,} users, {n_items:,} items, ids of 12 characters; one process for "
        "each reader; visrec reads with the catalog and cleans, the others only read",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "packages": {name: version(name) for name in ("visrec", "pandas", "pyarrow", "numpy")},
        "date": f"{date.today()}", "rows": rows,
    }  # fmt: skip
    Path(given.results).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
