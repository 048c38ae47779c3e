"""Check a built site: every link inside it has a target, and nothing is loaded from elsewhere.

python .ci/check_site.py [_docs]
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
          "object": "data", "embed": "src", "input": "src"}  # fmt: skip
LEFT = re.compile(r"\$[^$\n]*\\[a-zA-Z]+[^$\n]*\$|\\[a-z]{3,}\{|\[[^\]]+\]\([^)]+\)|^#{2,} ")
FOREIGN = re.compile(r"""url\(\s*["']?(?:https?:)?//[^)]*|@import\s+(?:url\()?\s*["']?(?:https?:)?//[^;]*""")


class Page(HTMLParser):
    "Ids, links and loaded files of a page, and what is wrong with it taken alone."

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded, self.problems, self.inside = set(), [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if name := attrs.get("id"):
            if name in self.ids:
                self.problems.append(f"the id {name} is there twice")
            self.ids.add(name)
        if tag == "a" and attrs.get("href") is not None:
            self.links.append(attrs["href"])
        elif tag == "link" and attrs.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(attrs.get("href") or "")
        elif LOADED.get(tag) in attrs:
            self.loaded.append(attrs[LOADED[tag]] or "")
        if tag == "img" and "alt" not in attrs:  # alt="" says that it is decoration
            self.problems.append(f"the image {attrs.get('src', '')[:80]} has no alt text")
        if attrs.get("srcset"):
            self.loaded += [each.split()[0] for each in attrs["srcset"].split(",")]
        if tag in ("pre", "code", "script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside and (left := LEFT.search(data)):
            self.problems.append(f"this is still Markdown or TeX: {left[0]}")


def check(folder, base="", names=()):
    """Pages, links checked, and a sentence for every problem. `base` is the path under which the site will stand,
    `names` pairs of a page and an anchor that must exist."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    text = {name: (folder / name).read_text(encoding="utf-8") for name in files if name.endswith((".html", ".css"))}
    pages = {name: Page(text[name]) for name in sorted(text) if name.endswith(".html")}
    problems, links = [], 0
    for name, page in pages.items():
        problems += [f"{name}: {each}." for each in page.problems]
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    problems.append(f"{name} loads {link}.")
                continue
            links += 1
            path = unquote(parts.path)
            if path.startswith("/"):
                path = path.removeprefix(base).lstrip("/") if path.startswith(base + "/") else path
            else:
                path = normal(name, path)
            if path in ("", ".") or path.endswith("/"):
                path = (path if path != "." else "") + "index.html"
            if path not in files:
                problems.append(f"{name}: {link} leads nowhere.")
            elif parts.fragment and path in pages and unquote(parts.fragment) not in pages[path].ids:
                problems.append(f"{name}: {link} leads to no place on its page.")
    for name in sorted(text):
        if name.endswith(".css"):
            problems += [f"{name} loads {each}." for each in FOREIGN.findall(text[name])]
    for page, anchor in names:
        links += 1
        if page not in pages or anchor not in pages[page].ids:
            problems.append(f"{page} does not explain {anchor}.")
    return len(pages), links, problems


def normal(page, path):
    "The path of a link inside the site; what leads out of it keeps its dots and is not found."
    parts = page.split("/")[:-1] if path else page.split("/")
    for each in path.split("/") if path else []:
        if each == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif each != ".":
            parts.append(each)
    return "/".join(parts)


def main():
    pages, links, problems = check(Path(sys.argv[1] if len(sys.argv) > 1 else "_docs"), "/visrec")
    print("\n".join(problems + [f"{pages} pages, {links} links checked, {len(problems)} problems"]))
    raise SystemExit(bool(problems))


if __name__ == "__main__":
    main()
