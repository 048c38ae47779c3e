"""Check the shape of the code: python .ci/house.py

Every part of visrec imports only from itself and from the parts above it, without circles. In nbs/ no line of code is
longer than 120 characters; an exported cell has at most 50 lines, one with a class at most 100, and no function of any
exported cell, a method or one inside another included, has more than 50.
"""

import ast
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINE, FUNCTION, CLASS = 120, 50, 100
EXPORT = re.compile(r"#\s*\|\s*export")  # as nbdev reads it
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ORDER = ["internals", "data", "learner", "embeddings", "neighbors", "recommenders", "evaluation", "serving"]


def imports(path):
    "Dotted names of the modules of visrec that a module imports, wherever in the file."
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            name = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{name}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            words = first.values[0] if isinstance(first, ast.JoinedStr) and first.values else first
            if isinstance(words, ast.Constant):  # what is known of a name that is put together
                yield str(words.value).rstrip(".")


def cells():
    "Notebook, id and source of every code cell."
    for path in sorted((ROOT / "nbs").rglob("*.ipynb")):
        if not any(part.startswith((".", "_")) for part in path.relative_to(ROOT).parts):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    yield path.relative_to(ROOT), cell["id"], "".join(cell["source"])


def sizes():
    "What is too long."
    for path in sorted((ROOT / "nbs").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if len(line) > LINE:
                yield f"{path.relative_to(ROOT)}, line {number}: {len(line)} characters"
    for path, cell, source in cells():
        lines = source.split("\n")
        for line in lines:
            if len(line) > LINE and not line.startswith("#| "):
                yield f"{path}, cell {cell}: a line of {len(line)} characters ({line.strip()[:60]}...)"
        if any(EXPORT.match(line) for line in lines):
            tree = ast.parse(source)
            kinds = {type(each) for each in ast.walk(tree)}
            most = CLASS if ast.ClassDef in kinds else FUNCTION
            if kinds & {ast.ClassDef, *FUNCTIONS} and len(lines) - 1 > most:
                yield f"{path}, cell {cell}: {len(lines) - 1} lines, {most} is the limit"
            for each in ast.walk(tree):
                if isinstance(each, FUNCTIONS):
                    n_lines = each.end_lineno - min(part.lineno for part in [each, *each.decorator_list]) + 1
                    if n_lines > FUNCTION:
                        yield f"{path}, cell {cell}: {each.name} has {n_lines} lines, {FUNCTION} is the limit"


def main():
    wrong, edges = list(sizes()), {}
    for path in sorted((ROOT / "visrec").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        part = module.split(".")[1]
        for name in imports(path):
            pieces = name.split(".")
            inside = len(pieces) > 1 and pieces[1] in [*ORDER, "__version__"]
            if part in ORDER and pieces[0] == "visrec" and not inside:
                wrong.append(f"{module} imports {name}: the front door is for users, a part names the module")
            if pieces[0] != "visrec" or part not in ORDER or len(pieces) < 2 or pieces[1] not in ORDER:
                continue
            if ORDER.index(pieces[1]) > ORDER.index(part):
                wrong.append(f"{module} imports {name}, which is further down")
            target = ".".join(pieces[:3])
            if target != module:
                edges.setdefault(module, set()).add(target)
    done, path = set(), []

    def visit(module):
        if module in path:
            wrong.append("a circle: " + " -> ".join([*path[path.index(module) :], module]))
        elif module not in done:
            path.append(module)
            for each in sorted(edges.get(module, ())):
                visit(each)
            done.add(path.pop())

    for module in sorted(edges):
        visit(module)
    print("\n".join(wrong) or f"{len(edges)} modules, each imports only from its own part and those above it.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
