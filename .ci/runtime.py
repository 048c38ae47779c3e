"""What a user has after `pip install`: every module, the demo and a notebook with the Python that runs this.

    python -m venv user && user/bin/pip install . && user/bin/python .ci/runtime.py nbs/05_recommend.ipynb

Nothing of the dev requirements is needed: the notebook's code runs as a script, in a temporary folder.
"""

import importlib
import json
import pkgutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

SKIPPED = ("#| slow", "#| gpu", "#| network", "#| eval: false")


def script(path):
    "The code of a notebook without what `nbdev_test` skips."
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    future = "from __future__ import annotations\n"
    code = [each.replace(future, "") for each in code if not any(line.startswith(SKIPPED) for line in each.split("\n"))]
    return future + "\n\n".join(code) + "\n"


def main():
    print(f"Python {sys.version.split()[0]},", ", ".join(f"{name} {version(name)}" for name in ("visrec", "fastai", "fastcore", "torch")))
    import visrec

    for module in pkgutil.iter_modules(visrec.__path__, "visrec."):
        if module.name != "visrec.__main__":  # it starts the command
            importlib.import_module(module.name)
    source = script(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "notebook.py").write_text(source, encoding="utf-8")
        for command in ([str(Path(sys.executable).parent / "visrec"), "demo", "--out", "demo"], [sys.executable, "notebook.py"]):
            subprocess.run(command, cwd=folder, check=True)
    print(f"{Path(visrec.__file__).parent}: every module, the demo and {Path(sys.argv[1]).name} run")


if __name__ == "__main__":
    main()
