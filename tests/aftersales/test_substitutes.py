"""A brand offers another colour or size for units short; the reseller accepts or declines (AFTER-17)."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from aftersales.models.refunds import Refund, Substitute
from aftersales.rules import SubstituteState
from aftersales.selectors.substitutes import SubstituteView, list_choices, list_substitutes
from aftersales.services.refunds import RefundKeyConflict, Shortage, report_out_of_stock, report_short
from aftersales.services.substitutes import (
    NoSuchSubstitute,
    NotASubstitute,
    SubstituteAnswered,
    SubstituteDearer,
    accept_substitute,
    decline_substitute,
)
from events.models import Event
from flashsales.rules import QuantityTerms
from flashsales.services.quantities import set_quantity_terms
from flashsales.services.units import OverLimit, SaleNotLive, SoldOut
from ledger.rules import InsufficientBalance
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.selectors.orders import get_own_order, get_wallet_balance_fen
from orders.services.placing_refusals import PriceChanged
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.built_once import built_once_class
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR
OVER = NOW + timedelta(hours=48)


@built_once_class
class Shop:
    """A style in M and L at ¥100, S at ¥80, XL at ¥120; two M are paid, of which the brand has none."""

    def __init__(self) -> None:
        self.market = Marketplace()
        prices = {"M": 100_00, "L": 100_00, "S": 80_00, "XL": 120_00}
        skus = {
            size: self.market.sku(units=5, base_price_fen=price, style_no="K1", size=size)
            for size, price in prices.items()
        }
        sale = self.market.sale(*skus.values(), item_limit=4)
        self.items = {size: item_of(sale, sku) for size, sku in skus.items()}
        self.daigou = self.market.reseller(wallet_fen=200_00)
        self.order = self.market.paid_order(self.daigou, self.items["M"], 2)
        self.line = self.order.lines[0].id

    def short(self, size: str | None, units: int = 2, *, key: str = "s", actor: Actor | None = None) -> None:
        report_out_of_stock(
            actor=actor or self.market.clerk,
            line_id=self.line,
            units=units,
            note="",
            key=key,
            substitute_item_id=self.items[size] if size else None,
            now=NOW,
        )

    def offer(self) -> SubstituteView:
        (view,) = list_substitutes(self.daigou.id, tier=0, at=LATER, order_ids=[self.order.id])
        return view

    def accept(self, **sent: object) -> SubstituteView:
        named = {"substitute_id": Substitute.objects.get().pk, "expected_price_fen": 100_00, "now": LATER} | sent
        return accept_substitute(**({"actor": self.daigou.actor} | named))  # type: ignore[arg-type]

    def state(self) -> tuple[object, ...]:
        return (
            list(Substitute.objects.values_list("state", "order_id")),
            list(Order.objects.order_by("pk").values_list("state", "total_fen")),
            list(OrderLine.objects.order_by("pk").values_list("item_id", "units", "short_units")),
            [units_of(item) for item in self.items.values()],
            get_wallet_balance_fen(self.daigou.id),
            Refund.objects.count(),
            Event.objects.count(),
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


def require_integrity() -> None:
    assert [violation.what for violation in all_violations()] == []


def test_list_choices_names_what_costs_her_no_more(shop: Shop) -> None:
    shop.market.paid_order(shop.market.reseller(wallet_fen=400_00), shop.items["S"], 3)
    choices = list_choices(shop.line, brand_id=shop.market.brand_id, at=LATER)
    assert [(each.size, each.available) for each in choices] == [("S", 2), ("L", 5)]
    assert list_choices(shop.line, brand_id=shop.market.brand(name="别家"), at=LATER) == []
    assert list_choices(shop.line, brand_id=shop.market.brand_id, at=OVER) == []


@pytest.mark.parametrize(("size", "price", "balance"), [("L", 100_00, 0), ("S", 80_00, 40_00)])
def test_accept_substitute_orders_and_pays_the_units(shop: Shop, size: str, price: int, balance: int) -> None:
    shop.short(size)
    assert (get_wallet_balance_fen(shop.daigou.id), units_of(shop.items[size])) == (200_00, (5, 5, 0, 0))
    offer = shop.offer()
    assert (offer.state, offer.units, offer.price_fen, offer.can_be_had) == ("offered", 2, price, True)
    assert offer.expires_at == NOW + timedelta(hours=24)
    done = shop.accept(expected_price_fen=price)
    (line,) = get_own_order(shop.daigou.id, done.new_order_id or 0).lines
    assert (done.state, line.size, line.units, line.price_fen) == ("accepted", size, 2, price)
    assert line.recipient.id == shop.daigou.recipient_id
    assert (get_wallet_balance_fen(shop.daigou.id), units_of(shop.items[size])) == (balance, (5, 3, 0, 2))
    assert list(Event.objects.filter(kind__startswith="substitute").order_by("pk").values_list("kind", "brand_id")) == [
        ("substitute_offered", None),
        ("substitute_accepted", shop.market.brand_id),
    ]
    require_integrity()
    before = shop.state()
    assert shop.accept(expected_price_fen=price) == done
    with pytest.raises(SubstituteAnswered):
        decline_substitute(actor=shop.daigou.actor, substitute_id=done.id, now=LATER)
    assert shop.state() == before


@pytest.mark.parametrize("terms", [QuantityTerms(3), QuantityTerms(pack={"M": 1, "L": 1, "S": 1, "XL": 1})])
def test_quantity_terms_do_not_bind_an_accepted_substitute(shop: Shop, terms: QuantityTerms) -> None:
    market, style_ids = shop.market, [shop.order.lines[0].style_id]
    set_quantity_terms(actor=market.clerk, brand_id=market.brand_id, style_ids=style_ids, terms=terms, now=NOW)
    shop.short("L", 1)
    done = shop.accept()
    (line,) = get_own_order(shop.daigou.id, done.new_order_id or 0).lines
    assert (done.state, line.size, line.units, line.price_fen) == ("accepted", "L", 1, 100_00)
    assert units_of(shop.items["L"]) == (5, 4, 0, 1)
    require_integrity()


def test_offer_with_the_same_key_offers_once_and_never_another_item(shop: Shop) -> None:
    shop.short("L")
    before = shop.state()
    shop.short("L")
    for size in ("S", None):
        with pytest.raises(RefundKeyConflict):
            shop.short(size)
    assert shop.state() == before


def test_decline_substitute_orders_nothing(shop: Shop) -> None:
    shop.short("L")
    offer = shop.offer()
    assert decline_substitute(actor=shop.daigou.actor, substitute_id=offer.id, now=LATER).state == "declined"
    before = shop.state()
    assert decline_substitute(actor=shop.daigou.actor, substitute_id=offer.id, now=LATER).state == "declined"
    with pytest.raises(SubstituteAnswered):
        shop.accept()
    assert shop.state() == before
    assert Event.objects.filter(kind="substitute_declined", brand_id=shop.market.brand_id).count() == 1
    require_integrity()


def test_an_offer_that_is_not_answered_orders_nothing(shop: Shop) -> None:
    shop.short("L", 1)
    shop.short(None, 1, key="rest")
    (view,) = list_substitutes(shop.daigou.id, tier=0, at=OVER, order_ids=[shop.order.id])
    assert (view.state, view.units, view.can_be_had) == (SubstituteState.EXPIRED, 1, False)
    assert list_substitutes(shop.daigou.id, tier=0, at=OVER) == []
    assert Order.objects.count() == 1
    require_integrity()


@pytest.mark.parametrize("fault", ["dearer", "other style", "itself", "too few", "over"])
def test_offer_refused_reports_nothing(shop: Shop, fault: str) -> None:
    size, now = "L", NOW
    match fault:
        case "dearer":
            size = "XL"
        case "other style":
            sku = shop.market.sku(units=5)
            shop.items["other"], size = item_of(shop.market.sale(sku), sku), "other"
        case "itself":
            size = "M"
        case "too few":
            shop.market.reseller().grab(shop.items["L"], 4)
        case _:
            now = OVER
    before = shop.state()
    with pytest.raises(NotASubstitute):
        report_short(
            actor=shop.market.clerk,
            shortages=[Shortage(shop.line, 2, shop.items[size])],
            note="",
            key="s",
            now=now,
        )
    assert shop.state() == before


@pytest.mark.parametrize(
    "fault", ["not hers", "expired", "sale over", "sold out", "limit", "price", "wallet", "dearer"]
)
def test_accept_substitute_refused_changes_nothing(shop: Shop, fault: str) -> None:
    shop.short("L")
    sent: dict[str, object] = {}
    refusal: type[Exception]
    match fault:
        case "not hers":
            sent, refusal = {"actor": shop.market.reseller().actor}, NoSuchSubstitute
        case "expired":
            sent, refusal = {"now": NOW + timedelta(hours=24)}, SubstituteAnswered
        case "sale over":
            Substitute.objects.update(expires_at=OVER + HOUR)
            sent, refusal = {"now": OVER}, SaleNotLive
        case "sold out":
            shop.market.reseller().grab(shop.items["L"], 4)
            refusal = SoldOut
        case "limit":
            shop.daigou.grab(shop.items["L"], 3)
            refusal = OverLimit
        case "price":
            sent, refusal = {"expected_price_fen": 99_00}, PriceChanged
        case "wallet":
            shop.market.paid_order(shop.daigou, shop.items["S"], 1)
            refusal = InsufficientBalance
        case _:
            Substitute.objects.update(item=shop.items["XL"])
            sent, refusal = {"expected_price_fen": 120_00}, SubstituteDearer
    before = shop.state()
    with pytest.raises(refusal):
        shop.accept(**sent)
    assert shop.state() == before


def test_pages_offer_and_accept_with_one_tap(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: LATER)
    client.force_login(Person.objects.get(pk=shop.market.clerk.own_id))
    page = client.get(f"/portal/shipping/lines/{shop.line}/shortage/").content.decode()
    assert "推荐同款替代" in page
    assert "专场还有 5 件" in page
    sent = {"units": "2", "note": "", "key": "page", "substitute_item_id": str(shop.items["S"])}
    assert (
        "已报缺货" in client.post(f"/portal/shipping/lines/{shop.line}/shortage/", sent, follow=True).content.decode()
    )
    client.force_login(Person.objects.get(pk=shop.daigou.actor.own_id))
    assert "品牌可以发同款" in client.get("/shop/inbox/").content.decode()
    page = client.get(f"/shop/orders/{shop.order.id}/").content.decode()
    assert "要，每件 ¥80.00" in page
    path = f"/shop/orders/{shop.order.id}/substitutes/{shop.offer().id}/"
    assert "已下单" in client.post(path, {"accept": "8000"}, follow=True).content.decode()
    assert "已接受替代品" in client.get(f"/shop/orders/{shop.order.id}/").content.decode()
    assert Order.objects.filter(state="paid").count() == 2


def test_api_of_both_sides(shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: LATER)

    def call(actor: Actor, path: str, body: dict[str, object] | None = None) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {issue_token(actor=actor, label='x', now=NOW)}"}
        if body is None:
            answer = client.get(f"/api/v1{path}", headers=headers)
        else:
            answer = client.post(f"/api/v1{path}", body, headers=headers, content_type="application/json")
        return answer.status_code, answer.json()

    status, choices = call(shop.market.clerk, f"/order-lines/{shop.line}/substitutes")
    assert isinstance(choices, list)
    assert (status, [each["size"] for each in choices]) == (200, ["S", "L"])
    line = {"line_id": shop.line, "units": 2, "substitute_item_id": shop.items["L"]}
    assert call(shop.market.clerk, "/shortages", {"lines": [line], "key": "erp"})[0] == 201
    status, offers = call(shop.daigou.actor, "/substitutes")
    assert isinstance(offers, list)
    assert (offers[0]["units"], offers[0]["price"], offers[0]["line_price"]) == (2, "100.00", "100.00")
    status, done = call(shop.daigou.actor, f"/substitutes/{offers[0]['id']}/accept", {"expected_price": "100.00"})
    assert isinstance(done, dict)
    assert (status, done["state"]) == (200, "accepted")
    assert call(shop.daigou.actor, "/substitutes") == (200, [])
