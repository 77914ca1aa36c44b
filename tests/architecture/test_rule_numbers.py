"""A law has a number; the code that keeps it says the number, and so does a test that tries to break it (CONTRIBUTING)."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEFINED = re.compile(r"^(?:\| |\*\*)([A-Z]+-\d+)\b", re.MULTILINE)
# «PRICE-4» or «STOCK-3, 6, 7»; of a span, «PRICE-1 to PRICE-8», only its ends: who means the rules between names them.
CITED = re.compile(r"\b([A-Z]{4,}|PAY)-(\d+)((?:, (?:and )?\d+\b(?![.%]))*)")


def defined() -> dict[str, str]:
    """Every number of the rule documents, with its document."""
    return {
        number: path.name
        for path in sorted((ROOT / "docs" / "rules").glob("*.md"))
        for number in DEFINED.findall(path.read_text("utf-8"))
    }


def cited(text: str) -> set[str]:
    """The numbers that a text names."""
    return {f"{law}-{n}" for law, first, more in CITED.findall(text) for n in (first, *re.findall(r"\d+", more))}


def cited_below(*folders: str) -> set[str]:
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py") if file != Path(__file__).resolve())
    return set().union(*(cited(file.read_text("utf-8")) for file in files))


def uncited(numbers: Iterable[str], where: set[str]) -> list[str]:
    return sorted(set(numbers) - where)


def test_every_rule_document_numbers_its_rules_without_a_gap() -> None:
    by_law: dict[str, list[int]] = {}
    for number in defined():
        law, _, count = number.partition("-")
        by_law.setdefault(law, []).append(int(count))
    assert by_law.keys() >= {
        "PRICE",
        "GROWTH",
        "SALE",
        "STOCK",
        "ORDER",
        "AFTER",
        "SETTLE",
        "BRAND",
        "INTEGRITY",
        "IMPORT",
    }
    assert {law: counts for law, counts in by_law.items() if sorted(counts) != list(range(1, len(counts) + 1))} == {}


def test_every_rule_is_cited_by_the_code_that_keeps_it() -> None:
    assert uncited(defined(), cited_below("src", "imports")) == []


def test_every_rule_is_cited_by_a_test_that_tries_to_break_it() -> None:
    assert uncited(defined(), cited_below("tests")) == []


def test_no_number_is_cited_that_no_document_defines() -> None:
    laws = {number.partition("-")[0] for number in defined()}
    named = {number for number in cited_below("src", "imports", "tests") if number.partition("-")[0] in laws}
    assert uncited(named, set(defined())) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("refused (PRICE-9)", {"PRICE-9"}),
        ("STOCK-3, 6, and 7: what lands", {"STOCK-3", "STOCK-6", "STOCK-7"}),
        ("PRICE-1 to PRICE-4", {"PRICE-1", "PRICE-4"}),
        ("PRICE-1 …, 15 % of it", {"PRICE-1"}),
        ("PRICE-10, 20% less", {"PRICE-10"}),
        ("EAN-13", set()),
    ],
)
def test_a_citation_is_read_as_it_is_meant(text: str, found: set[str]) -> None:
    assert cited(text) == found


def test_a_rule_that_nobody_cites_is_named() -> None:
    assert uncited(["PRICE-1", "PRICE-99"], {"PRICE-1"}) == ["PRICE-99"]
