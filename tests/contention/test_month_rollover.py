"""A payment of the last second of a month and the roll-over that begins meanwhile; and the opening of months under payments."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.rules import SYSTEM
from integrity.selectors.checks import violations_of
from membership.models import Reseller
from membership.rules.tiers import Tier
from membership.services import growth, partitions, rollover
from tests.contention.concurrency import run_concurrently
from tests.membership.play import members

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]
JULY = datetime(2026, 6, 30, 16, tzinfo=UTC)
IN_TIME = JULY - timedelta(milliseconds=1)


def vip2_who_has_bought_too_little() -> int:
    (reseller_id,) = members(1, datetime(2026, 3, 10, 4, tzinfo=UTC))
    bought_at = datetime(2026, 3, 11, 4, tzinfo=UTC)
    growth.credit_purchase(reseller_id=reseller_id, order_id=1, amount_fen=5_000_00, now=bought_at)
    growth.settle_shipment(reseller_id=reseller_id, order_id=1, shipment="1", amount_fen=5_000_00, now=bought_at)
    for month in (4, 5, 6):
        rollover.roll_over_month(
            actor=SYSTEM, month=date(2026, month, 1), now=datetime(2026, month, 1, tzinfo=UTC) - timedelta(hours=8)
        )
    return reseller_id


def roll_over_while_she_pays(reseller_id: int) -> None:
    """Her payment has been written and is committed only when the roll-over waits for something, or is through."""
    paid, rolled_over = threading.Event(), threading.Event()

    def pay() -> None:
        with transaction.atomic():
            growth.credit_purchase(reseller_id=reseller_id, order_id=2, amount_fen=1_000_00, now=IN_TIME)
            paid.set()
            while not rolled_over.is_set() and not somebody_waits():
                time.sleep(0.02)

    def roll_over() -> None:
        paid.wait(timeout=20)
        rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=JULY)
        rolled_over.set()

    run_concurrently([pay, roll_over])


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (
                   SELECT 1 FROM pg_locks AS waits JOIN pg_locks AS holds USING (pid)
                   WHERE NOT waits.granted
                     AND holds.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
        )
        (waits,) = cursor.fetchone()
    return bool(waits)


def test_without_the_lock_over_the_month_a_rollover_writes_a_tier_without_the_payment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("membership.services.rollover.MAX_WRITE", timedelta(0))
    reseller_id = vip2_who_has_bought_too_little()
    roll_over_while_she_pays(reseller_id)
    assert Reseller.objects.get(pk=reseller_id).tier == Tier.VIP1
    assert violations_of("membership") != []


def test_a_rollover_waits_for_payments_of_the_month_that_it_evaluates() -> None:
    reseller_id = vip2_who_has_bought_too_little()
    roll_over_while_she_pays(reseller_id)
    assert Reseller.objects.get(pk=reseller_id).tier == Tier.VIP2
    assert violations_of("membership") == []


def test_opening_a_month_waits_for_a_payment() -> None:
    """The payment holds what the opening needs and goes on to what the opening would hold: one of them had to die."""
    (reseller_id,) = members(1, IN_TIME)
    written, tried = threading.Event(), threading.Event()

    def pay() -> None:
        with transaction.atomic():
            growth.credit_purchase(reseller_id=reseller_id, order_id=1, amount_fen=100_00, now=IN_TIME)
            written.set()
            tried.wait(timeout=20)
            growth.settle_shipment(reseller_id=reseller_id, order_id=1, shipment="1", amount_fen=100_00, now=IN_TIME)

    def open_ahead() -> list[str]:
        written.wait(timeout=20)
        gave_way = partitions.open_months(now=JULY, tries=1)
        tried.set()
        return gave_way

    assert run_concurrently([pay, open_ahead])[1] == []
    assert partitions.open_months(now=JULY) == [f"membership_growthentry_2026_{month:02d}" for month in (7, 8, 9)]
    assert partitions.open_months(now=JULY) == []
    assert violations_of("membership") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM membership_growthentry_rest")
        assert cursor.fetchone() == (2,)
        for month in (7, 8, 9):
            cursor.execute(f"DROP TABLE membership_growthentry_2026_{month:02d}")
