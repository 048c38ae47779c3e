"""Build the documentation site: notebooks -> Markdown -> _docs/, offline, with the packages of the extra `docs`.

    python .ci/docs.py                # write _docs/ and check it; exit 1 for a warning, a broken link or a foreign host
    python -m http.server -d _docs    # look at it

A chapter is a notebook with its stored outputs; nothing is run. What a cell exports is shown as `nbdev`'s `show_doc`
would: signature, docstring, the comments on its parameters, and the source, folded. Cells marked `#| hide` are left
out, and so is stderr. Titles and order of chapters are in .ci/site/chapters.ini, the looks in .ci/site/mkdocs.yml and
site.css, the home page in home.md, the page of a broken link in theme/404.html. Chapters and changelog are pages, too.
"""

import ast
import base64
import html
import importlib.util
import inspect
import json
import logging
import os
import posixpath
import re
import shutil
import struct
import subprocess
import sys
import time
import warnings
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path

from readme import ANSI, LINK, directives, fence, text_of

ROOT = Path(__file__).resolve().parent.parent
NBS, SITE, PAGES, DOCS = ROOT / "nbs", ROOT / ".ci/site", ROOT / "_proc/site", ROOT / "_docs"
NUMBER = re.compile(r"^\d+[a-z]*_")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
LINKS = re.compile(LINK.pattern + r"""(\#[^)\s"']*)?""")
FORMULA = re.compile(
    r"(?<!\\)\$\$(.+?)\$\$"  # on a line of its own
    r"|(?<![\\$])\$(?=[^\s$])((?:(?!\n\s*\n)[^$]|\\\$)*?[^\s\\])\$(?!\d)",  # in a line, as Jupyter takes it
    re.DOTALL,
)
EXPORTS = {"export", "exports"}
MENTIONED = re.compile(r"(?<![\w./-])nbs/[\w/]+\.ipynb")
DRAWING = re.compile(r"(plot|show|draw)_|show$|wall$")


