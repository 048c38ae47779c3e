"""Make README.md from nbs/index.ipynb with the standard library only.

    python .ci/readme.py            # write README.md and its pictures, nbs/readme/*.png
    python .ci/readme.py --check    # exit 1, with the difference, if they are not what would be written

Markdown cells are kept as they are, links made relative to the repository's root; code cells become fenced
blocks followed by their stored outputs as text, and by the figure where the cell says with `#| fig-alt: ...`
what is to be seen in it. Pictures in nbs/readme/ that a Markdown cell shows (.ci/screenshot.py makes one) stay. Cells marked `#| hide` and lines with directives are left out.
"""

import argparse
import base64
import difflib
import json
import posixpath
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK, README, PICTURES = "nbs/index.ipynb", "README.md", "nbs/readme"
HEADER = f"<!-- made from {NOTEBOOK} by .ci/readme.py: edit the notebook -->\n"
DIRECTIVE = re.compile(r"\s*#\s*\|\s*(.*?)\s*$")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LINK = re.compile(r"""(\]\(|(?:src|href)=["'])(?![a-zA-Z][\w+.-]*:|[#/])([^)\s"'#]+)""")


def text_of(value):
    return value if isinstance(value, str) else "".join(value)


def fence(text, language=""):
    text = text.strip("\n")
    longest = max((len(m) for m in re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def relink(text):
    "Links in the notebook start in nbs/, those of the README in the root; code blocks are left alone."

    def move(match):
        return match[1] + posixpath.normpath(posixpath.join(posixpath.dirname(NOTEBOOK), match[2]))

    lines, inside = [], False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            inside = not inside
        lines.append(line if inside else LINK.sub(move, line))
    return "\n".join(lines)


def directives(source):
    "The directives a code cell begins with, and the code without them."
    found, lines = {}, source.split("\n")
    while lines and (not lines[0].strip() or DIRECTIVE.match(lines[0])):
        if match := DIRECTIVE.match(lines.pop(0)):
            name, _, value = match[1].partition(":")
            if name.strip():
                found[name.split()[0]] = value.strip() if name.strip() == "fig-alt" else value.strip().lower()
    return found, "\n".join(lines).strip("\n")


def output_text(out):
    "A stored output as Markdown; an empty string for what has no text, such as a figure or a progress bar."
    if out["output_type"] == "stream":
        return fence(ANSI.sub("", text_of(out["text"]))) if out["name"] == "stdout" else ""
    data = out.get("data", {})
    if "text/markdown" in data:
        return relink(text_of(data["text/markdown"])).strip("\n")
    if "text/plain" not in data or any(kind.startswith("image/") for kind in data):
        return ""
    return fence(ANSI.sub("", text_of(data["text/plain"])))


def output_pictures(cell, alt, pictures):
    "Stored figures as Markdown; their content goes into `pictures`, by file name."
    parts = []
    for out in cell["outputs"] if alt else []:
        if content := out.get("data", {}).get("image/png"):
            name = f"{PICTURES}/{len(pictures) + 1}.png"
            pictures[name] = base64.b64decode(text_of(content))
            parts.append(f"![{alt}]({name})")
    return parts


def cell_parts(cell, pictures):
    source = text_of(cell["source"])
    if cell["cell_type"] == "markdown":
        return [relink(source).strip("\n")]
    if cell["cell_type"] != "code":
        return []
    marks, code = directives(source)
    if "hide" in marks or marks.get("include") == "false":
        return []
    parts = [fence(code, "python")] if code and marks.get("echo") != "false" else []
    shown = [output_text(out) for out in cell["outputs"]] + output_pictures(cell, marks.get("fig-alt"), pictures)
    return parts + ([] if marks.get("output") == "false" else shown)


def make():
    cells = json.loads((ROOT / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    pictures = {}
    parts = [part for cell in cells for part in cell_parts(cell, pictures) if part.strip()]
    for name in re.findall(rf"!\[[^\]]*\]\(({PICTURES}/[^)]+)\)", "\n".join(parts)):
        if name not in pictures and (ROOT / name).is_file():
            pictures[name] = (ROOT / name).read_bytes()
    return HEADER + "\n" + "\n\n".join(parts) + "\n", pictures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if README.md is out of date")
    args = parser.parse_args()
    (new, pictures), path = make(), ROOT / README
    there = {f"{PICTURES}/{each.name}": each.read_bytes() for each in (ROOT / PICTURES).glob("*")}
    if not args.check:
        path.write_text(new, encoding="utf-8", newline="\n")
        (ROOT / PICTURES).mkdir(exist_ok=True)
        for name, content in pictures.items():
            (ROOT / name).write_bytes(content)
        for name in there.keys() - pictures.keys():
            (ROOT / name).unlink()
        return
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if old == new and there == pictures:
        return
    if wrong := sorted(name for name in there.keys() | pictures.keys() if there.get(name) != pictures.get(name)):
        print(f"{wrong[0]} is not the picture in {NOTEBOOK}.")
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), README, f"from {NOTEBOOK}"))
    raise SystemExit(f"{README} is not what {NOTEBOOK} gives: run `python .ci/readme.py` and commit the result.")


if __name__ == "__main__":
    main()
