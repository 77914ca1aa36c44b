"""The lengths of templates. `nox -s lint` checks their markup with djlint."""

import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_COLUMNS = 120
"""As an editor shows them: a Chinese character takes two."""
MAX_LINES = 150


def templates() -> list[tuple[Path, list[str]]]:
    files = sorted((ROOT / "src").glob("**/templates/**/*.html"))
    return [(file.relative_to(ROOT), file.read_text("utf-8").splitlines()) for file in files]


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def test_columns_are_those_of_an_editor() -> None:
    assert [columns(each) for each in ("", "<p>", "尾仓", "「¥12」，a")] == [0, 3, 4, 10]


def test_templates_have_short_lines() -> None:
    assert len(templates()) > 150
    long = [
        f"{file}:{number} has {columns(line)} columns"
        for file, lines in templates()
        for number, line in enumerate(lines, 1)
        if columns(line) > MAX_COLUMNS
    ]
    assert long == []


def test_templates_have_few_lines() -> None:
    assert [f"{file} has {len(lines)} lines" for file, lines in templates() if len(lines) > MAX_LINES] == []