def ini(path):
    parser = ConfigParser(delimiters=["="], interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return parser


def settings():
    parser = ConfigParser(delimiters=["="])
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return dict(parser["DEFAULT"])


CFG = settings()
BLOB = f"{CFG['git_url']}/blob/{CFG['branch']}/"


@dataclass
class Figure:
    file: str  # Path inside the site
    title: str
    about: str
    size: tuple  # Width and height in pixels
    number: int  # In its chapter, from 1


@dataclass
class Chapter:
    notebook: Path
    page: str  # Path of the Markdown file inside the site
    cells: list
    title: str = ""
    about: str = ""
    module: str = ""  # `visrec.data.catalog`; empty for a notebook that exports nothing
    names: dict = field(default_factory=dict)  # Exported functions and classes with the first line of what they do
    figures: list = field(default_factory=list)

    @property
    def folder(self):
        return posixpath.dirname(self.page)

    def link(self, target):
        "From this page to another file of the site."
        return posixpath.relpath(target, self.folder or ".")


class Site:
    def __init__(self):
        self.problems = []
        self.order = ini(SITE / "chapters.ini")
        self.chapters = [self.read(path) for path in sorted(NBS.glob("*.ipynb")) + sorted(NBS.glob("*/*.ipynb"))
                         if not path.parent.name.startswith((".", "_")) and path.parent.name != "tests"]  # fmt: skip
        self.by_notebook = {chapter.notebook: chapter for chapter in self.chapters}
        self.places = {}  # What stands in backticks -> the pages and anchors where it is explained
        for chapter in self.chapters:
            for name in chapter.names:
                for each in (name, f"{chapter.module}.{name}", f"{chapter.module.partition('.')[2]}.{name}"):
                    self.places.setdefault(each, []).append((chapter, name))

    def read(self, path):
        "A notebook, its title cell taken off."
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        folder = path.relative_to(NBS).parent
        chapter = Chapter(path, (folder / (NUMBER.sub("", path.stem) + ".md")).as_posix(), cells)
        for k, cell in enumerate(cells):
            source = text_of(cell["source"])
            if cell["cell_type"] == "markdown" and source.startswith("# "):
                first, *rest = source.split("\n")
                chapter.title = first[2:].strip()
                chapter.about = " ".join(line[1:].strip() for line in rest if line.startswith(">"))
                rest = "\n".join(line for line in rest if not line.startswith(">")).strip()
                cells[k] = {"cell_type": "markdown", "source": rest}
                break
        key = path.relative_to(NBS).with_suffix("").as_posix()
        chapter.title = self.order["titles"].get(key, chapter.title or path.stem)
        for cell in cells:
            if cell["cell_type"] == "code":
                marks, code = directives(text_of(cell["source"]))
                if "default_exp" in marks:
                    words = re.search(r"default_exp\s+(\S+)", text_of(cell["source"]))
                    chapter.module = f"{CFG['lib_name']}.{words[1]}"
                elif marks.keys() & EXPORTS:
                    module = importlib.import_module(chapter.module)
                    chapter.names |= {name: summary(getattr(module, name)) for name in defined(code)}
        return chapter

    def check_sources(self):
        """Find what the site does not show: links of tests' notebooks and of the repository's Markdown files, notebooks
        that anything names as nbs/..., and titles of chapters that are not there."""
        texts = [(path, path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("*.md"))]
        texts = [(path, text, text) for path, text in texts]  # file, prose, and all that is in it
        files = [path for path in sorted((ROOT / ".ci").rglob("*")) if path.suffix != ".pyc" and path.is_file()]
        texts += [(path, "", path.read_text(encoding="utf-8")) for path in files]
        for path in sorted(NBS.rglob("*.ipynb")):
            if not any(part.startswith((".", "_")) for part in path.relative_to(ROOT).parts):
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
                tests = [cell for cell in cells if cell["cell_type"] == "markdown" and path.parent.name == "tests"]
                texts.append((path, *("\n".join(text_of(cell["source"]) for cell in each) for each in (tests, cells))))
        for path, prose, text in texts:
            found = {link: path.parent / link for _, link in LINK.findall(prose)}
            found |= {name: ROOT / name for name in MENTIONED.findall(text.replace(BLOB, ""))}
            dead = [name for name, file in found.items() if not file.exists()]
            self.problems += [f"{path.relative_to(ROOT)}: {name} leads nowhere." for name in dead]
        chapters = {each.notebook.relative_to(NBS).with_suffix("").as_posix() for each in self.chapters}
        for key in self.order["titles"].keys() - chapters:
            self.problems.append(f".ci/site/chapters.ini: there is no chapter {key}.")

    # Markdown

    def problem(self, chapter, text):
        self.problems.append(f"{chapter.notebook.relative_to(ROOT)}: {text}")

    def target(self, chapter, link):
        "Where a link of a notebook leads on the site; to the repository for what the site does not have."
        path, _, anchor = link.partition("#")
        full = Path(posixpath.normpath((chapter.notebook.parent / path).as_posix()))
        other = self.by_notebook.get(full)
        if other is not None:
            return chapter.link(other.page) + (f"#{anchor.lower()}" if anchor else "")
        if not full.exists() or not full.is_relative_to(ROOT):
            self.problem(chapter, f"the link {link} leads nowhere.")
            return link
        where = BLOB if full.is_file() else BLOB.replace("/blob/", "/tree/")
        return where + full.relative_to(ROOT).as_posix() + (f"#{anchor}" if anchor else "")

    def name_link(self, chapter, code):
        "The place where the exported name in backticks is explained, if there is exactly one or it is on this page."
        places = self.places.get(code.removesuffix("()"), [])
        here = [each for each in places if each[0] is chapter]
        if not (here or len(places) == 1):
            return None
        other, name = (here or places)[0]
        return ("" if other is chapter else chapter.link(other.page)) + f"#{name.lower()}"

    def prose(self, chapter, text):
        "A Markdown cell: links and formulas replaced, exported names in backticks linked, code left alone."
        parts, lines, inside = [], [], False
        for line in text.split("\n"):
            if line.lstrip().startswith("```"):
                if not inside:
                    parts.append(self.spans(chapter, "\n".join(lines)))
                    lines = []
                lines.append(line)
                if inside:
                    parts.append("\n".join(lines))
                    lines = []
                inside = not inside
            else:
                lines.append(line)
        parts.append("\n".join(lines) if inside else self.spans(chapter, "\n".join(lines)))
        return "\n".join(parts).strip("\n")

    def spans(self, chapter, text):
        kept = []

        def keep(markup):
            kept.append(markup)
            return f"\x02{len(kept) - 1}\x03"

        def code(match):
            start = text.rfind("\n", 0, match.start()) + 1
            around = text[start : match.start()]
            linked = around.rfind("[") > around.rfind("]") or around.lstrip().startswith("#")
            place = None if linked or len(match[1]) > 1 else self.name_link(chapter, match[2])
            in_table = around.lstrip().startswith("|")  # where GitHub wants a pipe escaped
            shown = match[0].replace(r"\|", "|") if in_table else match[0]
            return keep(f"[{shown}]({place})" if place else shown)

        res = CODE_SPAN.sub(code, text)
        res = FORMULA.sub(lambda match: keep(formula(match)), res)
        res = LINKS.sub(lambda match: match[1] + self.target(chapter, match[2] + (match[3] or "")), res)
        # Jupyter begins a list without a blank line before it, Python-Markdown does not.
        res = re.sub(r"(?m)^(?!\s*(?:[-*+]|\d+\.) )(\S.*)\n(?=(?:[-*+]|\d+\.) )", r"\1\n\n", res)
        for k in reversed(range(len(kept))):
            res = res.replace(f"\x02{k}\x03", kept[k])
        return res

    # Cells

    def body(self, chapter):
        parts, heading = [], ""
        for cell in chapter.cells:
            source = text_of(cell["source"])
            if cell["cell_type"] == "markdown":
                heading = ([heading] + re.findall(r"(?m)^#+ +(.+?)\s*$", source))[-1]
                parts.append(self.prose(chapter, source))
            elif cell["cell_type"] == "code":
                marks, code = directives(source)
                if marks.keys() & {"default_exp", "exporti"}:
                    continue
                if marks.keys() & EXPORTS:
                    parts += self.exported(chapter, code)
                    continue
                if "hide" in marks or marks.get("include") == "false":
                    continue
                if code and marks.get("echo") != "false":
                    parts.append(fence(code, "python"))
                if marks.get("output") != "false":
                    parts += [self.output(chapter, out, code, heading, marks) for out in cell["outputs"]]
        return [part for part in parts if part.strip()]

    def output(self, chapter, out, code, heading, marks):
        if out["output_type"] == "stream":
            return pre(text_of(out["text"])) if out["name"] == "stdout" else ""
        if out["output_type"] == "error":
            return pre("\n".join(out["traceback"]))
        data = out["data"]
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                return self.figure(chapter, base64.b64decode(text_of(data[kind])), kind, code, heading, marks)
        if "text/html" in data:
            return table(text_of(data["text/html"]))
        if "text/markdown" in data:
            return self.prose(chapter, text_of(data["text/markdown"]))
        return pre(text_of(data["text/plain"])) if "text/plain" in data else ""

    def figure(self, chapter, image, kind, code, heading, marks):
        number = len(chapter.figures) + 1
        file = f"figures/{chapter.page.removesuffix('.md').replace('/', '-')}-{number}.{kind.split('/')[1]}"
        (PAGES / "figures").mkdir(exist_ok=True)
        (PAGES / file).write_bytes(image)
        title, about = drawn(chapter.module, code)
        heading = re.sub(r"^\d+\.\s+", "", heading.replace("`", ""))
        size = struct.unpack(">II", image[16:24]) if kind == "image/png" else None
        caption = marks.get("fig-cap") or title or heading or chapter.title
        about = marks.get("fig-alt") or about
        chapter.figures.append(Figure(file, caption, about, size, number))
        shown = img(chapter.figures[-1], chapter.link(file))
        return f'<figure class="output" id="figure-{number}">\n{shown}\n</figure>'

    # Reference

    def exported(self, chapter, code):
        names = defined(code)
        if not names:
            rest = [node for node in ast.parse(code).body if not isinstance(node, (ast.Import, ast.ImportFrom))]
            return [fence("\n".join(ast.get_source_segment(code, node) for node in rest), "python")] if rest else []
        module = importlib.import_module(chapter.module)
        parts = []
        for name in names:
            thing = getattr(module, name)
            parts += self.entry(chapter, thing, name, 3)
            if inspect.isclass(thing) and (found := methods(thing)):
                listed = ", ".join(found)
                parts.append(f"/// details | Methods: {listed}\n    type: methods\n")
                for each, method in found.items():
                    parts += self.entry(chapter, method, f"{name}.{each}", 4)
                parts.append("///")
        return parts + [f"/// details | Source\n    type: source\n\n{fence(code, 'python')}\n\n///"]

    def entry(self, chapter, thing, name, level):
        title = name.replace("_", r"\_")
        parts = [f"{'#' * level} {title} {{ #{name.lower()} .api }}"]
        if isinstance(thing, property):
            result = getattr(thing.fget, "__annotations__", {}).get("return", "")
            parts.append(fence(f"{name.split('.')[-1]}{': ' + str(result) if result else ''}", "python"))
            thing = thing.fget
            rows = []
        else:
            shown, rows = signature(thing, name.split(".")[-1])
            parts.append(fence(shown, "python"))
        text = inspect.cleandoc(thing.__doc__ or "") if own_doc(thing) else ""
        if text:
            parts.append(self.prose(chapter, re.sub(r"(?<!`)<(?!`)", "&lt;", text)))
        if any(any(row[1:]) for row in rows if row[0] != "Returns" or row[3]):
            parts.append(self.parameters(chapter, rows))
        return parts

    def parameters(self, chapter, rows):
        head = ["", "Type", "Default", "Details"]
        used = [0] + [k for k in (1, 2, 3) if any(row[k] for row in rows)]
        lines = ["<tr>" + "".join(f"<th>{head[k]}</th>" for k in used) + "</tr>"]
        for row in rows:
            cells = [f"<td>{inline(self, chapter, row[k]) if k == 3 else code_html(row[k])}</td>" for k in used]
            lines.append("<tr>" + "".join(cells) + "</tr>")
        return '<div class="parameters">\n<table>\n' + "\n".join(lines) + "\n</table>\n</div>"

    # Pages

    def write(self):
        shutil.rmtree(PAGES, ignore_errors=True)
        PAGES.mkdir(parents=True)
        for chapter in self.chapters:
            body = self.body(chapter)
            lead = [self.prose(chapter, chapter.about)] if chapter.about else []
            lead = [f'<p class="lead" markdown="span">{lead[0]}</p>'] if lead else []
            where = chapter.notebook.relative_to(ROOT).as_posix()
            links = [f"[`{chapter.module}`]({BLOB}{chapter.module.replace('.', '/')}.py)"] if chapter.module else []
            links += [f"[{where}]({BLOB}{where})"]
            source = f'<p class="origin" markdown="span">{" · ".join(links)}</p>'
            about = json.dumps(chapter.about or CFG["description"], ensure_ascii=False)
            if chapter.page == "index.md":
                continue
            text = "\n\n".join([f"---\ntitle: {json.dumps(chapter.title)}\ndescription: {about}\n---",
                                f"# {chapter.title}", *lead, source, *body])  # fmt: skip
            path = PAGES / chapter.page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        (PAGES / "api.md").write_text(self.reference(), encoding="utf-8")
        (PAGES / "gallery.md").write_text(self.gallery(), encoding="utf-8")
        (PAGES / "chapters.md").write_text(self.contents(), encoding="utf-8")
        (PAGES / "index.md").write_text(self.home(), encoding="utf-8")
        (PAGES / "changelog.md").write_text(self.changelog(), encoding="utf-8")
        shutil.copy(NBS / "readme/page.png", PAGES / "figures/page.png")
        for name in ("site.css", "site.js", "favicon.svg"):
            shutil.copy(SITE / name, PAGES / name)

    def groups(self):
        "Chapters by folder of notebooks, tutorials first, the parts in order, the internals last."
        titles = self.order["groups"]
        res = {title: [] for title in titles.values()}
        for chapter in self.chapters:
            if chapter.page != "index.md":
                res[titles[chapter.folder]].append(chapter)
        return {title: chapters for title, chapters in res.items() if chapters}

    def reference(self):
        parts = ["---\ntitle: API\ndescription: Every exported function and class\nhide: [navigation]\n---", "# API",
                 '<p class="lead">Every exported function and class, in the order of the chapters that explain them; '
                 "below, <a href=\"#all-names\">all names from A to Z</a>.</p>"]  # fmt: skip
        home = Chapter(NBS / "api.ipynb", "api.md", [])
        every = []
        for title, chapters in self.groups().items():
            if not any(chapter.names for chapter in chapters):
                continue
            parts.append(f"## {title}")
            for chapter in chapters:
                if not chapter.names:
                    continue
                parts.append(f"### {chapter.module} {{ #{chapter.module} .api }}")
                parts.append(f"[{chapter.title}]({chapter.page}): {self.prose(home, chapter.about)}")
                rows = []
                for name, about in chapter.names.items():
                    place = f"{chapter.page.removesuffix('.md')}.html#{name.lower()}"
                    rows.append(f'<tr><td><a href="{place}"><code>{name}</code></a></td>'
                                f"<td>{inline(self, home, about)}</td></tr>")  # fmt: skip
                    every.append((name.lower(), name, place, chapter.module))
                parts.append('<div class="names">\n<table>\n' + "\n".join(rows) + "\n</table>\n</div>")
        items = [f'<li><a href="{place}" title="{module}"><code>{name}</code></a></li>'
                 for _, name, place, module in sorted(every)]  # fmt: skip
        parts += ["## All names", '<ul class="all-names">\n' + "\n".join(items) + "\n</ul>"]
        return "\n\n".join(parts) + "\n"

    def gallery(self):
        parts = ["---\ntitle: Gallery\ndescription: Every figure of the chapters\nhide: [navigation]\n---", "# Gallery",
                 '<p class="lead">Every figure that a chapter holds; a click leads to where it is '
                 'made.</p>']  # fmt: skip
        home = Chapter(NBS / "gallery.ipynb", "gallery.md", [])
        groups = {"Overview": [each for each in self.chapters if each.page == "index.md"]} | self.groups()
        for title, chapters in groups.items():
            figures = [(chapter, figure) for chapter in chapters for figure in chapter.figures]
            if not figures:
                continue
            cards = []
            for chapter, figure in figures:
                place = f"{chapter.page.removesuffix('.md')}.html"
                wide = ' class="wide"' if figure.size and figure.size[0] > 2.2 * figure.size[1] else ""
                cards.append(
                    f'<figure{wide}>\n<a class="picture" href="{place}#figure-{figure.number}">'
                    f"{img(figure, figure.file)}</a>\n<figcaption><strong>{html.escape(figure.title)}</strong>"
                    f"<span>{inline(self, home, figure.about)}</span>"
                    f'<a href="{place}">{html.escape(chapter.title)}</a></figcaption>\n</figure>'
                )
            parts += [f"## {title}", '<div class="gallery">\n' + "\n".join(cards) + "\n</div>"]
        return "\n\n".join(parts) + "\n"

    def contents(self):
        "All chapters in reading order, with what each is about."
        parts = ["---\ntitle: Chapters\ndescription: All chapters in the order in which they are read\n---", "# Chapters",
                 '<p class="lead">The notebooks are the book, the source and the tests of visrec. In this order a product '
                 "becomes a recommendation; what the parts stand on comes last.</p>"]  # fmt: skip
        home = Chapter(NBS / "chapters.ipynb", "chapters.md", [])
        for title, chapters in self.groups().items():
            if title not in self.order["doors"].values():
                lines = [f"- [{each.title}]({each.page}): {self.prose(home, each.about)}" for each in chapters]
                parts += [f"## {title}", "\n".join(lines)]
        return "\n\n".join(parts) + "\n"

    def home(self):
        "The first page, its words in .ci/site/home.md."
        text = (SITE / "home.md").read_text(encoding="utf-8").replace("{version}", CFG["version"])
        return text.replace("{names}", str(sum(len(each.names) for each in self.chapters)))

    def changelog(self):
        text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        home = Chapter(ROOT / "CHANGELOG.ipynb", "changelog.md", [])
        return "---\ntitle: Changelog\ndescription: What has changed for users\n---\n\n" + self.prose(home, text) + "\n"

    def navigation(self):
        "Doors first (tutorials, how-to), then the book, the reference, and studies."
        groups = {title: [{each.title: each.page} for each in chapters] for title, chapters in self.groups().items()}
        doors = self.order["doors"]
        book = [{title: pages} for title, pages in groups.items() if title not in doors.values()]
        return [
            {"Home": "index.md"}, {doors["tutorials"]: groups[doors["tutorials"]]},
            {doors["howto"]: [*groups[doors["howto"]], {"Changelog": "changelog.md"}]},
            {"Explanations": [{"All chapters": "chapters.md"}, *book]},
            {"Reference": [{"API": "api.md"}, {"Gallery": "gallery.md"}]}, {doors["studies"]: groups[doors["studies"]]},
        ]  # fmt: skip


def formula(match):
    "The TeX in hexadecimal digits, which no Markdown rule touches; `on_page_content` makes MathML of it."
    kind, tex = ("block", match[1]) if match[1] else ("inline", match[2])
    return f'<span class="tex-{kind}">{tex.strip().encode().hex()}</span>'


def on_page_content(content, **_):
    "MkDocs calls this for every page, as this file is one of its hooks."
    from latex2mathml.converter import convert

    def mathml(match):
        tex = bytes.fromhex(match[2]).decode()
        res = convert(tex, display=match[1])
        long = " long" if len(tex) > 30 and match[1] == "inline" else ""
        return f'<span class="math-{match[1]}{long}">{res}</span>'

    return re.sub(r'<span class="tex-(block|inline)">([0-9a-f]+)</span>', mathml, content)


def defined(code):
    "Public functions and classes that an exported cell defines."
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in ast.parse(code).body if isinstance(node, kinds) and node.name[0] != "_"]


