"""Answers to offered substitutes that race: with each other, for the last units, and with exchanges and grabs (AFTER-17)."""

from functools import partial
from threading import Barrier

import pytest
from django.db import transaction

from aftersales.models.refunds import Substitute
from aftersales.selectors.exchanges import ExchangeView
from aftersales.selectors.substitutes import SubstituteView
from aftersales.services.exchanges import exchange
from aftersales.services.refunds import report_out_of_stock
from aftersales.services.substitutes import SubstituteAnswered, accept_substitute, decline_substitute
from flashsales.services.units import SoldOut
from orders.models.orders import Order
from orders.selectors.orders import OrderView, get_wallet_balance_fen
from tests.builders import HOUR, NOW, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
LATER = NOW + HOUR


class Shop:
    """A style in M and L; each of the buyers has paid for an M, which is short, and is offered one of the two L."""

    def __init__(self, *, buyers: int) -> None:
        self.market = Marketplace()
        skus = [
            self.market.sku(units=units, base_price_fen=10_00, style_no="K1", size=size)
            for size, units in (("M", 10), ("L", 2))
        ]
        sale = self.market.sale(*skus)
        self.medium, self.large = (item_of(sale, sku) for sku in skus)
        self.buyers = [self.market.reseller(wallet_fen=10_00) for _ in range(buyers)]
        for number, buyer in enumerate(self.buyers):
            (line,) = self.market.paid_order(buyer, self.medium, 1).lines
            report_out_of_stock(
                actor=self.market.clerk,
                line_id=line.id,
                units=1,
                note="",
                key=f"s{number}",
                substitute_item_id=self.large,
                now=NOW,
            )
        self.offers = list(Substitute.objects.order_by("pk").values_list("pk", flat=True))

    def accept(self, number: int) -> SubstituteView:
        return accept_substitute(
            actor=self.buyers[number].actor,
            substitute_id=self.offers[number],
            expected_price_fen=10_00,
            now=LATER,
        )

    def decline(self, number: int) -> SubstituteView:
        return decline_substitute(actor=self.buyers[number].actor, substitute_id=self.offers[number], now=LATER)


def test_answers_to_one_offer_at_once_have_one_outcome() -> None:
    shop = Shop(buyers=1)
    both_have_read = Barrier(2)

    def answer_without_a_lock() -> str:
        with transaction.atomic():
            row = Substitute.objects.get()
            both_have_read.wait(timeout=20)
            row.save(update_fields=["state"])
            return row.state

    # The control: without the lock each of two answers finds the offer open.
    assert run_concurrently([answer_without_a_lock] * 2) == ["offered", "offered"]
    answers = run_concurrently([partial(shop.accept, 0)] * 4 + [partial(shop.decline, 0)] * 4)
    row = Substitute.objects.get()
    done = [answer.state for answer in answers if isinstance(answer, SubstituteView)]
    assert done == [row.state] * 4
    assert sum(isinstance(answer, SubstituteAnswered) for answer in answers) == 4
    bought = 1 if row.state == "accepted" else 0
    assert Order.objects.count() == 1 + bought
    assert units_of(shop.large) == (2, 2 - bought, 0, bought)
    assert get_wallet_balance_fen(shop.buyers[0].id) == 10_00 - bought * 10_00
    assert all_violations() == []


def test_accepted_substitutes_exchanges_and_grabs_sell_the_last_units_once() -> None:
    shop = Shop(buyers=3)
    # The control: together the open offers name more units than are left, since an offer holds none.
    assert len(shop.offers) > units_of(shop.large)[1]
    other, grabbing = shop.market.reseller(wallet_fen=100_00), shop.market.reseller()
    (line,) = shop.market.paid_order(other, shop.medium, 1).lines
    answers = run_concurrently(
        [
            *(partial(shop.accept, number) for number in range(3)),
            partial(exchange, actor=other.actor, line_id=line.id, item_id=shop.large, key="x", now=LATER),
            partial(grabbing.grab, shop.large, 1, now=LATER),
        ]
    )
    assert sum(isinstance(answer, SubstituteView | ExchangeView | OrderView) for answer in answers) == 2
    assert sum(isinstance(answer, SoldOut) for answer in answers) == 3
    _, left, held, sold = units_of(shop.large)
    assert (left, held + sold) == (0, 2)
    accepted = sum(isinstance(answer, SubstituteView) for answer in answers)
    states = list(Substitute.objects.values_list("state", flat=True))
    assert (states.count("accepted"), states.count("offered")) == (accepted, 3 - accepted)
    assert all_violations() == []
