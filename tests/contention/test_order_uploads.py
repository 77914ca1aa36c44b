"""Workbooks of orders that race: one committed twice, two of the same lines, and several for the last units (WORKBOOK-4, WORKBOOK-5)."""

from functools import partial

import pytest

from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.rules.lines import Take
from orders.rules.states import OrderState
from orders.selectors.orders import get_wallet_balance_fen
from orders.uploads import commit, parse, receive
from orders.uploads.commit import CommitView, commit_upload
from tests.builders import NOW, Daigou, Marketplace, item_of, units_of
from tests.contention.concurrency import run_concurrently
from tests.orders.order_files import line, preview, send, workbook
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

WALLET_FEN = 5000_00


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def committing(daigou: Daigou, upload_id: int, take: Take = Take.ALL) -> partial[CommitView]:
    return partial(commit_upload, actor=daigou.actor, upload_id=upload_id, take=take, now=NOW)


def test_one_upload_committed_by_many_at_once_is_one_order_and_one_payment(market: Marketplace) -> None:
    daigou, sku = market.reseller(wallet_fen=WALLET_FEN), market.sku(units=30)
    market.sale(sku)
    view = preview(daigou, *[line(sku, recipient=f"顾客{name}") for name in "甲乙丙丁"])
    answers = run_concurrently([committing(daigou, view.id)] * 6)
    assert {answer.order.id for answer in answers if isinstance(answer, CommitView)} == {Order.objects.get().pk}
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert Order.objects.get().state == OrderState.PAID.value
    assert get_wallet_balance_fen(daigou.id) == WALLET_FEN - view.totals.total_fen
    assert (OrderLine.objects.count(), Recipient.objects.count()) == (4, 5)
    assert all_violations() == []


def test_the_same_file_sent_twice_and_committed_at_once_is_ordered_once(market: Marketplace) -> None:
    """Each was previewed before the other was ordered: without the lock on her uploads both would find nothing that they repeat."""
    daigou, sku = market.reseller(wallet_fen=WALLET_FEN), market.sku(units=30)
    market.sale(sku)
    views = [preview(daigou, line(sku, 2)) for _ in range(3)]
    answers = run_concurrently([committing(daigou, view.id) for view in views])
    assert len([answer for answer in answers if isinstance(answer, CommitView)]) == 1
    assert len([answer for answer in answers if isinstance(answer, commit.RepeatsNotConfirmed)]) == 2
    assert Order.objects.count() == 1


def test_without_the_lock_the_same_file_would_be_ordered_more_than_once(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr("orders.sql.lock_order_uploads", lambda *, reseller_id: None)
    ordered = 0
    for number in range(6):
        daigou, sku = market.reseller(wallet_fen=WALLET_FEN), market.sku(units=30, style_no=f"CONTROL-{number}")
        market.sale(sku)
        views = [preview(daigou, line(sku, 2)) for _ in range(4)]
        run_concurrently([committing(daigou, view.id) for view in views])
        ordered = max(ordered, Order.objects.filter(reseller_id=daigou.id).count())
        if ordered > 1:
            break
    assert ordered > 1


def test_workbooks_for_the_last_units_get_what_is_left_and_no_unit_twice(market: Marketplace) -> None:
    skus = [market.sku(units=5, base_price_fen=10_00) for _ in range(3)]
    sale_id = market.sale(*skus)
    buyers = [market.reseller(wallet_fen=WALLET_FEN) for _ in range(5)]
    views = [
        preview(buyer, *[line(sku, 2) for sku in (skus if number % 2 else skus[::-1])])
        for number, buyer in enumerate(buyers)
    ]
    acts = [committing(buyer, view.id, Take.WHAT_IS_LEFT) for buyer, view in zip(buyers, views, strict=True)]
    answers = run_concurrently(acts)
    placed = [answer.order for answer in answers if isinstance(answer, CommitView)]
    assert sum(each.units for order in placed for each in order.lines) == 15
    assert [units_of(item_of(sale_id, sku)) for sku in skus] == [(5, 0, 0, 5)] * 3
    assert {type(answer) for answer in answers} <= {CommitView, commit.NothingToOrder}
    assert all_violations() == []


def test_a_workbook_that_is_cancelled_while_it_is_read_stays_cancelled(market: Marketplace) -> None:
    daigou, sku = market.reseller(), market.sku()
    market.sale(sku)
    upload_id = send(daigou, workbook(line(sku)))
    run_concurrently(
        [
            partial(parse.read_upload, upload_id=upload_id, clock=lambda: NOW),
            partial(parse.read_upload, upload_id=upload_id, clock=lambda: NOW),
            partial(receive.cancel_upload, actor=daigou.actor, upload_id=upload_id, now=NOW),
        ]
    )
    with pytest.raises(receive.OrderUploadNotReady):
        receive.refresh_preview(actor=daigou.actor, upload_id=upload_id, now=NOW)
    assert parse.claimable_uploads(now=NOW) == []
