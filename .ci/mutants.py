"""How many small faults, put into the exported code, do the notebooks' tests find?

    pip install cosmic-ray
    python .ci/mutants.py --n 300 --seed 0 --out after.json            # go on with what after.json has, if it is there
    python .ci/mutants.py --n 40 --seed 0 --out hybrid.json --only hybrid
    python .ci/mutants.py --repeat before.json --out paired.json       # the same mutants, where their line still stands

Faults are the mutations of cosmic-ray. The sample is drawn uniformly over places in the code, in random order, so that
its beginning is a fair sample too; at each place one of the mutations that apply is drawn. Left out, before anything is
run: annotations, imports, `__all__`, `raise` statements and f-strings (texts), arguments that only say how a figure
looks, `==` exchanged for `is`, and what does not compile or compiles to the same.

A mutant is put into the notebook and exported, in a copy of the project. Then the notebook runs as under `nbdev_test`,
and if it passes, the notebooks that import the module (not tutorials), the quickest first, for --budget seconds in all.
What passes them all survives. Each runs in a fork of a process that has imported torch and so on already; notebooks
that start servers, browsers or workers get a Python of their own and are run for their own mutants only. The notebooks
are run without a mutation first: they must pass, and their times set the limits (a mutant at its limit counts as
killed, "timeout"). All times are of the processor, so that a busy machine does not change what is found.

OUT holds everything; OUT-survivors.txt shows the survivors. A run takes hours: start it with `nice`; it can be ended
and started again, and `--n` can be raised, since a sample is the beginning of a larger one.
"""

import argparse
import ast
import compileall
import configparser
import difflib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]
sys.dont_write_bytecode = True

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider
from nbdev.export import nb_export
from nbdev.test import test_nb

ROOT = Path(__file__).resolve().parent.parent
HEADER = re.compile(r"^# %% (\S+\.ipynb) #(\w+)$", re.M)  # what nbdev_export writes above a cell
PRELOAD = "captum.attr faiss fastai.vision.all imagehash matplotlib.pyplot pandas pyarrow.csv pyarrow.parquet requests \
    scipy.optimize scipy.stats seaborn sklearn.linear_model sklearn.manifold sklearn.metrics starlette.testclient \
    torchvision.models.detection tqdm.auto wordcloud"
OWN_PYTHON = re.compile(r"playwright|uvicorn|multiprocessing|ProcessPool|num_workers")  # in a notebook's code
LOOKS = set("dpi figsize fontsize height_ratios labelpad labelsize linewidth lw markersize width_ratios zorder".split())
IDENTITY = re.compile(r"Comparison\w+_(Eq_Is|NotEq_IsNot|Is_Eq|IsNot_NotEq)$")
ALONE = (
    "import sys, pathlib, nbdev.test as t; sys.exit(not t.test_nb(pathlib.Path(sys.argv[1]), sys.argv[2].split())[0])"
)
OPERATORS = {
    name: OperatorProvider()[name]() for name in sorted(OperatorProvider()) if not OperatorProvider()[name].arguments()
}
IDLE, MARKS = {"name", "newline", "string"}, set("()[]{},:.=")  # leaves of the syntax tree that no mutation is for
MEMORY = 6 * 2**30  # bytes of data that a notebook may have
LIMITS = (signal.SIGXCPU, signal.SIGKILL)


def cells_of(notebook):
    "The sources of the code cells of a notebook, by id."
    nb = json.loads(notebook.read_text(encoding="utf-8"))
    return {c.get("id"): "".join(c["source"]) for c in nb["cells"] if c["cell_type"] == "code"}


def code_of(notebook):
    "All code of a notebook."
    return "\n".join(cells_of(ROOT / notebook).values())


def left_out(node):
    "What is not mutated at or in this node of the syntax tree."
    if node.type in ("raise_stmt", "fstring", "import_name", "import_from"):
        return node
    if node.type in ("param", "funcdef") and node.annotation:
        return node.annotation
    if node.type == "annassign":
        return node.children[1]
    if node.type in ("argument", "param", "expr_stmt") and node.get_first_leaf().value in LOOKS | {"__all__"}:
        return node
    return None


