"""Scripts of pages that customers open run in the engine that WeChat has on old phones (Chrome 78)."""

import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
NEWER = {
    r"\?\.[\[(\w]": "optional chaining (80)",
    r"\?\?": "?? (80)",
    r"\|\|=|&&=": "logical assignment (85)",
    r"\.replaceChildren\(": "replaceChildren (86)",
    r"\.replaceAll\(": "replaceAll (85)",
    r"\.at\(": "at (92)",
    r"\.checkVisibility\(": "checkVisibility (105)",
    r"\bstructuredClone\(|\bObject\.hasOwn\(|\bPromise\.any\(": "built-ins of 85 to 98",
    r"\.toSorted\(|\.findLast\(": "array methods of 97 and 110",
}
"""What Chrome 78 does not have, as a pattern. The number is the version that brought it."""


def scripts_of_customers() -> list[Path]:
    """The scripts of the pages before a desk, of the pages for customers, and those of the card that WeChat shows."""
    templates = [SRC / "templates/base.html", SRC / "templates/parts/share_card.html"]
    templates += [each for each in SRC.glob("**/templates/**/*.html") if "base_customer.html" in each.read_text()]
    names = {name for each in templates for name in re.findall(r'static "(js/\w+\.js)"', each.read_text())}
    return [SRC / "static" / name for name in sorted(names)]


def test_the_scripts_are_found() -> None:
    assert {each.name for each in scripts_of_customers()} >= {"forms.js", "dialogs.js", "share_card.js"}


@pytest.mark.parametrize("script", scripts_of_customers(), ids=lambda script: script.name)
def test_script_runs_in_chrome_78(script: Path) -> None:
    code = re.sub(r"//.*|/\*.*?\*/", "", script.read_text())
    assert [words for pattern, words in NEWER.items() if re.search(pattern, code)] == []
