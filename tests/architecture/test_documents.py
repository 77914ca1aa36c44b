"""Decisions have one form and stand in the index; links, references and dotted names in documents lead to what exists."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted(DECISIONS.glob("0*.md"))
FORM = re.compile(
    r"# (?P<number>\d+)\. (?P<title>[^\n]+)\n\nStatus: accepted\n\nDate: 20\d\d-\d\d-\d\d\n\n"
    r"## Context\n\n.+\n\n## Decision\n\n.+\n\n(## Rejected\n\n.+\n\n)?## Consequences\n\n.+\n",
    re.DOTALL,
)
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("imports/*.md"), *ROOT.glob("bench/*.md")]
)
SET_BY_PROGRAMS = {"WEICANG_DEBUG", "WEICANG_IS_WEB"}
"""Settings that nobody sets for a service: the tests do, and the web for itself."""
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SOURCES = sorted(
    path
    for folder in ("src", "imports", "demo", "embedded", "tests", "bench", "tools")
    for pattern in ("*.py", "*.sql")
    for path in (ROOT / folder).rglob(pattern)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name[:4])
def test_a_decision_has_the_form_of_all(page: Path) -> None:
    form = FORM.fullmatch(page.read_text("utf-8"))
    assert form, f"{page.name}: title, Status, Date, Context, Decision, Rejected (optional), Consequences"
    assert int(form["number"]) == int(page.name[:4])


def test_the_index_lists_every_decision_by_its_title() -> None:
    listed = re.findall(
        r"^\| \[(\d+)\]\((\S+)\) \| (.+) \|$", (DECISIONS / "README.md").read_text("utf-8"), re.MULTILINE
    )
    titles = {(page.name, page.read_text("utf-8").split("\n", 1)[0]) for page in PAGES}
    assert {(file, f"# {number}. {title}") for number, file, title in listed} == titles
    assert len(listed) == len(PAGES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_document_lead_to_files(document: Path) -> None:
    links = LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_no_two_decisions_have_the_same_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS.glob("[0-9]*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_decisions_that_the_code_refers_to_exist() -> None:
    numbers = {page.name[:4] for page in PAGES}
    missing = [
        f"{path.relative_to(ROOT)}: {number}"
        for path in SOURCES
        for number in re.findall(r"docs/decisions/(\d{4})", path.read_text("utf-8"))
        if number not in numbers
    ]
    assert missing == []


def named(path: str) -> bool:
    """Whether a dotted path names a module of ours, or something in one."""
    module, _, attribute = path.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), attribute) or bool(importlib.import_module(path))
    except ImportError:
        return False


@pytest.mark.parametrize("page", ["architecture.md", "walkthrough.md"])
def test_code_that_a_page_names_exists(page: str) -> None:
    names = re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", (ROOT / "docs" / page).read_text("utf-8"))
    names = [name for name in names if not name.endswith((".py", ".md"))]
    assert len(names) >= 5
    assert [name for name in names if not named(name)] == []


MAX_WORDS_IN_A_CELL = 60


def long_cells(text: str) -> list[str]:
    """The cells of tables that hold more words than a reader takes in at a glance."""
    cells = (cell.strip() for line in text.splitlines() if line.startswith("|") for cell in line.strip("|").split("|"))
    return [cell[:80] for cell in cells if len(cell.split()) > MAX_WORDS_IN_A_CELL]


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_cell_of_a_table_is_a_paragraph(page: Path) -> None:
    assert long_cells(page.read_text("utf-8")) == []


def test_a_cell_that_is_a_paragraph_is_found() -> None:
    assert long_cells(f"| rule | text |\n| --- | --- |\n| A-1 | {'word ' * 61}|\n") == ["word " * 16]


def test_the_readme_lists_every_setting() -> None:
    settings = (ROOT / "src" / "config" / "settings.py").read_text("utf-8")
    names = set(re.findall(r'environment\.\w+\(\s*"(WEICANG_\w+)"', settings)) - SET_BY_PROGRAMS
    listed = (ROOT / "README.md").read_text("utf-8")
    assert len(names) > 80
    assert [name for name in sorted(names) if f"`{name}`" not in listed] == []


def test_guides_quote_words_that_the_pages_have() -> None:
    """What the guides put in 「」 stands on a page, so that a person finds it."""
    sources = "\n".join(
        path.read_text("utf-8") for kind in ("*.html", "*.py") for path in sorted((ROOT / "src").rglob(kind))
    )
    guides = sorted((ROOT / "docs" / "guides").glob("*.md"))
    quoted = {(guide.name, word) for guide in guides for word in re.findall("「(.+?)」", guide.read_text("utf-8"))}
    assert len(quoted) > 60
    assert sorted(each for each in quoted if each[1] not in sources) == []
