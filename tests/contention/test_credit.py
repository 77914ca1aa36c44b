"""What members may hold without having paid, when they grab at the same instant (ORDER-6)."""

import threading
import time
from collections.abc import Sequence
from functools import partial
from itertools import repeat

import pytest
from django.db import connection, transaction

from flashsales.models import SaleItem
from orders.models.orders import Order
from orders.selectors.orders import OrderView
from orders.services.credit import SharedUnpaidLimitExceeded, UnpaidLimitExceeded
from tests.builders import Daigou, Marketplace, item_of
from tests.contention.concurrency import THREADS, run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def goods(market: Marketplace) -> list[int]:
    """Pieces of ¥1,500, of which a trial member may hold one. Each grab takes another item, so that no lock of an item orders them."""
    skus = [market.sku(units=1, tag_price_fen=5_000_00, base_price_fen=1_500_00) for _ in range(THREADS)]
    sale_id = market.sale(*skus)
    return [item_of(sale_id, sku_id) for sku_id in skus]


def held_fen(grabbing: Sequence[Daigou], item_ids: Sequence[int]) -> tuple[int, list[object]]:
    """What all of them hold after each grabbed one piece while the goods were locked, so that every grab had begun; and the answers."""

    def lock_goods_until_all_wait() -> None:
        with transaction.atomic():
            assert len(SaleItem.objects.select_for_update().filter(pk__in=item_ids)) == len(item_ids)
            locked.set()
            for _ in range(1000):
                if waiting() >= len(grabbing):
                    return
                time.sleep(0.02)
            raise AssertionError("the grabs did not begin")

    def grab(daigou: Daigou, item_id: int) -> OrderView:
        locked.wait(timeout=20)
        return daigou.grab(item_id)

    locked = threading.Event()
    _, *answers = run_concurrently([lock_goods_until_all_wait, *map(partial, repeat(grab), grabbing, item_ids)])
    return sum(Order.objects.values_list("total_fen", flat=True)), answers


def waiting() -> int:
    """How many transactions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(DISTINCT waits.pid) FROM pg_locks AS waits JOIN pg_locks AS holds USING (pid)
               WHERE NOT waits.granted
                 AND holds.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
        )
        (count,) = cursor.fetchone()
    return int(count)


def test_control_without_the_lock_concurrent_grabs_exceed_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.services.batches.lock_credits", lambda pairs: None)
    market = Marketplace()
    daigou = market.reseller()
    assert held_fen([daigou] * THREADS, goods(market))[0] > 1_500_00


def test_grabs_of_one_member_at_once_hold_no_more_than_her_limit() -> None:
    market = Marketplace()
    daigou = market.reseller()
    held, answers = held_fen([daigou] * THREADS, goods(market))
    assert held == 1_500_00
    assert sum(isinstance(answer, UnpaidLimitExceeded) for answer in answers) == THREADS - 1


def test_grabs_of_the_members_of_one_inviter_at_once_hold_no_more_than_theirs() -> None:
    market = Marketplace()
    inviter = market.reseller()
    held, answers = held_fen(market.invitees(inviter, THREADS), goods(market))
    assert held == 1_500_00
    assert sum(isinstance(answer, SharedUnpaidLimitExceeded) for answer in answers) == THREADS - 1
