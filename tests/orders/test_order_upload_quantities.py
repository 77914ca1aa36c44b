"""Quantity terms in workbooks of orders: named in the preview, kept by the commit (ORDER-14, WORKBOOK-3, WORKBOOK-5)."""

import pytest

from brands.rules import OrderMinimum
from brands.services import set_order_minimum
from flashsales.rules import QuantityTerms
from flashsales.services.quantities import set_quantity_terms
from inventory.models import Sku
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.uploads.commit import NothingToOrder, WorkbookIncomplete, commit_upload
from tests.builders import NOW, Marketplace
from tests.orders.order_files import line, lines_of, preview

pytestmark = pytest.mark.django_db


def set_terms(market: Marketplace, sku_id: int, terms: QuantityTerms) -> None:
    style_ids = [Sku.objects.get(pk=sku_id).style_id]
    set_quantity_terms(actor=market.clerk, brand_id=market.brand_id, style_ids=style_ids, terms=terms, now=NOW)


def test_preview_names_the_lines_that_break_the_terms_and_what_is_needed() -> None:
    market = Marketplace()
    few, plain = market.sku(units=9), market.sku(units=9)
    market.sale(few, plain)
    set_terms(market, few, QuantityTerms(4))
    daigou = market.reseller(wallet_fen=9000_00)
    view = preview(daigou, line(few, 1), line(few, 2, recipient="李姐"), line(plain, 1))
    first, second, third = lines_of(daigou, view.id)
    assert [each.left_units for each in (first, second, third)] == [0, 0, 1]
    assert [each.reason and each.reason.code for each in (first, second, third)] == [
        "orders.quantity_not_allowed",
        "orders.quantity_not_allowed",
        None,
    ]
    assert first.reason is not None
    assert "这一单是 3 件，请改成 4 件" in first.reason.zh
    with pytest.raises(WorkbookIncomplete) as refused:
        commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.ALL, now=NOW)
    assert [each["code"] for each in refused.value.lines] == ["orders.quantity_not_allowed"] * 2
    assert Order.objects.count() == 0
    result = commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.WHAT_IS_LEFT, now=NOW)
    assert [each.units for each in result.order.lines] == [1]


def test_commit_counts_packs_by_the_recipient_of_each_line() -> None:
    market = Marketplace()
    skus = [market.sku(units=9, style_no="NOVA", size=size) for size in ("S", "M")]
    market.sale(*skus)
    set_terms(market, skus[0], QuantityTerms(pack={"S": 1, "M": 2}))
    daigou = market.reseller(wallet_fen=9000_00)
    whole = [line(skus[0], 1), line(skus[1], 2)]
    view = preview(daigou, *whole, line(skus[0], 1, recipient="李姐"), line(skus[1], 1, recipient="李姐"))
    assert [each.left_units for each in lines_of(daigou, view.id)] == [1, 2, 0, 0]
    result = commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.WHAT_IS_LEFT, now=NOW)
    assert sorted(each.units for each in result.order.lines) == [1, 2]


def test_commit_below_the_minimum_of_the_brand_orders_nothing() -> None:
    market = Marketplace()
    sku = market.sku(units=9)
    market.sale(sku)
    set_order_minimum(actor=market.clerk, brand_id=market.brand_id, minimum=OrderMinimum(min_units=3), now=NOW)
    daigou = market.reseller(wallet_fen=9000_00)
    view = preview(daigou, line(sku, 2))
    with pytest.raises(NothingToOrder):
        commit_upload(actor=daigou.actor, upload_id=view.id, take=Take.WHAT_IS_LEFT, now=NOW)
    assert Order.objects.count() == 0
