"""Grabs per second on one SKU and on fifty: `python bench/grab.py [--threads 8] [--grabs 40] [--rounds 5]`.

Compares in turns, within one run, (a) the grab as it is, one statement for units, limits and the order, and (b) the same work with the ORM:
lock the item, read it, count the reseller's earlier orders, write the units back, write the order and its line. Both look up the reseller
and the recipient and return the order. Uses the database that DATABASE_URL names and leaves its orders there.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import itertools
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["WEICANG_WEB_THREADS"] = "16"

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum

from flashsales.models import SaleItem
from kernel import clock
from membership.models import Reseller
from membership.selectors.people import require_reseller
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.selectors.orders import get_own_order
from pricing.models import PriceListRow
from tests.builders import Daigou, Marketplace, item_of

Grab = Callable[[Daigou, int, str], None]
_keys = itertools.count()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--threads", type=int, default=8)
    options.add_argument("--grabs", type=int, default=40, help="per thread and round")
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    market = Marketplace(now=clock.now())
    skus = [market.sku(units=500_000) for _ in range(50)]
    sale_id = market.sale(*skus)
    items = [item_of(sale_id, sku) for sku in skus]
    daigous = [market.reseller(wallet_fen=10_000_000_00) for _ in range(asked.threads)]
    for spread, offered in (("one hot SKU", items[:1]), ("fifty SKUs", items)):
        speeds: dict[str, list[float]] = {"statement": [], "steps": []}
        for _ in range(asked.rounds):
            for name, grab in (("statement", in_one_statement), ("steps", in_steps)):
                speeds[name].append(per_second(grab, daigous, offered, asked.grabs))
        medians = {name: round(statistics.median(each), 1) for name, each in speeds.items()}
        figures = {
            "bench": f"orders.grab, {spread}, {asked.threads} hands",
            "grabs_per_second": medians,
            "rounds": asked.rounds,
            "ratio": round(medians["statement"] / medians["steps"], 2),
        }
        sys.stdout.write(json.dumps(figures) + "\n")


def per_second(grab: Grab, daigous: list[Daigou], items: list[int], grabs: int) -> float:
    line = threading.Barrier(len(daigous) + 1)

    def hand(daigou: Daigou) -> None:
        line.wait()
        for number in range(grabs):
            grab(daigou, items[(number + daigou.id) % len(items)], f"bench-{next(_keys)}")
        connection.close()

    threads = [threading.Thread(target=hand, args=(daigou,)) for daigou in daigous]
    for thread in threads:
        thread.start()
    line.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return len(daigous) * grabs / (time.perf_counter() - started)


def in_one_statement(daigou: Daigou, item_id: int, key: str) -> None:
    daigou.grab(item_id, key=key, now=clock.now())


def in_steps(daigou: Daigou, item_id: int, key: str) -> None:
    """What one writes first: every step right by itself, the row locked over all of them."""
    now = clock.now()
    reseller = require_reseller(daigou.actor)
    assert Recipient.objects.filter(pk=daigou.recipient_id, reseller_id=reseller.id).exists()
    get_own_order(reseller.id, _steps(daigou, item_id, key, now))


@transaction.atomic
def _steps(daigou: Daigou, item_id: int, key: str, now: datetime) -> int:
    item = SaleItem.objects.select_for_update().select_related("sale").get(pk=item_id)
    taken = OrderLine.objects.filter(item=item, order__reseller_id=daigou.id).exclude(order__state="cancelled")
    already = taken.aggregate(units=Sum("units", default=0))["units"]
    assert item.available > 0
    assert item.limit_units is None or already < item.limit_units
    tier = Reseller.objects.get(pk=daigou.id).tier
    price = PriceListRow.objects.get(price_list_id=item.sale.price_list_id, sku_id=item.sku_id, tier=tier)
    item.available -= 1
    item.held += 1
    item.save(update_fields=["available", "held"])
    order = Order.objects.create(
        reseller_id=daigou.id,
        key=key,
        state="unpaid",
        tier=tier,
        total_fen=price.wholesale_fen,
        placed_at=now,
        pay_before=now + timedelta(minutes=15),
    )
    OrderLine.objects.create(
        order=order,
        item=item,
        sale_id=item.sale_id,
        brand_id=item.sale.brand_id,
        sku_id=item.sku_id,
        recipient_id=daigou.recipient_id,
        price_row=price,
        units=1,
        price_fen=price.wholesale_fen,
        payable_fen=price.brand_payable_fen,
        commission_fen=price.commission_fen,
        labelling=price.labelling,
        retail_floor_fen=price.retail_floor_fen,
    )
    return order.pk


if __name__ == "__main__":
    main()
