"""Scheduled sales held against rules that changed: seen by ops, priced anew before publication only (PRICE-11)."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import NotAllowed
from flashsales.models import Sale
from flashsales.selectors.scheduled import list_scheduled_sales
from flashsales.services.locking import NotADraft
from flashsales.services.planning import PlannedUnits, add_items, price_draft
from flashsales.services.publishing import NothingToSell, publish
from kernel.clock import set_to
from pricing.models import PriceList, PriceListRow
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import Ending, ListTerms
from pricing.selectors.price_lists import list_frozen_rows
from pricing.services.checks import CutPriceBelowMinimum
from pricing.services.price_rules import create_control, create_platform_terms
from tests.builders import HOUR, NOW, PASSWORD, Marketplace
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
START = NOW + 24 * HOUR


def raise_discounts(market: Marketplace, rate: str) -> None:
    create_platform_terms(
        actor=market.ops,
        from_at=NOW + HOUR,
        now=NOW,
        terms=ListTerms(discounts=(Decimal(rate),) * 6, margin_rate=Decimal("0.03"), ending=Ending.FEN),
    )


def frozen(sale_id: int) -> list[tuple[int, int, int]]:
    rows = PriceListRow.objects.filter(price_list__sale=sale_id).order_by("sku_id", "tier")
    return list(rows.values_list("sku_id", "tier", "wholesale_fen"))


def standing(sale_id: int) -> tuple[bool, int, int]:
    """Whether a draft is priced, how many SKUs are not, and how many would differ."""
    [found] = [each for each in list_scheduled_sales(at=NOW + 2 * HOUR).items if each.sale.id == sale_id]
    return found.priced_at is not None, found.unpriced, found.differing


# PRICE-11
def test_list_scheduled_sales_counts_what_a_new_rule_would_price_otherwise() -> None:
    market = Marketplace()
    touched, spared = (
        market.draft(market.sku(), market.sku(), starts_at=START),
        market.draft(market.sku(), starts_at=NOW + 1.5 * HOUR),
    )
    assert standing(touched) == (False, 2, 0)
    for sale_id in (touched, spared):
        price_draft(actor=market.ops, sale_id=sale_id, now=NOW)
    assert (standing(touched), standing(spared)) == ((True, 0, 0), (True, 0, 0))
    create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(brand_id=market.brand_id, action=Action.RAISE, starts_on=START.date(), floor_fen=300_00),
    )
    assert (standing(touched), standing(spared)) == ((True, 0, 2), (True, 0, 0))


# PRICE-11
def test_price_draft_again_uses_the_rules_of_now_and_publication_freezes_the_same() -> None:
    market = Marketplace()
    sku = market.sku(base_price_fen=100_00)
    draft = market.draft(sku, starts_at=START)
    first = price_draft(actor=market.ops, sale_id=draft, now=NOW)
    raise_discounts(market, "0.10")
    assert standing(draft) == (True, 0, 1)
    again = price_draft(actor=market.ops, sale_id=draft, now=NOW + 2 * HOUR)
    assert standing(draft) == (True, 0, 0)
    assert [[row.wholesale_fen for row in list_frozen_rows(each.id).items] for each in (first, again)] == [
        [100_00, 99_00, 98_00, 97_00, 96_00, 95_00], [90_00] * 6,
    ]  # fmt: skip
    publish(actor=market.ops, sale_id=draft, now=NOW + 2 * HOUR)
    assert frozen(draft) == [(sku, tier, 90_00) for tier in range(6)]
    assert all_violations() == []


# PRICE-11
def test_price_draft_of_a_published_sale_is_refused_and_keeps_its_list() -> None:
    market = Marketplace()
    sale = market.sale(market.sku(), starts_at=START)
    before, lists = frozen(sale), PriceList.objects.count()
    raise_discounts(market, "0.10")
    with pytest.raises(NotADraft):
        price_draft(actor=market.ops, sale_id=sale, now=NOW + 2 * HOUR)
    assert (frozen(sale), PriceList.objects.count()) == (before, lists)
    assert list_scheduled_sales(at=NOW).items == []


def test_list_scheduled_sales_counts_items_added_later_as_unpriced() -> None:
    market = Marketplace()
    draft, late = market.draft(market.sku(), starts_at=START), market.sku()
    price_draft(actor=market.ops, sale_id=draft, now=NOW)
    add_items(actor=market.ops, sale_id=draft, lines=[PlannedUnits(late, 3)], now=NOW)
    assert standing(draft) == (True, 1, 0)


def test_price_draft_that_breaks_a_rule_names_the_skus_and_keeps_the_old_list() -> None:
    market = Marketplace()
    sku = market.sku()
    draft = market.draft(sku, starts_at=START)
    before = price_draft(actor=market.ops, sale_id=draft, now=NOW).id
    create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(
            brand_id=market.brand_id,
            action=Action.CUT,
            starts_on=NOW.date(),
            floor_fen=300_00,
            cut_rate=Decimal("0.12"),
        ),
    )
    Sale.objects.filter(pk=draft).update(terms={"discounts": ["0.1"] * 6})
    with pytest.raises(CutPriceBelowMinimum) as refused:
        price_draft(actor=market.ops, sale_id=draft, now=NOW)
    assert refused.value.sku_ids == [sku]
    assert Sale.objects.get(pk=draft).draft_price_list_id == before


def test_price_draft_is_for_ops_only_and_needs_items() -> None:
    market = Marketplace()
    empty = market.draft(starts_at=START)
    with pytest.raises(NothingToSell):
        price_draft(actor=market.ops, sale_id=empty, now=NOW)
    with pytest.raises(NotAllowed):
        price_draft(actor=market.finance, sale_id=empty, now=NOW)
    assert not PriceList.objects.exists()


def test_api_lists_scheduled_sales_and_prices_them_again() -> None:
    market = Marketplace()
    draft = market.draft(market.sku(), starts_at=START)
    client = Client()
    login = Person.objects.get(pk=market.ops.own_id).login
    with set_to(NOW + 2 * HOUR):
        token = client.post("/api/v1/tokens", {"login": login, "password": PASSWORD}, content_type="application/json")
        headers = {"Authorization": f"Bearer {token.json()['token']}"}
        answer = client.post(f"/api/v1/sales/{draft}/prices", headers=headers)
        assert (answer.status_code, answer.json()["priced"], answer.json()["excluded"]) == (201, 1, 0)
        create_control(
            actor=market.ops,
            now=NOW + 2 * HOUR,
            control=ControlFields(
                brand_id=market.brand_id, action=Action.RAISE, starts_on=START.date(), floor_fen=300_00
            ),
        )
        [found] = client.get("/api/v1/sales/scheduled", headers=headers).json()["items"]
        assert (found["sale"]["id"], found["list_id"], found["differing"]) == (draft, answer.json()["list_id"], 1)
        differences = client.get(f"/api/v1/price-lists/{found['list_id']}/differences", headers=headers).json()
        assert {(each["frozen_labelling"], each["now"]) for each in differences} == {("kept", "300.00")}
        assert client.post(f"/api/v1/sales/{draft}/prices", headers=headers).status_code == 201
        [found] = client.get("/api/v1/sales/scheduled", headers=headers).json()["items"]
        assert found["differing"] == 0


def test_scheduled_page_shows_the_differences_and_prices_all_again() -> None:
    market = Marketplace()
    draft, other = market.draft(sku := market.sku(), starts_at=START), market.draft(market.sku(), starts_at=START)
    for sale_id in (draft, other):
        price_draft(actor=market.ops, sale_id=sale_id, now=NOW)
    create_control(
        actor=market.ops,
        now=NOW,
        control=ControlFields(brand_id=market.brand_id, action=Action.RAISE, starts_on=START.date(), floor_fen=300_00),
    )
    client = Client()
    client.force_login(Person.objects.get(pk=market.ops.own_id), backend="django.contrib.auth.backends.ModelBackend")
    with set_to(NOW + HOUR):
        page = client.get("/console/sales/scheduled/")
        [first, _second] = page.context["rows"]
        assert [(row.sku_id, row.frozen, row.today) for row in first[1].rows] == [
            (sku, (114_00, 120_00), (300_00, 300_00))
        ]
        assert page.context["stale"] == [draft, other]
        done = client.post("/console/sales/scheduled/", {"sale": [draft]}, follow=True)
        assert done.context["stale"] == [other]
    assert standing(draft) == (True, 0, 0)
