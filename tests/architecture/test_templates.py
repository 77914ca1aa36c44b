"""The lengths of templates. `nox -s lint` checks their markup with djlint."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_COLUMNS = 120
MAX_LINES = 150


def templates() -> list[tuple[Path, list[str]]]:
    files = sorted((ROOT / "src").glob("**/templates/**/*.html"))
    return [(file.relative_to(ROOT), file.read_text("utf-8").splitlines()) for file in files]


def test_templates_have_short_lines() -> None:
    assert len(templates()) > 150
    long = [
        f"{file}:{number} has {len(line)} columns"
        for file, lines in templates()
        for number, line in enumerate(lines, 1)
        if len(line) > MAX_COLUMNS
    ]
    assert long == []


def test_templates_have_few_lines() -> None:
    assert [f"{file} has {len(lines)} lines" for file, lines in templates() if len(lines) > MAX_LINES] == []
