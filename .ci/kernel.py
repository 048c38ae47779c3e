"""Run a notebook in a real Jupyter kernel, in a temporary folder, and count its pictures.

    python .ci/kernel.py nbs/6_evaluation/05_plot.ipynb

`nbdev_test` runs notebooks without a kernel, and draws figures that no notebook would show.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat


def pictures(notebook):
    "For each code cell, how many of its outputs are pictures."
    return [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in notebook.cells
            if cell.cell_type == "code"]  # fmt: skip


def problems(stored, notebook):
    "Sentences on what a reader would miss or should not see."
    for number, (there, now) in enumerate(zip(pictures(stored), pictures(notebook), strict=True), 1):
        if there != now:
            yield f"code cell {number} shows {now} pictures, {there} are stored."
    if not sum(pictures(stored)):
        yield "there are no pictures stored to compare with."
    for output in (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs):
        data = output.get("data", {})
        text = "".join(output.get("text", "")) + "".join(data.get("text/plain", ""))
        if "<Figure size" in text and "image/png" not in data:
            yield f"a figure is told, not shown: {text.strip()[:80]}"
        if output.output_type == "stream" and "IProgress not found" in text:
            yield "it says IProgress not found."


def main():
    path = Path(sys.argv[1]).resolve()
    root = Path(__file__).resolve().parent.parent
    stored, notebook = (nbformat.read(path, as_version=4) for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
            os.environ[name] = folder  # nothing of the user's own profile
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
        resources = {"metadata": {"path": folder}}
        nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    found = list(problems(stored, notebook))
    print("\n".join([f"{path.name}: {each}" for each in found] + [f"{path.name}: {sum(pictures(notebook))} pictures"]))
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
