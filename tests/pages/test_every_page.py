"""What holds on every page: English words, one form of money, and a summary above every form that is refused.

One file, since its fixtures are made once per file: the sample data takes seconds to create.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Person
from membership.models import Reseller
from orders.models.orders import Order
from orders.models.shipping import Consignment
from tests.pages import walk
from tests.pages.markup import Element, read
from tests.sample_data import SampleData

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
RULE = re.compile(r"\b(?:PRICE|GROWTH|AFTER|STOCK|SALE|ORDER|IMPORT|FORWARD|SETTLE|INTEGRITY)-\d+")

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
    """The fields that a person fills in; what is only ticked or chosen is left out."""
    return [
        each
        for each in form.find("input", "select", "textarea")
        if each.get("name") and each.get("type") not in UNSENT | {"hidden", "checkbox", "radio"}
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
    visitor: Callable[..., Client], sample: SampleData, english: dict[str, Element], role: str
) -> None:
    client = visitor(role, "en")
    faces: dict[str, str | tuple[str, ...]] = {
        "ops": "/console/",
        "brand": "/portal/",
        "reseller": ("/shop/", "/account/", "/notices/"),
    }
    pages = {address: page for address, page in english.items() if address.startswith(faces.get(role, "/f/"))}
    if role == "":
        pages = {address: english[address] for address in walk.public_addresses(sample)}
    if role == "finance":
        addresses = [address.format(**sample.ids) for address in OF_FINANCE]
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


@pytest.mark.parametrize("face", walk.FACES)
def test_no_parameter_of_an_address_is_ignored_silently(
    visitor: Callable[..., Client], sample: SampleData, english: dict[str, Element], face: str
) -> None:
    client, silent = visitor(walk.FACES[face], "en"), []
    for path in walk.routes(face):
        address = path.format(**sample.ids | {"tier": 1})
        # A part that htmx fetches has no frame; those who join come from chats, which add names of their own.
        if path != "/shop/join/" and address in english and english[address].find("main"):
            said = read(client.get(address, {"colour": "red"}).content.decode()).find("main")[0].text
            silent += [] if "parameter colour of the address" in said else [address]
    assert silent == []


SENSELESS = [
    ("/console/orders/", "state", "stolen"), ("/console/orders/", "sale", "all"), ("/console/brands/", "status", "rich"),
    ("/console/sales/", "phase", "soon"), ("/console/cases/", "state", "1"), ("/console/statements/", "state", "gone"),
    ("/console/members/", "tier", "9"), ("/console/audit/", "kind", "dog"), ("/console/audit/", "id", "7"),
    ("/console/rules/", "draft", "999999"), ("/console/rules/new/", "draft", "999999"),
    ("/console/rules/", "brand", "x"), ("/portal/stock/", "free_only", "true"), ("/portal/stock/", "q", "x" * 65),
    ("/portal/shipping/", "state", "flying"), ("/portal/returns/", "state", "flying"), ("/shop/orders/", "progress", "lost"),
    ("/shop/wishes/", "state", "lost"), ("/shop/styles/", "max", "cheap"),
    ("/shop/styles/", "label", "gone"), ("/shop/styles/", "sort", "random"),
    ("/shop/styles/", "category", "coats"), ("/shop/styles/", "available", "5"), ("/console/brands/", "cursor", "%%%"),
]  # fmt: skip


def test_an_invalid_parameter_is_refused_by_name_within_the_layout(visitor: Callable[..., Client]) -> None:
    clients = {face: visitor(role, "en") for face, role in walk.FACES.items()}
    told = {}
    for address, name, value in SENSELESS:
        face = address.split("/")[1]
        answer = clients[face].get(address, {name: value})
        page = read(answer.content.decode())
        in_frame = bool(page.find("nav", aria_label="Main navigation")) and len(page.find("h1")) == 1
        told[address, name, value] = (answer.status_code, name in page.find("main")[0].text, in_frame)
    assert {key: each for key, each in told.items() if each != (422, True, True)} == {}


def test_refused_and_missing_pages_have_the_layout_and_a_link(
    visitor: Callable[..., Client], sample: SampleData
) -> None:
    for face, role in walk.FACES.items():
        for language, said in (("zh", "没有这个页面"), ("en", "There is no such page")):
            for address in (
                f"/{face}/nowhere/",
                f"/{face}/orders/999999/" if face != "portal" else "/portal/sales/999999/",
            ):
                answer = visitor(role, language).get(address)
                page = read(answer.content.decode())
                assert answer.status_code == 404
                assert (said in page.text) is ("nowhere" in address)
                assert len(page.find("h1")) == 1
                assert page.find("main")[0].find("a", href="/")
                assert page.find("nav"), address
    # Of another face: refused, in the frame of the door or of that face.
    answer = visitor("reseller", "en").get("/console/")
    assert answer.status_code == 403
    assert read(answer.content.decode()).find("a", href="/")


def found(client: Client, address: str, words: str, link: str) -> set[str]:
    """The numbers that a search shows, or leads to."""
    answer = client.get(address, {"q": words})
    if answer.status_code == 302:
        return {answer.headers["Location"].rstrip("/").rpartition("/")[2]}
    main = read(answer.content.decode()).find("main")[0]
    return {
        each.get("href").rstrip("/").rpartition("/")[2] for each in main.find("a") if each.get("href").startswith(link)
    }


def test_orders_are_found_by_number_recipient_phone_style_and_tracking_number(
    visitor: Callable[..., Client], sample: SampleData
) -> None:
    order = Order.objects.get(pk=sample.ids["order_id"])
    [parcel] = Consignment.objects.filter(order=order)
    of_lei = {str(pk) for pk in Order.objects.filter(lines__recipient__name="Lei Li").values_list("pk", flat=True)}
    of_style = {
        str(pk) for pk in Order.objects.filter(lines__sku__style__style_no="YS2402").values_list("pk", flat=True)
    }
    for role, address in (("ops", "/console/orders/"), ("reseller", "/shop/orders/")):
        client = visitor(role, "en")
        assert found(client, address, f"#{order.pk}", address) == {str(order.pk)}
        assert found(client, address, parcel.parcels.get().tracking_no.lower(), address) == {str(order.pk)}
        assert found(client, address, "Lei Li", address) == of_lei
        assert found(client, address, "139 0013 9000", address) == of_lei
        assert found(client, address, "ys2402", address) == of_style
        assert found(client, address, "Nobody Here", address) == set()
        assert "Nothing found for “Nobody Here”" in client.get(address, {"q": "Nobody Here"}).content.decode()
    # Her own customers a reseller finds by a part of the name; the desk, which sees them masked, does not.
    assert found(visitor("reseller"), "/shop/orders/", "Lei", "/shop/orders/") == of_lei
    assert found(visitor("ops"), "/console/orders/", "Lei", "/console/orders/") == set()
    hers = {str(pk) for pk in Order.objects.filter(reseller=order.reseller_id).values_list("pk", flat=True)}
    assert found(visitor("ops"), "/console/orders/", order.reseller.person.name, "/console/orders/") == hers
    shown = visitor("ops", "en").get(f"/console/orders/{order.pk}/").content.decode()
    assert ("May Wang" in shown, "13800138000" in shown, "138****8000" in shown) == (False, False, True)


def test_a_brand_finds_its_consignments_in_any_state(visitor: Callable[..., Client], sample: SampleData) -> None:
    [shipped] = Consignment.objects.filter(order_id=sample.ids["order_id"])
    client = visitor("brand", "en")
    for words in (f"{shipped.order_id}", shipped.parcels.get().tracking_no):
        assert f"Consignment {shipped.pk}" in client.get("/portal/shipping/", {"q": words}).content.decode()
    assert "Nothing found for “Nobody”" in client.get("/portal/shipping/", {"q": "Nobody"}).content.decode()


def test_members_are_found_by_name_login_phone_and_number(visitor: Callable[..., Client], sample: SampleData) -> None:
    number, client = str(sample.ids["reseller_id"]), visitor("ops", "en")
    friend = str(Reseller.objects.get(person__login="friend").pk)
    assert found(client, "/console/members/", number, "/console/members/") == {number}
    Person.objects.filter(login="friend").update(login="13700137000")
    searches = {
        "Ms Chen": number,
        "chen": number,
        "13700137000": friend,
        "+86 137-0013-7000": friend,
        "1370013": friend,
    }
    for words, expected in searches.items():
        there = found(client, "/console/members/", words, "/console/members/")
        assert {each for each in there if each.isdigit()} == {expected}, words
    answer = client.get("/console/members/", {"q": "13911112222"})
    assert answer.status_code == 200
    assert "Nothing found for “13911112222”" in answer.content.decode()
