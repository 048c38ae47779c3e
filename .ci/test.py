"""Run notebooks as `nbdev_test` does: python .ci/test.py [--flags 'slow gpu'] [--workers N] [NOTEBOOK ...]

Each has a process of its own, forked from one that has imported torch and fastai, which takes longer than many a
notebook does. By default all notebooks are run, and one more at a time than there are cores: tests wait at times.
"""

import argparse
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# nothing of visrec: it is what is tested, so every notebook imports it anew
FIRST = "nbdev.test fastai.vision.core fastai.learner torchvision.models sklearn.pipeline seaborn".split()


def run(path, flags):
    "Run one notebook, in this process; False where it fails."
    from nbdev.config import get_config
    from nbdev.test import test_nb

    return test_nb(path, get_config().tst_flags.split(), flags.split(), do_print=True, basepath=ROOT)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--flags", default="", help="run cells with these marks, too")
    parser.add_argument("--workers", type=int, default=(os.cpu_count() or 1) + 1, help="notebooks at a time")
    given = parser.parse_args()
    listed = subprocess.run(["git", "ls-files", "nbs/*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [each.resolve() for each in given.notebooks] or [ROOT / each for each in listed.stdout.splitlines()]
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # no threads, and so none that a fork would lose
    sys.path.pop(0)  # this folder
    sys.stdout.reconfigure(line_buffering=True)
    os.chdir(ROOT)
    for name in FIRST:
        import_module(name)
    running, failed, left = {}, [], paths[::-1]
    while left or running:
        if left and len(running) < given.workers:
            path = left.pop()
            child = os.fork()
            if not child:
                return not run(path, given.flags)
            running[child] = path, time.time()
        else:
            child, status = os.wait()
            path, start = running.pop(child)
            failed += [path.name] if status else []
            said = "FAILED" if status else "passed"
            print(f"{said}: {path.relative_to(ROOT)} ({time.time() - start:.0f} s)")
    print(f"{len(paths) - len(failed)} notebooks passed, {len(failed)} failed", *failed)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
