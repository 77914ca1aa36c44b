"""How long it takes to freeze the price list of a sale: `python bench/pricing.py [--skus 100000]`. Rolls its transaction back.

The target is 100,000 SKUs for six tiers in under 10 seconds. In the same run, in turns, the benchmark copies the same items and rows
under a new list with `INSERT … SELECT`, into the same tables with the same constraints and without computing a price. The ratio of the
medians is the cost of finding, checking and computing the prices, on any machine.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import random
import resource
import statistics
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from accounts.rules import SYSTEM
from brands.models import Brand
from integrity.selectors.checks import violations_of
from inventory.models import Category, Sku, Style
from pricing.models import PriceControl, PriceList, PriceListItem, PriceListRow
from pricing.rules.controls import Action, ControlFields, Scope
from pricing.rules.terms import Ending, MarkdownSchedule, SaleTerms
from pricing.services import price_lists, price_rules

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--skus", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--check", action="store_true", help="also recompute every row by the pure law")
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        brand_id, sku_ids, style_ids = build_catalogue(asked.skus)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE inventory_sku, inventory_style, brands_brand")
        enter_rules(brand_id, style_ids)
        terms = SaleTerms(ending=Ending.NINE, markdown_schedule=MarkdownSchedule(180, 30, Decimal("0.10")))
        rows = excluded = 0
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(asked.rounds):
            started = time.perf_counter()
            frozen = price_lists.freeze_price_list(actor=SYSTEM, sku_ids=sku_ids, terms=terms, at=NOW, now=NOW)
            ours.append(time.perf_counter() - started)
            bare.append(copy_of(frozen.id))
            rows, excluded = frozen.priced * 6, len(frozen.excluded)
        figures: dict[str, Any] = {
            "bench": "pricing.freeze_price_list",
            "skus": len(sku_ids),
            "rows": rows,
            "excluded": excluded,
            "seconds": round(statistics.median(ours), 2),
            "bare_insert_s": round(statistics.median(bare), 2),
            "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
            "rounds": [[round(each, 2) for each in found] for found in (ours, bare)],
            "asked_seconds": 10,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        if asked.check:
            started = time.perf_counter()
            figures["violations"] = len(violations_of("pricing"))
            figures["check_seconds"] = round(time.perf_counter() - started, 2)
        print(json.dumps(figures))
        transaction.set_rollback(True)
    if figures.get("violations"):
        sys.exit("The frozen prices break an invariant.")


def copy_of(list_id: int) -> float:
    """The seconds that it takes to write a list's items and rows again under a new list."""
    kept = PriceList.objects.get(pk=list_id)
    kept.pk = None
    kept.save(force_insert=True)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for model in (PriceListItem, PriceListRow):
            names = ", ".join(
                str(field.column) for field in model._meta.concrete_fields if field.name not in ("id", "price_list")
            )
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} (price_list_id, {names}) "
                f"SELECT %s, {names} FROM {model._meta.db_table} WHERE price_list_id = %s",
                [kept.pk, list_id],
            )
    return time.perf_counter() - started


def build_catalogue(skus: int) -> tuple[int, list[int], list[int]]:
    """A brand with `skus` SKUs, ten a style, over all categories and three seasons; prices from a fixed seed."""
    dice = random.Random(1)
    brand = Brand.objects.create(
        name="bench",
        status="admitted",
        annual_sales_fen=1,
        offline_shops=1,
        deposit_required_fen=1,
        commission_rate=Decimal("0.15"),
        applied_at=NOW,
    )
    categories = list(Category.objects.values_list("pk", flat=True))
    styles = Style.objects.bulk_create(
        Style(
            brand=brand,
            style_no=f"B{number}",
            category_id=categories[number % len(categories)],
            season="春秋冬"[number % 3],
            year=2024 + number % 2,
        )
        for number in range(skus // 10)
    )
    rows = []
    for style in styles:
        tag = 9900 + 100 * dice.randrange(3000)
        base = int(tag * (0.2 + 0.3 * dice.random()))
        rows += [
            Sku(brand=brand, style=style, size=f"s{number}", tag_price_fen=tag, base_price_fen=base)
            for number in range(10)
        ]
    goods = Sku.objects.bulk_create(rows, batch_size=5000)
    return brand.pk, [row.pk for row in goods], [row.pk for row in styles[:200]]


def enter_rules(brand_id: int, style_ids: list[int]) -> None:
    day = date(2026, 1, 1)
    common: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
    price_rules.create_control(
        **common,
        control=ControlFields(
            brand_id=brand_id, action=Action.CUT, starts_on=day, floor_rate=Decimal("0.3"), cut_rate=Decimal("0.02")
        ),
    )
    price_rules.create_control(
        **common,
        control=ControlFields(
            brand_id=brand_id, action=Action.RAISE, starts_on=day, season="秋", floor_rate=Decimal("0.35")
        ),
    )
    price_rules.create_control(
        **common,
        control=ControlFields(
            brand_id=brand_id, action=Action.EXCLUDE, starts_on=day, season="冬", year=2024, floor_rate=Decimal("0.22")
        ),
    )
    # Entered as rows: each of 200 services would check the whole brand anew.
    PriceControl.objects.bulk_create(
        PriceControl(
            brand_id=brand_id,
            scope=Scope.STYLE,
            style_id=style_id,
            action=Action.RAISE,
            starts_on=day,
            floor_fen=5000,
            entered_at=NOW,
        )
        for style_id in style_ids
    )


if __name__ == "__main__":
    main()