def own_doc(thing):
    "Has it a docstring that somebody wrote? A dataclass without one gets its signature, a subclass none."
    text = thing.__doc__ or ""
    return bool(text) and not (inspect.isclass(thing) and text.startswith(thing.__name__ + "("))


def summary(thing):
    text = inspect.cleandoc(thing.__doc__ or "") if own_doc(thing) else ""
    return " ".join(text.split("\n\n")[0].split())


def methods(thing):
    "Public methods and properties that a class defines itself."
    res = {}
    for name, value in vars(thing).items():
        if name.startswith("_") and not (name == "__call__" and own_doc(value)):
            continue
        if isinstance(value, (classmethod, staticmethod)):
            value = value.__func__
        value = getattr(value, "func", value) if type(value).__name__ == "cached_property" else inspect.unwrap(value)
        if inspect.isfunction(value) or isinstance(value, property):
            res[name] = value
    return res


def signature(thing, name):
    "How it is called, and a row per parameter: name, type, default, comment."
    from fastcore.docments import docments

    if inspect.isclass(thing):  # made as its base in another library is made
        maker = next(base for base in thing.__mro__ if "__init__" in vars(base))
        if maker.__module__.split(".")[0] not in (CFG["lib_name"], "builtins"):
            return f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})", []
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return name + "(...)", []
    try:
        comments = docments(thing, full=True)
    except (OSError, TypeError, ValueError):
        comments = {}
    shown, rows = [], []
    before = None
    for each in found.parameters.values():
        if each.name in ("self", "cls"):
            continue
        if each.kind == each.KEYWORD_ONLY and before not in (each.KEYWORD_ONLY, each.VAR_POSITIONAL):
            shown.append("*")
        before = each.kind
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        default = "" if each.default is each.empty else default_text(each.default)
        shown.append(f"{stars}{each.name}" + (f"={default}" if default else ""))
        comment = (comments.get(each.name) or {}).get("docment") or ""
        rows.append([stars + each.name, annotation(each.annotation), default, one_line(comment)])
    if inspect.isclass(thing):
        result, head = "", f"class {name}"
        if not any(any(row[1:]) for row in rows) and [row[0] for row in rows] in (["*args", "**kwargs"], []):
            return f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})", []
    else:
        result, head = annotation(found.return_annotation), name
        comment = one_line((comments.get("return") or {}).get("docment") or "")
        if comment or result not in ("", "None"):
            rows.append(["Returns", result, "", comment])
    arrow = f" -> {result}" if result else ""
    line = f"{head}({', '.join(shown)}){arrow}"
    if len(line) > 88:
        line = f"{head}(\n" + "".join(f"    {each},\n" for each in shown) + f"){arrow}"
    return line, rows


