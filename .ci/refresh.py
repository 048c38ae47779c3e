"""Run notebooks in place and keep their outputs.

    python .ci/refresh.py                  # every notebook nbdev knows, in order
    python .ci/refresh.py 00c_data 03       # these, by name or by the start of the name
    python .ci/refresh.py tutorials/1      # one in a folder below nbs/
    python .ci/refresh.py --flags slow     # also the cells marked `#| slow`

Runs what `nbdev_test` runs and skips what it skips (`#| eval: false`, cells marked with one of `tst_flags` of
settings.ini, notebooks with `skip_exec: true`): a skipped cell keeps its stored output. Each notebook gets a
Python of its own and is written only when all of its cells have passed; it is then cleaned as by `nbdev_clean`.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell, format_exc
from fastcore.basics import str2bool
from nbdev.clean import nbdev_clean
from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor, nb_lang

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT / "nbs"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def find(name):
    "The one notebook called `name`: a path, a name with or without its number and .ipynb, or the start of a name."
    for path in (Path(name), NBS / name, NBS / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    name = name.removesuffix(".ipynb")
    folder, _, start = name.rpartition("/")
    patterns = (
        f"{name}*.ipynb",
        f"{folder}/[0-9]*_{start}.ipynb".lstrip("/"),
        f"*/{name}*.ipynb",
        f"*/[0-9]*_{name}.ipynb",
    )
    found = next((paths for each in patterns if (paths := sorted(NBS.glob(each)))), [])
    if len(found) == 1:
        return found[0]
    if not found:
        raise SystemExit(f"No notebook in nbs/ is called {name!r} or begins so.")
    raise SystemExit(f"{name!r} is the start of several notebooks: {', '.join(p.name for p in found)}.")


def skipped(cell, flags):
    "Would `nbdev_test` pass this code cell over?"
    directives = getattr(cell, "directives_", {}) or {}
    if "nbdev_export(" in cell.source or flags & directives.keys():
        return True
    return (directives.get("eval:") or [""])[0].lower() == "false"


def tidy(outputs):
    "Drop stderr (progress bars, warnings); of a line redrawn with carriage returns keep what is left in the end."
    res = []
    for out in outputs:
        if out["output_type"] == "stream":
            text = ANSI.sub("", "".join(out["text"])).replace("\r\n", "\n")
            text = "\n".join(line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n"))
            if out["name"] == "stderr" or not text.strip():
                continue
            out = {**out, "text": text.splitlines(True)}
        res.append(out)
    return res


def run(path, flags):
    "Run the notebook at `path`, write it, and return how many cells were run and how many were kept."
    processed = NBProcessor(path, procs=FrontmatterProc, process=True).nb  # as nbdev_test reads it
    front = getattr(processed, "frontmatter_", {})
    if str2bool(front.get("skip_exec", False)) or nb_lang(processed) != "python":
        return None
    nb = read_nb(path)  # as it is stored
    stored = [c for c in nb.cells if c.cell_type == "code"]
    source = [c for c in processed.cells if c.cell_type == "code"]
    assert len(stored) == len(source), f"{path.name}: nbdev sees other code cells than the file holds"
    os.environ["IN_TEST"] = "1"
    os.chdir(path.parent)
    sys.path.insert(0, str(ROOT))
    shell = CaptureShell(path, mpl_format="png")
    done = kept = 0
    for i, (cell, code) in enumerate(zip(stored, source, strict=True), 1):
        if skipped(code, flags):
            kept += 1
            continue
        outputs = shell.run(code.source)
        if shell.exc:
            text = ANSI.sub("", "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream"))
            if type(shell.exc).__name__ not in text:  # IPython has not printed the traceback
                text += "".join(format_exc(shell.exc))
            raise SystemExit(
                f"{path.name}: code cell {i} (id {cell.get('id')}) failed; the file was left as it was.\n\n"
                f"--- cell ---\n{cell.source}\n\n--- printed ---\n{text}"
            )
        cell.outputs = tidy(outputs)
        done += 1
    write_nb(nb, path)
    os.chdir(ROOT)
    nbdev_clean.__wrapped__(str(path))
    return done, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to run (default: all)")
    parser.add_argument("--flags", default="", help='test flags to run as well, for example "slow gpu"')
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    paths = [find(name) for name in args.names]
    os.chdir(ROOT)
    paths = paths or sorted(p.resolve() for p in nbglob(as_path=True))
    known = set(get_config().tst_flags.split())
    if unknown := set(args.flags.split()) - known:
        raise SystemExit(f"--flags knows {', '.join(sorted(known))}, not {', '.join(sorted(unknown))}.")
    if not args.here:  # one fresh Python for each notebook
        for path in paths:
            command = [sys.executable, str(Path(__file__).resolve()), "--here", "--flags", args.flags, str(path)]
            if code := subprocess.run(command).returncode:
                raise SystemExit(code)
        return
    path, start, before = paths[0], time.time(), paths[0].read_bytes()
    counts = run(path, known - set(args.flags.split()))
    if counts is None:
        print(f"{path.name}: skipped (skip_exec, or not Python)")
        return
    change = "changed" if path.read_bytes() != before else "unchanged"
    print(f"{path.name}: {counts[0]} cells run, {counts[1]} kept, {time.time() - start:.1f} s, {change}")


if __name__ == "__main__":
    main()
