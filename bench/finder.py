"""How long the finder takes: `python bench/finder.py [--skus 1000000] [--repeat 5] [--out bench/results/finder.json]`.

Fills an empty database with live sales of a thousand SKUs each, then measures pages of the finder, counts and choices as a reseller asks
for them, in milliseconds and as ratios to the bare first page by price; and the time in PostgreSQL alone of pages with two random filters.
It rolls nothing back. Targets: the first and the deepest page at most 10 ms in PostgreSQL, of 200 random pairs the 95th of 100 at most
10 ms and the worst at most 100 ms.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.integrity import fill
from brands.models import Brand
from flashsales.models import Sale, StyleListing
from flashsales.rules.finder import SORTS, StyleFilter
from flashsales.selectors import finder, first_page
from flashsales.services.finding import make_findable, make_unfindable
from inventory.models import Category, Upload
from web.pagination import encode_place

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
NAMES = ("羊毛双面呢大衣", "白衬衫", "运动鞋", "连衣裙", "羊毛针织衫", "短款羽绒服", "直筒牛仔裤", "真丝围巾")

ASKED: dict[str, StyleFilter] = {
    "price": StyleFilter(),
    "highest price": StyleFilter(sort="-price"),
    "newest": StyleFilter(sort="newest"),
    "discount": StyleFilter(sort="discount"),
    "units left": StyleFilter(sort="units"),
    "most taken": StyleFilter(sort="taken"),
    "in stock": StyleFilter(available=True),
    "own price": StyleFilter(min_price_fen=120_00, max_price_fen=121_00),
    "size with 8 units": StyleFilter(size="38", size_units=8),
    "last 3 units": StyleFilter(max_left=3),
    "full size run": StyleFilter(full_run=True),
    "a common word": StyleFilter(words="羊毛"),
    "two words": StyleFilter(words="羊毛 大衣"),
    "a number": StyleFilter(words="B777"),
    "a word and a size": StyleFilter(words="大衣", size="40", size_units=2, sort="discount"),
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--skus", type=int, default=1_000_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--pairs", type=int, default=200, help="of random filters")
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Upload.objects.exists():
        sys.exit("Run the benchmark on an empty database.")
    fill(asked.skus, lines=20)
    prepared = prepare()
    first = milliseconds(lambda: finder.find_styles(tier=0, at=NOW, filters=StyleFilter()), asked.repeat)
    rows = {}
    for name, filters in ASKED.items():
        page = milliseconds(partial(finder.find_styles, tier=0, at=NOW, filters=filters), asked.repeat)
        count = milliseconds(partial(finder.count_styles, tier=0, at=NOW, filters=filters), asked.repeat)
        rows[name] = {
            "page_ms": page,
            "count_ms": count,
            "ratio": round(page / first, 1),
            "hits": str(finder.count_styles(tier=0, at=NOW, filters=filters)),
        }
    result = {
        "bench": "finder",
        "skus": asked.skus,
        "listed_styles": StyleListing.objects.filter(tier=0).count(),
        "sales": Sale.objects.count(),
        "words_of_a_sale_ms": prepared,
        "choices_ms": milliseconds(lambda: finder.get_choices(at=NOW), asked.repeat),
        "choices_from_listings_ms": milliseconds(sizes_of_listings, 1),
        "first_page_job_ms": milliseconds(rows_read_by_the_job, asked.repeat),
        "first_page_request_ms": milliseconds(rows_of_a_request, asked.repeat),
        "filters": rows,
        "in_postgresql": in_postgresql(asked.pairs),
    }
    print(json.dumps(result, ensure_ascii=False))
    if asked.out:
        asked.out.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")


def in_postgresql(pairs: int) -> dict[str, object]:
    """Execution times in PostgreSQL alone: of the first and a deep page of each order, and of pages and counts with two random filters."""
    orders = {sort: _pages_of_order(StyleFilter(sort=sort)) for sort in SORTS}
    random.seed(1)
    took, slowest = [], ("", 0.0)
    for _ in range(pairs):
        conditions = dict(random.sample(list(_values().items()), 2))
        filters = replace(StyleFilter(sort=random.choice(SORTS)), **conditions)
        if filters.size_units and not filters.size:
            filters = replace(filters, size="40")
        page = execution_ms(partial(finder.find_styles, tier=random.randrange(6), at=NOW, filters=filters))
        count = execution_ms(partial(finder.count_styles, tier=3, at=NOW, filters=filters))
        took += [page, count]
        slowest = max(slowest, (str(conditions) + filters.sort, max(page, count)), key=lambda each: each[1])
    took.sort()
    return {
        "orders": orders,
        "pairs": {
            "p50_ms": took[len(took) // 2],
            "p95_ms": took[int(len(took) * 0.95)],
            "worst_ms": took[-1],
            "slowest": slowest[0],
        },
    }


def _pages_of_order(filters: StyleFilter) -> dict[str, float]:
    first = partial(finder.find_styles, tier=3, at=NOW, filters=filters)
    return {
        "first_ms": execution_ms(first),
        "deep_ms": execution_ms(partial(first, cursor=_deep_cursor(filters))),
        "shown": len(first().items),
    }


def _values() -> dict[str, Any]:
    """A random value for each filter."""
    low = random.randrange(70, 160) * 100
    return {
        "brand_id": random.choice(list(Brand.objects.values_list("pk", flat=True))),
        "category_id": random.choice(list(Category.objects.values_list("pk", flat=True))),
        "words": random.choice(("羊毛", "羊毛 大衣", "大衣", "衬衫", "B777", "牛仔", "没有这个")),
        "size": str(random.randrange(35, 46)),
        "size_units": random.randrange(1, 12),
        "min_price_fen": low,
        "max_price_fen": low + random.randrange(0, 40) * 100,
        "max_percent_of_tag": random.randrange(10, 40),
        "available": True,
        "max_left": random.randrange(1, 20),
        "full_run": True,
        "label_cut": random.random() < 0.5,
    }


def _deep_cursor(filters: StyleFilter) -> str:
    """A cursor about nine tenths into the list."""
    place, row_id = _place_at(filters.sort)
    return encode_place((place, row_id), name="flashsales.found_styles", order=(filters.sort, "id"))


def _place_at(sort: str) -> tuple[int | datetime, int]:
    column = {
        "price": "prices[4]", "-price": "prices[4]", "newest": "starts_at", "discount": "percents[4]",
        "units": "units", "taken": "taken_units",
    }[sort]  # fmt: skip
    direction = "" if sort in ("price", "discount") else " DESC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, id FROM flashsales_stylesearch ORDER BY {column}{direction}, id{direction}"
            " OFFSET (SELECT count(*) * 9 / 10 FROM flashsales_stylesearch) LIMIT 1"
        )
        place, row_id = cursor.fetchone()
        return place, row_id


def execution_ms(act: Callable[[], object]) -> float:
    """How long PostgreSQL executes the only statement of an act, the second time that it does."""
    with CaptureQueriesContext(connection) as made:
        act()
    [statement] = [each["sql"] for each in made if "flashsales_stylesearch" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.replace('%', '%%')}", [])
        [plan] = json.loads(json.dumps(cursor.fetchone()[0]))
    return float(round(plan["Execution Time"], 2))


def prepare() -> float:
    """Names, sizes and choices of the filled goods; returns the median milliseconds that the words of one sale took to write."""
    categories = list(Category.objects.filter(parent__isnull=False).order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_style SET name = (%s::text[])[1 + id %% %s], category_id = (%s::bigint[])[1 + id %% %s]",
            [list(NAMES), len(NAMES), categories, len(categories)],
        )
        cursor.execute(
            "UPDATE flashsales_stylelisting h SET sizes = ARRAY(SELECT generate_series(36, 45)::text), category_id = y.category_id"
            " FROM inventory_style y WHERE y.id = h.style_id"
        )
        # One style in twenty has three units left, one in ten is gone.
        cursor.execute(
            "UPDATE flashsales_saleitem SET available = CASE WHEN style_id %% 20 = 0 AND id %% 10 < 3 THEN 1 ELSE 0 END,"
            " held = allotted - sold - CASE WHEN style_id %% 20 = 0 AND id %% 10 < 3 THEN 1 ELSE 0 END"
            " WHERE (style_id %% 20 = 0 OR style_id %% 10 = 1) AND sold = 0",
            [],
        )
    took = []
    for sale_id in Sale.objects.order_by("pk").values_list("pk", flat=True):
        make_unfindable(sale_id=sale_id)
        began = time.perf_counter()
        make_findable(sale_id=sale_id)
        took.append(time.perf_counter() - began)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return round(statistics.median(took) * 1000, 1)


def sizes_of_listings() -> set[str]:
    """The sizes that filters offer, read from each listing on show, as the finder did before they were kept with the sale."""
    on_show = Sale.objects.filter(starts_at__lte=NOW, ends_at__gt=NOW)
    return {
        size for row in StyleListing.objects.filter(tier=0, sale__in=on_show).only("sizes") for size in row.sizes or ()
    }


def rows_read_by_the_job() -> None:
    """Which styles the rows of the first page have, for all tiers, as the periodic job reads it."""
    first_page.keep_first_page(at=NOW)


def rows_of_a_request() -> None:
    """The rows as a request reads them: prices and units of now."""
    first_page.list_first_page(tier=0, at=NOW)


def milliseconds(act: Callable[[], object], repeat: int) -> float:
    """The median of several runs after one that warms the caches."""
    act()
    took = []
    for _ in range(repeat):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return round(statistics.median(took) * 1000, 1)


if __name__ == "__main__":
    main()