def annotation(value):
    if value is inspect.Parameter.empty:
        return ""
    return value if isinstance(value, str) else getattr(value, "__name__", str(value))


def default_text(value):
    if type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
        return "<factory>"
    if inspect.isclass(value) or inspect.isfunction(value):
        return value.__name__
    text = repr(value)
    return "..." if " at 0x" in text else text


def one_line(text):
    return " ".join(text.split())


def code_html(text):
    if text in ("", "Returns"):
        return text and f"<em>{text}</em>"
    return f"<code>{html.escape(text, quote=False)}</code>"


def inline(site, chapter, text):
    "One line of prose as HTML: only code in backticks is marked up, and linked where it is an exported name."
    parts = []
    for k, part in enumerate(re.split(r"`([^`]+)`", text)):
        res = html.escape(part, quote=False)
        if k % 2:
            place = site.name_link(chapter, part)
            res = f"<code>{res}</code>"
            res = f'<a href="{place.replace(".md#", ".html#")}">{res}</a>' if place else res
        parts.append(res)
    return "".join(parts)


def drawn(module, code):
    "Title and description of what a cell draws: a title among the arguments, and what the function says of itself."
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return "", ""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in reversed(calls):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if not DRAWING.match(name):
            continue
        given = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        title = given[0] if len(given) == 1 and " " in given[0] else ""
        owners = [
            each
            for each in FUNCTIONS.values()
            if inspect.isclass(each) and each.__module__ == module and name in vars(each)
        ]
        what = FUNCTIONS.get(name) or next((vars(each)[name] for each in owners), None)
        return title[:1].upper() + title[1:], summary(what) if what else ""
    return "", ""


