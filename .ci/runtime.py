"""What a user has after `pip install`: every module, and the demo with its checks, by the Python that runs this.

    python -m venv user && user/bin/pip install '.[train,serve]'
    user/bin/python .ci/runtime.py nbs/tests/demo.ipynb DEMO    # DEMO: where the demo's folder is kept

Nothing of the dev requirements is needed: the notebook's code runs as a script, in a temporary folder.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

SKIPPED = ("#| gpu", "#| network", "#| eval: false")


def script(path):
    "The code of a notebook, with its slow cells: the demo runs here alone, not in every run of the tests."
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
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "modules.py").write_text(MODULES, encoding="utf-8")
        Path(folder, path.stem + ".py").write_text(script(path), encoding="utf-8")
        for name in ("modules.py", path.stem + ".py"):
            said = {"capture_output": True, "text": True, "encoding": "utf-8", "errors": "replace"}
            done = subprocess.run([sys.executable, name], cwd=folder, env={**os.environ, "VISREC_DEMO": str(out)}, **said)
            print("\n".join(done.stdout.splitlines()[-3:]))
            if done.returncode:  # progress bars are of interest only then
                raise SystemExit(f"{name} failed:\n{done.stderr[-4000:]}")
            print(f"passed: {name}", flush=True)


if __name__ == "__main__":
    main()
