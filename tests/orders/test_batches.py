"""Placements of several resellers that are committed together (ORDER-17)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from accounts.rules import SignInFirst
from accounts.services.tokens import issue_token
from flashsales.models import SaleItem
from flashsales.selectors.offers import get_offers_of_placements
from flashsales.services.units import NoSuchItem, OverLimit, SaleNotLive, SoldOut
from kernel.refusal import Refusal
from membership.models import Reseller
from membership.selectors.people import NotAReseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.rules.lines import Take
from orders.selectors.orders import NoSuchRecipient, OrderView, get_own_order
from orders.services import batches
from orders.services.batches import GrabRequest, NotDecided, place_batch
from orders.services.credit import SharedUnpaidLimitExceeded, UnpaidLimitExceeded
from orders.services.grab import grab
from orders.services.placing import GrabLine
from orders.services.placing_refusals import LinesRefused, PriceChanged
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of, units_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def request_of(daigou: Daigou, *lines: tuple[int, int], key: str = "", take: Take = Take.ALL) -> GrabRequest:
    wanted = [GrabLine(item_id, units, daigou.recipient_id) for item_id, units in lines]
    return GrabRequest(wanted, key or uuid4().hex, take, NOW, actor=daigou.actor)


def codes(outcomes: Sequence[object]) -> list[str]:
    return [outcome.code if isinstance(outcome, Refusal) else type(outcome).__name__ for outcome in outcomes]


def test_place_batch_grants_in_order_of_arrival_and_a_refused_one_uses_up_nothing(market: Marketplace) -> None:
    sku = market.sku(units=3)
    item = item_of(market.sale(sku), sku)
    buyers = [market.reseller() for _ in range(3)]
    requests = [request_of(buyer, (item, units)) for buyer, units in zip(buyers, (5, 2, 2), strict=True)]
    too_many, placed, too_late = place_batch(requests)
    assert isinstance(placed, OrderView)
    assert placed.units == 2
    assert [each.available for each in (too_many, too_late) if isinstance(each, SoldOut)] == [3, 1]
    assert units_of(item) == (3, 1, 2, 0)
    assert all_violations() == []


def test_place_batch_answers_with_the_orders_as_they_are_stored(market: Marketplace) -> None:
    skus = [market.sku(units=9), market.sku(units=1)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    first, second = market.reseller(), market.reseller()
    requests = [
        request_of(first, (items[0], 2), (items[1], 1)),
        replace(
            request_of(second, (items[1], 1), (items[0], 3), take=Take.WHAT_IS_LEFT),
            lines=[
                GrabLine(items[1], 1, second.recipient_id),
                GrabLine(items[0], 3, second.recipient_id, remark="送礼", source="workbook:3:12"),
            ],
        ),
    ]
    outcomes = place_batch(requests)
    for buyer, outcome in zip((first, second), outcomes, strict=True):
        assert isinstance(outcome, OrderView)
        assert outcome == get_own_order(buyer.id, outcome.id)
    left = outcomes[1]
    assert isinstance(left, OrderView)
    assert [(line.item_id, line.units, line.remark) for line in left.lines] == [(items[0], 3, "送礼")]
    assert [refused.code for refused in left.refused_lines] == ["flashsales.sold_out"]
    assert OrderLine.objects.get(order_id=left.id).source == "workbook:3:12"


def test_place_batch_refuses_each_for_its_own_reason(market: Marketplace) -> None:
    sku, later, limited, dear = (
        market.sku(),
        market.sku(),
        market.sku(),
        market.sku(tag_price_fen=9_000_00, base_price_fen=2_500_00),
    )
    item = item_of(market.sale(sku), sku)
    not_live = item_of(market.sale(later, starts_at=NOW + HOUR), later)
    scarce = item_of(market.sale(limited, item_limit=1), limited)
    costly = item_of(market.sale(dear), dear)
    buyer, other = market.reseller(), market.reseller()
    stranger = replace(request_of(buyer, (item, 1)), actor=None, token="nobody's")
    foreign = replace(request_of(buyer, (item, 1)), lines=[GrabLine(item, 1, other.recipient_id)])
    changed = replace(request_of(buyer, (item, 1)), lines=[GrabLine(item, 1, buyer.recipient_id, 1)])
    requests = [
        stranger,
        replace(request_of(buyer, (item, 1)), actor=market.ops),
        foreign,
        changed,
        request_of(buyer, (not_live, 1)),
        request_of(buyer, (scarce, 1)),
        request_of(buyer, (scarce, 1)),
        request_of(other, (costly, 1)),
        request_of(other, (item, 99), (scarce, 2)),
        request_of(other, (item, 1)),
    ]
    outcomes = place_batch(requests)
    kinds = [SignInFirst, NotAReseller, NoSuchRecipient, PriceChanged, SaleNotLive, OrderView, OverLimit]
    kinds += [UnpaidLimitExceeded, LinesRefused, OrderView]
    assert [type(outcome) for outcome in outcomes] == kinds
    assert Order.objects.count() == 2
    assert all_violations() == []


def test_place_batch_counts_the_unpaid_limit_that_trial_members_share(market: Marketplace) -> None:
    sku = market.sku(units=9, tag_price_fen=5_000_00, base_price_fen=1_500_00)
    item = item_of(market.sale(sku), sku)
    members = market.invitees(market.reseller(), 3)
    outcomes = place_batch([request_of(member, (item, 1)) for member in members])
    assert codes(outcomes) == ["OrderView", SharedUnpaidLimitExceeded.code, SharedUnpaidLimitExceeded.code]
    assert Order.objects.count() == 1


def test_place_batch_looks_up_tokens(market: Marketplace) -> None:
    sku = market.sku(units=3)
    item = item_of(market.sale(sku), sku)
    buyer, gone = market.reseller(), market.reseller()
    token = issue_token(actor=buyer.actor, label="erp", now=NOW)
    revoked = issue_token(actor=gone.actor, label="erp", now=NOW)
    ApiToken.objects.filter(person_id=gone.actor.own_id).update(revoked_at=NOW)

    def with_token(daigou: Daigou, text: str) -> GrabRequest:
        return replace(request_of(daigou, (item, 1)), actor=None, token=text)

    outcomes = place_batch([with_token(buyer, token), with_token(gone, revoked), with_token(buyer, token)])
    assert codes(outcomes) == ["OrderView", SignInFirst.code, "OrderView"]
    assert set(Order.objects.values_list("reseller_id", flat=True)) == {buyer.id}


def test_place_batch_leaves_a_repeated_key_to_the_single_placement(market: Marketplace) -> None:
    sku = market.sku(units=9)
    item = item_of(market.sale(sku), sku)
    buyer = market.reseller()
    buyer.grab(item, key="before")
    requests = [request_of(buyer, (item, 1), key=key) for key in ("before", "twice", "twice")]
    assert codes(place_batch(requests)) == ["NotDecided", "OrderView", "NotDecided"]
    assert Order.objects.count() == 2
    assert buyer.grab(item, key="twice").id == Order.objects.get(key="twice").pk


def test_place_batch_leaves_a_member_whose_month_has_not_begun_to_the_single_placement(market: Marketplace) -> None:
    sku = market.sku()
    item = item_of(market.sale(sku), sku)
    buyer, behind = market.reseller(), market.reseller()
    Reseller.objects.filter(pk=behind.id).update(rolled_over_through="2020-01-01")
    assert codes(place_batch([request_of(buyer, (item, 1)), request_of(behind, (item, 1))])) == [
        "OrderView",
        "NotDecided",
    ]


def test_place_batch_places_nothing_where_units_are_used_up_beside_it(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the items were not locked: the write finds less than was read, and nothing of the batch stands."""
    skus = [market.sku(units=1), market.sku(units=1)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    buyers = [market.reseller(), market.reseller()]

    def read_and_use_up(*arguments: object) -> object:
        found = read(*arguments)  # type: ignore[arg-type]
        SaleItem.objects.filter(pk=items[1]).update(available=0, held=1)
        return found

    read = get_offers_of_placements
    monkeypatch.setattr(batches, "get_offers_of_placements", read_and_use_up)
    outcomes = place_batch([request_of(buyer, (item, 1)) for buyer, item in zip(buyers, items, strict=True)])
    assert [type(outcome) for outcome in outcomes] == [NotDecided, NotDecided]
    assert Order.objects.count() == 0
    assert units_of(items[0]) == (1, 1, 0, 0)


def test_place_batch_sends_as_many_statements_for_many_as_for_one(market: Marketplace) -> None:
    skus = [market.sku(units=99) for _ in range(3)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    buyers = [market.reseller() for _ in range(6)]

    def statements(requests: list[GrabRequest]) -> int:
        with CaptureQueriesContext(connection) as made:
            assert set(codes(place_batch(requests))) == {"OrderView"}
        return len(made)

    one = statements([request_of(buyers[0], (items[0], 1))])
    many = statements([request_of(buyer, *((item, 1) for item in items)) for buyer in buyers])
    assert one == many <= 11


def test_place_batch_lets_nobody_overtake_a_grab_that_it_does_not_decide(market: Marketplace) -> None:
    """The last unit is for who came first, though her tier has to be computed first."""
    skus = [market.sku(units=1), market.sku(units=9)]
    sale_id = market.sale(*skus)
    scarce, plenty = (item_of(sale_id, sku) for sku in skus)
    behind, second, third = market.reseller(), market.reseller(), market.reseller()
    Reseller.objects.filter(pk=behind.id).update(rolled_over_through="2020-01-01")
    requests = [request_of(behind, (scarce, 1)), request_of(second, (scarce, 1)), request_of(third, (plenty, 1))]
    assert codes(place_batch(requests)) == ["NotDecided", "NotDecided", "OrderView"]
    assert units_of(scarce) == (1, 1, 0, 0)


def test_place_batch_across_the_turn_of_a_month_leaves_those_of_the_new_one(market: Marketplace) -> None:
    sku = market.sku(units=9)
    item = item_of(market.sale(sku), sku)
    first, second = request_of(market.reseller(), (item, 1)), request_of(market.reseller(), (item, 1))
    later = replace(second, now=NOW + timedelta(days=40))
    assert codes(place_batch([first, later])) == ["OrderView", "NotDecided"]


@pytest.mark.parametrize("bad", [0, -1, 2**63])
def test_grab_refuses_ids_that_no_table_has(market: Marketplace, bad: int) -> None:
    """One such id would break the statement that all grabs of a batch share."""
    buyer = market.reseller()
    sku = market.sku()
    item = item_of(market.sale(sku), sku)
    for line, refusal in (
        (GrabLine(bad, 1, buyer.recipient_id), NoSuchItem),
        (GrabLine(item, 1, bad), NoSuchRecipient),
    ):
        with pytest.raises(refusal):
            grab(actor=buyer.actor, lines=[line], key="bad", now=NOW)
    assert Order.objects.count() == 0