FUNCTIONS = {}  # Exported functions by name, filled by `main`


def img(figure, src):
    size = f' width="{figure.size[0]}" height="{figure.size[1]}"' if figure.size else ""
    alt = figure.title + (f": {figure.about}" if figure.about else "")
    return f'<img src="{src}" alt="{html.escape(alt.replace("`", ""))}"{size} loading="lazy">'


def pre(text):
    "Text that was printed; of a line redrawn with carriage returns only what is left in the end."
    text = "\n".join(line.rstrip("\r").split("\r")[-1] for line in ANSI.sub("", text).split("\n")).strip("\n")
    if not text.strip():
        return ""
    return f'<div class="output">\n<pre><code>{html.escape(text, quote=False)}</code></pre>\n</div>'


def table(markup):
    "A data frame without pandas' own style, so that the site's holds; other HTML as it is."
    markup = re.sub(r"<style scoped>.*?</style>", "", markup, flags=re.DOTALL)
    markup = re.sub(r'<table border="1" class="dataframe">', "<table>", markup)
    markup = re.sub(r' style="text-align: right;"', "", markup)
    markup = re.sub(r"<td>([^<]{25,})</td>", r'<td class="text">\1</td>', markup)
    lines = [line for line in markup.split("\n") if line.strip()]
    return '<div class="output">\n' + "\n".join(lines) + "\n</div>"


