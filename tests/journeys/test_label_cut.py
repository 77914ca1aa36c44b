"""Label cutting carried through, on one sale of a cut coat and a labelled scarf: what is said, shipped, shown, asked and taken back."""

import io

import openpyxl
import pytest
from django.test import Client

from accounts.models import Person
from aftersales.rules import CaseReason
from aftersales.services import cases
from flashsales.models import SaleItem
from forwarding.models import RetailPrice
from forwarding.services import prices
from kernel.clock import set_to
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView, get_own_order
from orders.services import grab, payment, shipping, shipping_workbook
from orders.services.placing import GrabLine
from tests.builders import HOUR, NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
CUT_POLICY = "剪标商品发货后 7 天内，只有质量问题、发错货或运输破损才能退"
KEPT_POLICY = "保留吊牌的商品发货后 7 天内可退，任何原因都可以"


@pytest.fixture
def shop() -> ForwardedSale:
    return ForwardedSale()


def seen(shop: ForwardedSale, path: str) -> str:
    client = Client()
    client.force_login(Person.objects.get(pk=shop.daigou.actor.own_id))
    with set_to(NOW):
        return client.get(path).content.decode()


def grabbed(shop: ForwardedSale) -> OrderView:
    """An order of one coat and one scarf, not yet paid."""
    scarf = SaleItem.objects.get(sale_id=shop.sale_id, style_id=shop.scarf).pk
    wanted = [GrabLine(item, 1, shop.daigou.recipient_id) for item in (item_of(shop.sale_id, shop.coat_sku), scarf)]
    return grab.grab(actor=shop.daigou.actor, lines=wanted, key="both", now=NOW)


def test_sale_goods_and_order_say_it_before_she_pays(shop: ForwardedSale) -> None:
    sale = seen(shop, f"/shop/sales/{shop.sale_id}/")
    coat = seen(shop, f"/shop/sales/{shop.sale_id}/styles/{shop.coat}/")
    scarf = seen(shop, f"/shop/sales/{shop.sale_id}/styles/{shop.scarf}/")
    unpaid = seen(shop, f"/shop/orders/{grabbed(shop).id}/")
    assert [CUT_POLICY in page for page in (sale, coat, scarf, unpaid)] == [True, True, False, True]
    assert [KEPT_POLICY in page for page in (coat, scarf, unpaid)] == [False, True, True]
    assert "这件剪标发货" in coat
    assert "付款即表示您同意" in unpaid


def test_shipping_list_marks_cut_labels_by_line(shop: ForwardedSale) -> None:
    payment.pay(actor=shop.daigou.actor, order_id=grabbed(shop).id, now=NOW)
    clerk = shop.market.new_clerk(shop.market.brand_id)
    book = openpyxl.load_workbook(io.BytesIO(shipping_workbook.write_shipping_list(actor=clerk, now=NOW)))
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert {str(row[4]): row[9] for row in rows} == {"QH-88011": "剪标", "QH-88022": "保留吊牌"}


def test_the_floor_holds_for_labelled_goods_to_the_fen_and_not_for_cut_ones(shop: ForwardedSale) -> None:
    """FORWARD-1."""
    with pytest.raises(prices.BelowFloor) as refused:
        shop.price(shop.scarf, 99_99, below_cost_confirmed=True)
    assert (refused.value.floor_fen, refused.value.price_fen) == (100_00, 99_99)
    assert not RetailPrice.objects.exists()
    shop.price(shop.scarf, 100_00, below_cost_confirmed=True)
    shop.price(shop.coat, 1, below_cost_confirmed=True)
    assert dict(RetailPrice.objects.values_list("style_id", "price_fen")) == {shop.scarf: 100_00, shop.coat: 1}


def test_accepted_return_reasons_depend_on_the_label(shop: ForwardedSale) -> None:
    """AFTER-4."""
    order = payment.pay(actor=shop.daigou.actor, order_id=grabbed(shop).id, now=NOW)
    clerk = shop.market.new_clerk(shop.market.brand_id)
    shipping.ship(
        actor=clerk, consignment_id=Consignment.objects.get().pk, carrier="顺丰速运", tracking_no="SF1234567", now=NOW
    )
    lines = {line.style_no: line for line in get_own_order(shop.daigou.id, order.id).lines}

    def ask(style_no: str, reason: CaseReason) -> int:
        return cases.open_case(
            actor=shop.daigou.actor, line_id=lines[style_no].id, units=1, reason=reason, evidence="袖口脱线",
            key=f"{style_no}-{reason}", now=NOW + HOUR,
        ).id  # fmt: skip

    with pytest.raises(cases.ReasonNotAccepted):
        ask("QH-88011", CaseReason.NO_LONGER_WANTED)
    assert ask("QH-88011", CaseReason.FAULTY)
    assert ask("QH-88022", CaseReason.NO_LONGER_WANTED)
    assert all_violations() == []
