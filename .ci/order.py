"""Check that every part of visrec imports only from the parts above it: python .ci/order.py"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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


def main():
    wrong, edges = [], {}
    for path in sorted((ROOT / "visrec").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        part = module.split(".")[1]
        for name in imports(path):
            pieces = name.split(".")
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
