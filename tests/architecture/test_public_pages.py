"""The stylesheet of the pages that customers open: small, only what Chrome 78 knows, and every class that the pages use.

`npm --prefix frontend run check` asks caniuse about the same file; this test needs no node.
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "src/static/public.css"
SOURCE = ROOT / "frontend/public.css"
TEMPLATES = {
    str(file).partition("/templates/")[2]: file.read_text("utf-8")
    for file in (ROOT / "src").glob("**/templates/**/*.html")
}
BASE = "base_customer.html"
MAX_BYTES, MAX_COMPRESSED_BYTES = 20_000, 6_000
NEWER = {
    r"@(?:layer|container|property|scope|starting-style|import)\b": "at-rules of 85 and later",
    r"\b(?:oklch|oklab|lch|lab|color|color-mix|light-dark)\(": "colours of 111 and later",
    r"(?<![\w-])(?:min|max|clamp)\(": "min(), max(), clamp() (79)",
    r"[{;]\s*(?:row-|column-)?gap:": "gap (84); grid-gap says the same in a grid",
    r"[{;]\s*(?:aspect-ratio|inset|inset-\w+|accent-color|rotate|scale|translate|text-wrap)\s*:": "properties of 85 and later",
    r":(?:is|where|has|focus-visible|user-invalid)\b": "selectors of 86 and later",
    r"\d[dsl]v[hw]\b": "units of 108",
    r"@media[^{]*[<>]": "ranges (104)",
    r"rgba?\([^,)]+\s[^,)]*\)": "colours without commas",
    r"\{[^{}]*[;{]\s*&": "nesting (112)",
}
"""What Chrome 78 does not have, as a pattern. The number is the version that brought it."""

USED = re.compile(r'class="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"', re.DOTALL)
INCLUDED = re.compile(r'\{%\s*(?:include|extends)\s*"([^"]+)"')


def newer_than_chrome_78(sheet: str) -> list[str]:
    rules = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    return [words for pattern, words in NEWER.items() if re.search(pattern, rules)]


@pytest.mark.parametrize("file", [SOURCE, BUILT], ids=["source", "built"])
def test_the_stylesheet_of_public_pages_runs_in_chrome_78(file: Path) -> None:
    assert newer_than_chrome_78(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "rule",
    [
        ".a{display:flex;gap:1rem}", ".a{color:oklch(50% 0.1 30)}", ".a{width:min(1rem,2rem)}", ".a:focus-visible{color:red}",
        "@layer a{b{color:red}}", ".a{aspect-ratio:1}", ".a{inset:0}", "@media (width<40rem){a{color:red}}", ".a{height:100dvh}",
        ".a{rotate:3deg}", ".a{color:rgb(0 0 0/5%)}",
    ],
)  # fmt: skip
def test_control_a_newer_feature_is_found(rule: str) -> None:
    assert newer_than_chrome_78(BUILT.read_text("utf-8") + rule) != []


def test_the_stylesheet_of_public_pages_is_small() -> None:
    content = BUILT.read_bytes()
    assert len(content) <= MAX_BYTES
    assert len(gzip.compress(content)) <= MAX_COMPRESSED_BYTES


def test_the_built_stylesheet_has_the_classes_of_its_source() -> None:
    assert classes_of(BUILT) == classes_of(SOURCE)


def test_public_pages_use_only_classes_of_their_stylesheet() -> None:
    """But for parts that pages with the other stylesheet use too: those have classes of both."""
    known, pages = classes_of(BUILT), public_templates()
    assert len(pages) >= 4
    own = {name for page in pages for name in tree(page)}
    shared = {other for name in TEMPLATES if name not in own for other in tree(name)}
    unknown = [
        f"{name}: {word}"
        for name in sorted(own - shared)
        for used in USED.findall(TEMPLATES[name])
        for word in re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", used, flags=re.DOTALL).split()
        if word not in known
    ]
    assert unknown == []


def test_control_a_class_without_a_rule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    page = public_templates()[0]
    monkeypatch.setitem(TEMPLATES, page, TEMPLATES[page] + '<p class="panel text-sm">')
    with pytest.raises(AssertionError, match="text-sm"):
        test_public_pages_use_only_classes_of_their_stylesheet()


def classes_of(file: Path) -> set[str]:
    selectors = re.findall(r"([^{};]+)\{", re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL))
    return {word for selector in selectors for word in re.findall(r"\.([a-z][\w-]*)", selector)}


def public_templates() -> list[str]:
    return [name for name, text in TEMPLATES.items() if f'{{% extends "{BASE}" %}}' in text]


def tree(name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """A template, those that it includes, and the one that it extends; without the base of all pages, whose blocks are replaced."""
    yield name
    for other in INCLUDED.findall(TEMPLATES[name]):
        if other in TEMPLATES and other not in seen | {"base.html"}:
            yield from tree(other, seen | {name})