def build(site):
    "The pages to HTML; with `strict` MkDocs ends with an error if there was a warning."
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    log = logging.getLogger("mkdocs")
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.WARNING)
    home = f'<a href="{CFG["git_url"]}">{CFG["git_url"]}</a>'
    config = load_config(
        str(SITE / "mkdocs.yml"),
        strict=True,
        docs_dir=str(PAGES),
        site_dir=str(DOCS),
        nav=site.navigation(),
        hooks=[str(Path(__file__).resolve())],
        site_name=CFG["title"],
        site_url=f"{CFG['doc_host']}{CFG['doc_baseurl']}/",
        site_description=CFG["description"],
        site_author=CFG["author"],
        copyright=f"{CFG['lib_name']} {CFG['version']} · {CFG['copyright']} · {home}",
    )
    build(config)


def on_post_page(output, **_):
    "MkDocs' hook: the search gets a name, and a header cell without words is none, for those who listen to a page."
    dialog = 'data-md-component="search" role="dialog"'
    named = output.replace(dialog, f'{dialog} aria-label="Search"')
    return re.sub(r"<th[^>]*></th>", "<td></td>", named)


def on_post_template(output_content, template_name, **_):
    "The same for the page of a broken link."
    return on_post_page(output_content) if template_name.endswith(".html") else output_content


