"""What a user has after `pip install`: every module, the demo and a notebook with the Python that runs this.

    python -m venv user && user/bin/pip install '.[train,serve]'
    user/bin/python .ci/runtime.py nbs/5_recommenders/01_base.ipynb DEMO    # DEMO: where the demo's folder is kept

Nothing of the dev requirements is needed: the notebook's code runs as a script, in a temporary folder.
"""

import json
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


MODULES = """
import importlib, pkgutil, visrec
for module in pkgutil.walk_packages(visrec.__path__, "visrec."):
    if module.name != "visrec.__main__":  # it starts the command
        importlib.import_module(module.name)
print("every module of", visrec.__path__[0])
"""


def main():
    print(
        f"Python {sys.version.split()[0]},",
        ", ".join(f"{name} {version(name)}" for name in ("fastai", "fastcore", "torch")),
    )
    path, out = (Path(each).resolve() for each in sys.argv[1:])
    demo = [str(Path(sys.executable).parent / "visrec"), "demo", "--no-pretrained", "--out", str(out)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "modules.py").write_text(MODULES, encoding="utf-8")
        Path(folder, path.stem + ".py").write_text(script(path), encoding="utf-8")
        for command in ([sys.executable, "modules.py"], demo, [sys.executable, path.stem + ".py"]):
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, encoding="utf-8", errors="replace"
            )
            print("\n".join(done.stdout.splitlines()[-3:]))
            if done.returncode:  # progress bars are of interest only then
                raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
            print(f"passed: {' '.join(command)}", flush=True)


if __name__ == "__main__":
    main()