def mutations_of(module):
    "Every mutation of a module, as a dict that names its place and how to make it again."
    text, seen = module.read_text(encoding="utf-8"), Counter()
    for header in HEADER.finditer(text):
        notebook = (module.parent / header[1]).resolve()
        source = cells_of(notebook)[header[2]]
        lines = source.splitlines()
        nodes = [
            node
            for node in ast_nodes(get_ast(source))
            if node.type not in IDLE and getattr(node, "value", "") not in MARKS
        ]
        silent = [(part.start_pos, part.end_pos) for node in nodes if (part := left_out(node))]
        skipped = next(i for i, line in enumerate(lines) if line[:2] not in ("#|", ""))  # directives are not exported
        first_line = text.count("\n", 0, header.start()) + 1 - skipped
        for name, operator in OPERATORS.items():
            places = ((node, place) for node in nodes for place in operator.mutation_positions(node))
            for occurrence, (node, (start, end)) in enumerate(places):
                if IDENTITY.search(name) or any(a <= start and end <= b for a, b in silent):
                    continue
                line = lines[start[0] - 1]
                res = {
                    "module": ".".join(module.relative_to(ROOT / "visrec").with_suffix("").parts),
                    "path": str(module.relative_to(ROOT)),
                    "line": first_line + start[0],
                    "function": ASTQuery(node).get_definition_name(),
                    "code": line.strip(),
                    "column": start[1] - len(line) + len(line.lstrip()),
                    "operator": name,
                    "notebook": str(notebook.relative_to(ROOT)),
                    "cell": header[2],
                    "occurrence": occurrence,
                    "place": (start, end),
                }
                key = identity(res)
                seen[key] += 1
                yield {**res, "nth": seen[key]}  # of several that are alike but for their place


def identity(mutation):
    "What a mutation has in common with itself in a later state of the project."
    return tuple(mutation.get(key) for key in ("module", "function", "code", "column", "operator", "nth"))


def mutated(mutation):
    "The cell before and after; None in place of the latter if that is no Python or the same."
    before = cells_of(ROOT / mutation["notebook"])[mutation["cell"]]
    with warnings.catch_warnings(), suppress(SyntaxError, AttributeError):  # cosmic-ray fails at `except module.Error`
        warnings.simplefilter("ignore")
        after = mutate_code(before, OPERATORS[mutation["operator"]], mutation["occurrence"])
        compile(after, "cell", "exec")
        return before, after if ast.dump(ast.parse(before)) != ast.dump(ast.parse(after)) else None
    return before, None


def draw(mutations, n, seed):
    "n of the mutations, uniformly over places."
    places, chance, sample = defaultdict(list), random.Random(seed), []
    for each in mutations:
        places[each["notebook"], each["cell"], each["place"]].append(each)
    for place in chance.sample(list(places), len(places)):
        at_place = chance.sample(places[place], len(places[place]))
        if len(sample) < n and (found := next((each for each in at_place if mutated(each)[1]), None)):
            sample.append(found)
    return sample


def run(notebook, own_python, cpu_limit):
    """Run a notebook of the copy in the working directory: how it ended, seconds of processor time, what it printed
    last."""
    copy, config, folder = Path.cwd(), configparser.ConfigParser(), Path(tempfile.mkdtemp(dir=".."))
    config.read("settings.ini")
    flags, log, rounds = config["DEFAULT"]["tst_flags"], folder.resolve() / "log", 20 * (5 * int(cpu_limit) + 60)
    pid = os.fork()
    if not pid:
        passed = False
        try:
            os.setsid()
            for stream, file in enumerate((os.devnull, log, log)):
                os.dup2(os.open(file, os.O_RDONLY if not stream else os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            tempfile.tempdir = None
            os.environ.update(
                PYTHONPATH=f"{copy}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
                TMPDIR=str(log.parent),
                HOME=str(log.parent),
            )
            resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_limit) + 1,) * 2)
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY,) * 2)
            if own_python:
                os.execv(sys.executable, [sys.executable, "-c", ALONE, str(copy / notebook), flags])
            passed = test_nb(copy / notebook, flags.split(), basepath=copy)[0]
            sys.stderr.flush()
        finally:
            os._exit(0 if passed else 1)
    while not (ended := os.wait4(pid, os.WNOHANG))[0] and (rounds := rounds - 1):
        time.sleep(0.05)  # counted, not by the clock: a run that was stopped for a while can go on
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # it or what it has left running
    _, status, usage = ended if ended[0] else os.wait4(pid, 0)
    said = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace")).strip()[-300:]
    shutil.rmtree(folder, ignore_errors=True)
    outcome = (
        "survived"
        if status == 0
        else "timeout"
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in LIMITS
        else "killed"
    )
    return outcome, round(usage.ru_utime + usage.ru_stime, 1), said


def go_to_copy(folder):
    "Give this worker a copy of the project, with its modules compiled, as working directory."
    copy = Path(folder, str(os.getpid()), "project")
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "_docs", "_proc", "__pycache__", "shared")
    )
    compileall.compile_dir(copy / "visrec", quiet=1)
    os.chdir(copy)


def base_run(notebook, limit):
    """Run a notebook as it is, in a fork if it passes so, otherwise in a Python of its own; no time if it takes too
    long."""
    for own_python in (False, True)[bool(OWN_PYTHON.search(code_of(notebook))) :]:
        outcome, seconds, said = run(notebook, own_python, limit)
        if outcome != "killed":
            return notebook, {"seconds": seconds if outcome == "survived" else None, "own_python": own_python}
    raise SystemExit(f"{notebook} fails without a mutation: {said}")