def public_names():
    "Pages and anchors of all that `__all__` names, as in visrec/_modidx.py: none of it may be missing."
    index = importlib.import_module(f"{CFG['lib_name']}._modidx").d["syms"]
    places = []
    for module, names in index.items():
        public = set(importlib.import_module(module).__all__)
        places += [where.split("#") for name, (where, _) in names.items()
                   if name.removeprefix(f"{module}.").partition(".")[0] in public]  # fmt: skip
    return {(page, anchor) for page, anchor in places if not any(part[:1] == "_" for part in anchor.split("."))}


def main():
    from check_site import check

    missing = [name for name in ("mkdocs", "material", "latex2mathml") if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"The docs need {' and '.join(missing)}: run `pip install -e '.[docs]'`.")
    start = time.time()
    warnings.simplefilter("ignore", FutureWarning)  # torch's, when it is imported
    when = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    os.environ.setdefault("SOURCE_DATE_EPOCH", when or "0")  # the date in the sitemap
    sys.path.insert(0, str(ROOT))
    site = Site()
    for chapter in site.chapters:
        module = importlib.import_module(chapter.module) if chapter.module else None
        FUNCTIONS.update({name: getattr(module, name) for name in chapter.names})
    site.check_sources()
    site.write()
    if site.problems:
        raise SystemExit("\n".join(site.problems))
    build(site)
    names = [(each.page.replace(".md", ".html"), name.lower()) for each in site.chapters for name in each.names]
    pages, links, problems = check(DOCS, CFG["doc_baseurl"], sorted(public_names().union(names)))
    if problems:
        raise SystemExit("\n".join(problems))
    figures = sum(len(chapter.figures) for chapter in site.chapters)
    seconds = time.time() - start
    print(f"_docs/: {pages} pages, {len(names)} names, {figures} figures, {links} links checked, {seconds:.0f} s")


if __name__ == "__main__":
    main()
