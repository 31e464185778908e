# SPDX-License-Identifier: Apache-2.0
"""What all pages of the site share: the head, the way back, the styles."""

import os
import shutil
from html import escape
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STYLES = [REPOSITORY / "Sources/Report/HTML/page.css", Path(__file__).parent / "site.css"]


class Site:
    """A folder of pages, which link each other by relative paths, so that they open as files too."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for style in STYLES:
            shutil.copyfile(style, folder / style.name)

    @property
    def has_reference(self) -> bool:
        """Whether DocC's reference is there; its application answers below the folder `api` only."""
        return (self.folder / "api/documentation/wavestylekit/index.html").is_file()

    def link(self, page: str, target: str) -> str:
        """The relative link from a page to a file of the site, which may end with an anchor."""
        return os.path.relpath(target, os.path.dirname(page) or ".")

    def navigation(self, page: str) -> str:
        """The way to the front page's sections."""
        sections = ["Sounds", "Documents"] + (["API"] if self.has_reference else [])
        links = [("wavestyle", "index.html")] + [(name, f"index.html#{name.lower()}") for name in sections]
        items = "".join(f'<li><a href="{self.link(page, target)}">{name}</a></li>' for name, target in links)
        return f'<nav aria-label="Gallery"><ul>{items}</ul></nav>'

    def write(self, page: str, title: str, body: str) -> None:
        """Writes a page, `documents/README.html` say."""
        styles = "\n".join(f'<link rel="stylesheet" href="{self.link(page, style.name)}">' for style in STYLES)
        path = self.folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
{styles}
</head>
<body>
{self.navigation(page)}
{body}
</body>
</html>
""")
