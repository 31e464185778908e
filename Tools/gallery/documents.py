# SPDX-License-Identifier: Apache-2.0
"""The repository's Markdown as pages, in the same folders, with working links and anchors."""

import posixpath
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree

from .site import REPOSITORY, Site

FOLDER = "documents"


@dataclass
class Document:
    path: str  # in the repository
    title: str
    summary: str  # its first paragraph

    @property
    def page(self) -> str:
        return page_of(self.path)


def page_of(path: str) -> str:
    """Where a file of the repository is in the site: Markdown and folders are pages, other files what they are."""
    if (REPOSITORY / path).is_dir():
        return f"{FOLDER}/{path}.html"
    return f"{FOLDER}/{re.sub('[.]md$', '.html', path)}"


def write_documents(site: Site) -> list[Document]:
    """Writes the README and all that it leads to in the repository; returns it and the documents that it links to itself."""
    waiting, written = ["README.md"], {}
    first = None
    while waiting:
        path = waiting.pop(0)
        if path in written:
            continue
        source = REPOSITORY / path
        if not source.exists():
            sys.exit(f"a document links to {path}, which does not exist")
        if source.is_dir() or source.suffix == ".md":
            article = rendered(listing(path) if source.is_dir() else source.read_text())
            links = relink(article, path)
            first = first or [path] + links
            waiting += links
            written[path] = document = Document(path, text_of(article.find("h1")), text_of(article.find("p")))
            site.write(document.page, document.title, ElementTree.tostring(article, encoding="unicode", method="html"))
        else:
            written[path] = None
            copy = site.folder / page_of(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    return [document for document in (written[path] for path in dict.fromkeys(first)) if document]


def rendered(markdown: str) -> ElementTree.Element:
    """As GitHub renders it, with its anchors; tables scroll in their own box, as on the program's pages."""
    html = subprocess.run(
        ["cmark-gfm", "--unsafe", "--extension", "table"], input=markdown, text=True, capture_output=True, check=True).stdout
    article = ElementTree.fromstring(f'<article class="document">{html}</article>')
    anchors, heading = set(), ""
    for parent in list(article.iter()):
        for index, child in enumerate(list(parent)):
            if re.fullmatch("h[1-6]", child.tag):
                heading = text_of(child)
                child.set("id", anchor(heading, anchors))
            elif child.tag == "pre":
                child.set("tabindex", "0")
            elif child.tag == "code" and parent.tag != "pre" and len(text_of(child)) <= 24:
                child.set("class", "short")  # An option is not broken after its hyphens.
            elif child.tag in ("td", "th") and child.attrib.pop("align", None) == "right":
                child.set("class", "number")
            elif child.tag == "table":
                box = ElementTree.Element("div", {"class": "table", "role": "region", "aria-label": heading, "tabindex": "0"})
                box.append(child)
                box.tail, child.tail = child.tail, None
                parent[index] = box
    return article


def anchor(heading: str, taken: set[str]) -> str:
    """GitHub's: lower case, hyphens for spaces, no punctuation, and a number where there are several."""
    name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    candidates = [name] + [f"{name}-{count}" for count in range(1, len(taken) + 1)]
    free = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(free)
    return free


def relink(article: ElementTree.Element, path: str) -> list[str]:
    """Turns links within the repository into links within the site; returns what they lead to."""
    targets = []
    for element in article.iter():
        for attribute in {"a": ["href"], "img": ["src"]}.get(element.tag, []):
            file, mark, fragment = element.get(attribute, "").partition("#")
            if not file or re.match("[a-z]+:", file):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
            if target.startswith(".."):
                raise ValueError(f"{path} links to {file}, outside the repository")
            targets.append(target)
            element.set(attribute, posixpath.relpath(page_of(target), posixpath.dirname(page_of(path))) + mark + fragment)
    return targets


def listing(path: str) -> str:
    """A folder as a document: its files, one after the other."""
    files = sorted(file for file in (REPOSITORY / path).rglob("*") if file.is_file())
    parts = [f"## {file.relative_to(REPOSITORY / path)}\n\n````\n{file.read_text()}````\n" for file in files]
    return "\n".join([f"# {path}\n", f"The {len(files)} files of this folder.\n"] + parts)


def text_of(element: ElementTree.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def index(documents: list[Document]) -> str:
    """The documents with what they say of themselves."""
    return "<dl>" + "\n".join(
        f'<div><dt><a href="{document.page}">{escape(document.title)}</a></dt><dd>{escape(document.summary)}</dd></div>'
        for document in documents) + "</dl>"