def judge(mutation, tests, base, budget):
    "Put the mutation in and run the tests in turn; the mutation with what became of it."
    before, after = mutated(mutation)
    path, module, start, passed, by = Path(mutation["notebook"]), Path(mutation["path"]), time.monotonic(), [], None
    nb = json.loads(path.read_text(encoding="utf-8"))
    next(c for c in nb["cells"] if c.get("id") == mutation["cell"])["source"] = after
    path.write_text(json.dumps(nb), encoding="utf-8")
    nb_export(path.absolute(), lib_path=Path("visrec").absolute())
    for test in tests:
        if passed and (budget := budget - base[test]["seconds"]) < 0:
            break
        outcome, _, said = run(test, base[test]["own_python"], 3 * base[test]["seconds"] + 20)
        if outcome != "survived":
            by = test
            break
        passed.append(test)
    for each in (path, module):
        shutil.copy2(ROOT / each, each)
    diff = [*difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)][3:]
    return {**mutation, "outcome": outcome, "by": by, "said": said if by else "", "passed": passed,
            "seconds": round(time.monotonic() - start, 1), "diff": "\n".join(diff)}  # fmt: skip


def write(out, state):
    "Store the state, and the survivors for people."
    texts = [f"{m['module']} line {m['line']}, {m['function']}: {m['operator']}; {len(m['passed'])} notebooks "
             f"pass\n{m['diff']}\n"
             for m in state["mutants"] if m["outcome"] == "survived"]  # fmt: skip
    for path, text in (
        (out, json.dumps(state, indent=1)),
        (out.with_name(out.stem + "-survivors.txt"), "\n".join(texts)),
    ):
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)


def table(mutants):
    "Killed, timed out and survived, by module and in all."
    counts = defaultdict(Counter)
    for mutant in mutants:
        for name in (mutant["module"], "~ in all"):
            counts[name][mutant["outcome"]] += 1
    rows = [
        f"{name:16}{c['killed']:8}{c['timeout']:9}{c['survived']:10}{1 - c['survived'] / c.total():10.1%}"
        for name, c in sorted(counts.items())
    ]
    return "\n".join(["module            killed  timeout  survived      rate", *rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file for the results")
    parser.add_argument("--only", help="this module alone, for example hybrid")
    parser.add_argument("--repeat", type=Path, help="the JSON file of an earlier run, whose mutants are tried again")
    parser.add_argument("--budget", type=float, default=30, help="seconds for other notebooks than the mutant's own")
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    state = json.loads(args.out.read_text()) if args.out.exists() else {"base": {}, "mutants": []}
    mutations = [
        m
        for path in sorted(ROOT.glob("visrec/**/*.py"))
        for m in mutations_of(path)
        if args.only in (None, m["module"])
    ]
    if args.repeat:
        known = {identity(m): m for m in mutations}
        sample = [known[identity(m)] for m in json.loads(args.repeat.read_text())["mutants"] if identity(m) in known]
    else:
        sample = draw(mutations, args.n, args.seed)
    done = {identity(m) for m in state["mutants"]}
    sample = [m for m in sample if identity(m) not in done]
    users = defaultdict(list)
    for path in sorted({*ROOT.glob("nbs/**/*.ipynb")} - {*ROOT.glob("nbs/tutorials/*")} - {ROOT / "nbs/index.ipynb"}):
        for name in set(re.findall(r"^\s*from visrec\.([\w.]+) import", code_of(path), re.M)):
            users[name].append(str(path.relative_to(ROOT)))
    for name in PRELOAD.split():
        import_module(name)
    os.environ["MPLCONFIGDIR"] = sys.modules["matplotlib"].get_configdir()
    base, context = state["base"], get_context("fork")
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        ProcessPoolExecutor(args.workers, context, go_to_copy, (folder,)) as pool,
    ):
        own = {m["notebook"] for m in sample if not base.get(m["notebook"], {}).get("seconds")}
        other = {n for m in sample for n in users[m["module"]] if not OWN_PYTHON.search(code_of(n))} - own - base.keys()
        for job in as_completed(
            [pool.submit(base_run, n, 3600 if n in own else args.budget) for n in sorted(own | other)]
        ):
            notebook, base[notebook] = job.result()
            print(notebook, base[notebook], flush=True)
            write(args.out, state)
        jobs = []
        for m in sample:
            others = [n for n in users[m["module"]] if n in base and not base[n]["own_python"] and n != m["notebook"]]
            others = sorted((n for n in others if base[n]["seconds"]), key=lambda n: base[n]["seconds"])
            tests = [m["notebook"], *others]
            jobs.append(pool.submit(judge, m, tests, {n: base[n] for n in tests}, args.budget))
        for job in as_completed(jobs):
            mutant = job.result()
            state["mutants"].append(mutant)
            print(*(mutant[key] for key in ("outcome", "module", "line", "operator", "by", "seconds")), flush=True)
            write(args.out, state)
    print(table(state["mutants"]))


if __name__ == "__main__":
    main()
