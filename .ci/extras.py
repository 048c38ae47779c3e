"""What a user has who installs visrec without the extra `train`: `python .ci/extras.py DEMO ['[serve]']`

DEMO is a folder that `visrec demo` has made. Modules that need an extra say so; all others can be imported, answers
come from stored results, and commands that need more say in one sentence what to install.
"""

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

import visrec
from visrec.internals.extras import EXTRAS

PURE = ("visrec.data", "visrec.recommenders")  # parts of which every module needs the base alone


def missing(module):
    "The package that a module lacks, if one."
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        return (error.name or "").partition(".")[0]


def command(*words):
    "Exit code and output of `visrec`."
    program = str(Path(sys.executable).parent / "visrec")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout, done.stderr


def main():
    demo, installed = Path(sys.argv[1]), sys.argv[2:]
    wanted = {module for name, modules in EXTRAS.items() if f"[{name}]" not in installed for module in modules}
    assert find_spec("torch") is None, "torch is installed: nothing could be seen"
    lacking = {}
    for module in walk_packages(visrec.__path__, "visrec."):
        if module.name != "visrec.__main__" and (package := missing(module.name)):
            assert package in wanted and not module.name.startswith(PURE), f"{module.name} needs {package}"
            lacking[module.name] = package
    assert ("visrec.serving.api" in lacking) == (not installed), lacking
    for words in (("recommend", demo, "--user", "C0007"), ("similar", demo, "--item", "P0012")):
        code, answer, said = command(*words)
        assert code == 0 and len(answer.splitlines()) > 10, said
    code, _, said = command("run", "--interactions", "a", "--items", "b", "--images", "c", "--out", "d")
    assert code == 2 and said.endswith("pip install 'visrec[train]'\n"), said
    if not installed:
        code, _, said = command("serve", demo)
        assert code == 2 and said.endswith("pip install 'visrec[serve]'\n"), said
    print(*(["with", *installed] if installed else ["base"]), f"{len(lacking)} modules wait for an extra", sep=": ")


if __name__ == "__main__":
    main()
