"""Every page in English speaks English, and money has one form on all of them."""

import re

import pytest

from tests.pages.markup import Element

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
RULE = re.compile(r"\b(?:PRICE|GROWTH|AFTER|STOCK|SALE|ORDER|IMPORT|FORWARD|SETTLE|BOOKS)-\d+")

DOUBLE_MINUS = re.compile(r"[-−–]\s*¥?\s*[-−–]\s*¥?\s*\d")
MONEY = re.compile(r"[-−+]?\s?¥\s?[-−]?\s?[\d,.]*\d")
GOOD_MONEY = re.compile(r"[−+]?¥\d{1,3}(?:,\d{3})*\.\d\d")


def test_english_pages_hold_no_chinese_and_no_codes(english: dict[str, Element]) -> None:
    faults = sorted(
        f"{address}: {' '.join(said.split())[:100]}"
        for address, page in english.items()
        for said in page.said
        if CHINESE.search(said) or CODE.search(said) or (RULE.search(said) and not address.startswith("/console/"))
    )
    assert not faults, "\n".join(faults)


def test_money_has_one_form_on_every_page(english: dict[str, Element]) -> None:
    faults = []
    for address, page in english.items():
        text = page.text.replace("¥ ", "¥").replace(" .", ".")
        faults += [f"{address}: {each}" for each in MONEY.findall(text) if not GOOD_MONEY.fullmatch(each.strip())]
        faults += [f"{address}: {each}" for each in DOUBLE_MINUS.findall(text)]
    assert not faults, "\n".join(sorted(faults))
