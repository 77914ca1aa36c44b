"""How long the finder takes: `python bench/finder.py [--skus 1000000] [--repeat 5] [--out bench/results/finder.json]`.

Fills an empty database with live sales of a thousand SKUs each, then measures pages of the finder, counts and choices as a reseller asks
for them, in milliseconds and as ratios to the bare first page by price. It rolls nothing back.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from bench.integrity import fill
from flashsales.models import Sale, StyleListing
from flashsales.rules.finder import StyleFilter
from flashsales.selectors import finder, first_page
from flashsales.services.finding import forget_words, make_findable
from inventory.models import Category, Upload

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
NAMES = ("羊毛双面呢大衣", "白衬衫", "运动鞋", "连衣裙", "羊毛针织衫", "短款羽绒服", "直筒牛仔裤", "真丝围巾")

ASKED: dict[str, StyleFilter] = {
    "price": StyleFilter(),
    "highest price": StyleFilter(sort="-price"),
    "newest": StyleFilter(sort="newest"),
    "discount": StyleFilter(sort="discount"),
    "units left": StyleFilter(sort="units"),
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
    }
    print(json.dumps(result, ensure_ascii=False))
    if asked.out:
        asked.out.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")


def prepare() -> float:
    """Names, sizes and choices of the filled goods; returns the median milliseconds that the words of one sale took to write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_style SET name = (%s::text[])[1 + id %% %s], category_id = %s",
            [list(NAMES), len(NAMES), Category.objects.get(code="women-coats").pk],
        )
        cursor.execute("UPDATE flashsales_stylelisting SET sizes = ARRAY(SELECT generate_series(36, 45)::text)")
        # One style in twenty has three units left, one in ten is gone.
        cursor.execute(
            "UPDATE flashsales_saleitem SET available = CASE WHEN style_id %% 20 = 0 AND id %% 10 < 3 THEN 1 ELSE 0 END,"
            " held = allotted - sold - CASE WHEN style_id %% 20 = 0 AND id %% 10 < 3 THEN 1 ELSE 0 END"
            " WHERE (style_id %% 20 = 0 OR style_id %% 10 = 1) AND sold = 0",
            [],
        )
    took = []
    for sale_id in Sale.objects.order_by("pk").values_list("pk", flat=True):
        forget_words(sale_id=sale_id)
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
