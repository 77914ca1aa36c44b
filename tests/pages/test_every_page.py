"""What holds on every page: English words, one form of money, and a summary above every form that is refused.

One file, since it walks over one lived-in service: a file's fixtures are made once.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from tests.lived_in import LivedIn
from tests.pages import walk
from tests.pages.markup import Element, read

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
RULE = re.compile(r"\b(?:PRICE|GROWTH|AFTER|STOCK|SALE|ORDER|IMPORT|FORWARD|SETTLE|BOOKS)-\d+")

DOUBLE_MINUS = re.compile(r"[-−–]\s*¥?\s*[-−–]\s*¥?\s*\d")
MONEY = re.compile(r"[-−+]?\s?¥\s?[-−]?\s?[\d,.]*\d")
GOOD_MONEY = re.compile(r"[−+]?¥\d{1,3}(?:,\d{3})*\.\d\d")
NUMBER = re.compile(r"\d+")
OF_FINANCE = (
    "/console/brands/{brand_id}/",
    "/console/members/{reseller_id}/",
    "/console/statements/{settled_statement_id}/",
)
UNSENT = frozenset({"button", "submit", "image", "reset"})


def typed_fields(form: Element) -> list[Element]:
    """The fields that a person fills in, boxes to tick aside."""
    return [
        each
        for each in form.find("input", "select", "textarea")
        if each.get("name") and each.get("type") not in UNSENT | {"hidden", "checkbox"}
    ]


def filled(form: Element, text: str) -> dict[str, str]:
    """What a browser would send, with `text` in every field that a person fills in."""
    kept = {each.get("name"): each.get("value") for each in form.find("input", type="hidden")}
    buttons = {each.get("name"): each.get("value") for each in form.find("button")[:1] if each.get("name")}
    return kept | buttons | {each.get("name"): text for each in typed_fields(form)}


def forms_of(pages: dict[str, Element]) -> dict[tuple[str, ...], tuple[str, Element]]:
    """One form of each kind, by its address and fields without their numbers, with the page on which it stands."""
    found: dict[tuple[str, ...], tuple[str, Element]] = {}
    for address, page in pages.items():
        for form in page.find("form", method="post"):
            if names := {NUMBER.sub("0", each.get("name")) for each in typed_fields(form)}:
                kind = NUMBER.sub("0", urlsplit(form.get("action") or address).path)
                found.setdefault((kind, *sorted(names)), (address, form))
    return found


@pytest.mark.parametrize("role", ["ops", "finance", "brand", "reseller", ""])
def test_every_form_that_is_refused_has_a_summary_on_top(
    visitor: Callable[..., Client], made: LivedIn, english: dict[str, Element], role: str
) -> None:
    client = visitor(role, "en")
    faces = {"ops": "/console/", "brand": "/portal/", "reseller": ("/shop/", "/account/")}
    pages = {address: page for address, page in english.items() if address.startswith(faces.get(role, "/f/"))}
    if role == "":
        pages = {address: english[address] for address in walk.public_addresses(made)}
    if role == "finance":
        addresses = [address.format(**made.ids) for address in OF_FINANCE]
        pages = {address: read(client.get(address).content.decode()) for address in addresses}
    found, faults = forms_of(pages), []
    for kind, (address, form) in found.items():
        # Nothing typed, or else what is neither number, amount, date nor choice, or else too much of it.
        told = next(
            filter(None, (_refused(client, address, form, text) for text in ("", "\u2603x", "\u2603x" * 400))), []
        )
        faults += [f"{role} {address} {kind}: {each}" for each in told[1:] or ([] if told else ["takes everything"])]
    assert not faults, "\n".join(faults)
    assert len(found) >= {"ops": 24, "finance": 3, "brand": 3, "reseller": 6, "": 3}[role]


def _refused(client: Client, address: str, form: Element, text: str) -> list[str]:
    """[] where the form was taken, ["refused"] where it was refused as it should be, and behind that what is amiss."""
    page = f"http://testserver{address}"
    with transaction.atomic():
        # What is taken must not stand in the way of the next form.
        answer = client.post(form.get("action") or address, filled(form, text), follow=True, headers={"Referer": page})
        transaction.set_rollback(True)
    if answer.headers.get("Content-Type", "").split(";")[0] != "text/html":
        return []
    found = read(answer.content.decode())
    summaries = [each for each in found.find(role="alert") if "data-faults" in each.attributes]
    fields = [each for each in found.find("input", "select", "textarea") if each.get("aria-invalid") == "true"]
    if not summaries:
        return ["refused", "fields are marked, and nothing on top says so"] if fields else []
    amiss = [] if len(summaries) == 1 else [f"{len(summaries)} summaries"]
    [summary, *_] = summaries
    if summary.get("tabindex") != "-1" or not summary.text:
        amiss.append("the summary takes no focus or says nothing")
    for link in summary.find("a"):
        target = found.by_id(link.get("href").removeprefix("#"))
        if target is None:
            amiss.append(f"{link.get('href')} leads nowhere")
        elif target.get("aria-invalid") == "true" and not _described(found, target):
            amiss.append(f"{link.get('href')} is not described")
    named = {link.get("href").removeprefix("#") for link in summary.find("a")}
    unnamed = [each for each in fields if each.get("id") not in named and each.get("type") != "checkbox"]
    amiss += [f"{each.get('id')} is marked and not named" for each in unnamed]
    return ["refused", *amiss]


def _described(page: Element, field: Element) -> bool:
    described = [page.by_id(name) for name in field.get("aria-describedby").split()]
    return bool(described) and all(each is not None and each.text for each in described)


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
