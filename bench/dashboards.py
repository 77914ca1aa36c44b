"""How long pages of analysis take: `python bench/dashboards.py [--lines 1000000] [--sales 40] [--rounds 7]`.

Fills an empty database by sets: ten brands with forty sales each over ninety days, 20,000 resellers, and orders of two lines, most of them
shipped, some late, some refunded. Then it counts all figures, counts them again after 200 lines of one day have changed, and opens each
page of analysis in this process, warm. Target: at a million order lines the median of each page is at most 300 ms.
"""
# ruff: noqa: E402, E501 - Django is set up before its models are imported; one statement a line; statements are composed of column names

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from analysis.rules import Days
from analysis.services.cohorts import count_cohorts
from analysis.services.rollups import refresh
from analysis.services.workbooks import write_workbook
from kernel.clock import set_to
from kernel.period import shanghai_date
from orders.models.lines import OrderLine
from tests.builders import NOW, Marketplace, item_of

BRANDS, STYLES, SIZES, DAYS = 10, 50, 10, 90
LIMIT_MS = 300


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--sales", type=int, default=40, help="of each of ten brands, of five hundred SKUs each")
    options.add_argument("--rounds", type=int, default=7)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if OrderLine.objects.exists():
        sys.exit("Run the benchmark on an empty database.")
    market = Marketplace()
    fill(market, asked.lines, asked.sales)
    figures: dict[str, Any] = {
        "bench": "dashboards",
        "lines": count("orders_orderline"),
        "sales": count("flashsales_sale"),
        "sale_items": count("flashsales_saleitem"),
        "resellers": count("membership_reseller"),
        "count_everything_s": seconds(lambda: refresh(now=NOW)),
    }
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    figures["nothing_changed_s"] = seconds(lambda: refresh(now=NOW))
    change()
    figures["one_day_changed_s"] = seconds(lambda: refresh(now=NOW))
    figures["cohorts_s"] = seconds(count_cohorts)
    figures["pages_ms"] = {name: page_ms(actor, address, asked.rounds) for name, actor, address in pages(market)}
    days = Days(shanghai_date(NOW) - timedelta(days=29), shanghai_date(NOW))
    figures["workbook_of_a_brand_s"] = seconds(lambda: write_workbook(days, brand_id=market.brand_id))
    figures["limit_ms"] = LIMIT_MS
    figures["machine"] = f"{os.cpu_count()} cores, Python {platform.python_version()}, {server()}"
    print(json.dumps(figures, indent=1))
    slow = {name: ms for name, ms in figures["pages_ms"].items() if ms > LIMIT_MS}
    if asked.lines >= 1_000_000 and slow:
        sys.exit(f"Slower than {LIMIT_MS} ms: {slow}")


def pages(market: Marketplace) -> list[tuple[str, Actor, str]]:
    day = shanghai_date(NOW) - timedelta(days=40)
    return [
        ("brands compared, 30 days", market.ops, "/console/analysis/"),
        ("brands compared, 90 days", market.ops, "/console/analysis/?span=90&sort=late"),
        ("one brand, 90 days", market.ops, f"/console/analysis/brands/{market.brand_id}/?span=90"),
        ("margin, 90 days", market.finance, "/console/analysis/margin/?span=90"),
        ("tiers and cohorts, 90 days", market.ops, "/console/analysis/members/?span=90"),
        ("lines, 90 days", market.ops, "/console/analysis/lines/?span=90"),
        ("late lines, 90 days", market.ops, "/console/analysis/lines/?span=90&only=late"),
        ("lines of a day", market.ops, f"/console/analysis/lines/?first={day}&last={day}"),
        ("short lines of a brand, 90 days", market.ops, f"/console/analysis/lines/?span=90&only=short&brand={market.brand_id}"),
        ("the brand's own, 90 days", market.clerk, "/portal/analysis/?span=90"),
        ("the brand's late lines, 90 days", market.clerk, "/portal/analysis/lines/?span=90&only=late"),
    ]  # fmt: skip


def page_ms(actor: Actor, address: str, rounds: int) -> float:
    """The median of opening a page, after it was opened twice."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(pk=actor.own_id))
    times = []
    with set_to(NOW):
        for _ in range(rounds + 2):
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
            if answer.status_code != 200:
                sys.exit(f"{address} answers {answer.status_code}")
    return round(statistics.median(times[2:]) * 1000, 1)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return round(time.perf_counter() - started, 2)


def server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT split_part(version(), ' on ', 1)")
        return str(cursor.fetchone()[0])


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def change() -> None:
    """Lines of one day get one more refunded fen each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline SET refund_adjustment_fen = refund_adjustment_fen + 1 WHERE id IN"
            " (SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id WHERE o.paid_at::date = %s LIMIT 200)",
            [(NOW - timedelta(days=20)).date()],
        )


def fill(market: Marketplace, lines: int, sales: int) -> None:
    """The first brand is that of the market's clerk; each has one real sale with one real order, of which copies are made."""
    buyer = market.reseller(wallet_fen=90_000_00)
    for brand_id in [market.brand_id, *(market.brand(name=f"bench {number}") for number in range(1, BRANDS))]:
        sku = market.sku(units=10, brand_id=brand_id, size="36", style_no=f"B{brand_id}")
        market.paid_order(buyer, item_of(market.sale(sku, brand_id=brand_id), sku))
    given: dict[str, Any] = {
        "orders": lines // 2,
        "resellers": max(lines // 50, 20),
        "now": NOW,
        "sales": sales,
        "styles": STYLES,
        "sizes": SIZES,
        "days": DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
        for table, statement in FILL:
            started = time.perf_counter()
            cursor.execute(_with_columns(cursor, table, statement), given)
            print(f"{time.perf_counter() - started:6.1f} s  {table}", file=sys.stderr)
        cursor.execute("SET session_replication_role = origin; RESET work_mem")
        cursor.execute("VACUUM ANALYZE")


def _with_columns(cursor: Any, table: str, statement: str) -> str:
    """The statement with the columns that it does not name, which a copy has in common with its original."""
    rest = _rest(cursor, table, statement)
    named = statement.replace("@COLUMNS@", ", ".join(rest))
    return re.sub(r"@(\w)@", lambda alias: ", ".join(f"{alias[1]}.{name}" for name in rest), named)


def _rest(cursor: Any, table: str, statement: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", [table]
    )
    named = statement.partition("(")[2].partition(")")[0].replace("@COLUMNS@", "").replace(" ", "").split(",")
    return [name for (name,) in cursor.fetchall() if name != "id" and name not in named]


FILL = (
    ("b_base", """CREATE TEMPORARY TABLE b_base AS SELECT l.id AS line_id, l.order_id, l.consignment_id, l.brand_id, l.sale_id, l.item_id, l.sku_id, k.style_id, s.price_list_id,
        row_number() OVER (ORDER BY l.brand_id) - 1 AS number FROM orders_orderline l JOIN inventory_sku k ON k.id = l.sku_id JOIN flashsales_sale s ON s.id = l.sale_id"""),
    ("inventory_style", """INSERT INTO inventory_style (style_no, @COLUMNS@)
        SELECT y.style_no || '-' || n, @y@ FROM inventory_style y CROSS JOIN generate_series(1, %(styles)s) AS n"""),
    ("inventory_sku", """INSERT INTO inventory_sku (style_id, size, @COLUMNS@) SELECT y.id, (35 + n)::text, @k@
        FROM inventory_sku k JOIN (SELECT id, brand_id FROM inventory_style WHERE style_no LIKE '%%-%%') y ON y.brand_id = k.brand_id
        CROSS JOIN generate_series(1, %(sizes)s) AS n"""),
    ("pricing_pricelist", """INSERT INTO pricing_pricelist (@COLUMNS@) SELECT @p@ FROM pricing_pricelist p CROSS JOIN generate_series(1, %(sales)s) AS n"""),
    ("flashsales_sale", """INSERT INTO flashsales_sale (price_list_id, preview_at, starts_at, ends_at, closed_at, @COLUMNS@)
        SELECT p.id, t.at, t.at, t.at + interval '48 hours', CASE WHEN t.at + interval '48 hours' < %(now)s THEN t.at + interval '48 hours' END, @s@
        FROM (SELECT s.*, row_number() OVER (ORDER BY s.id, n) AS place, n FROM flashsales_sale s CROSS JOIN generate_series(1, %(sales)s) AS n) s
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM pricing_pricelist WHERE id > (SELECT max(price_list_id) FROM b_base)) p USING (place)
        CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - (s.n * %(days)s::float / %(sales)s) * interval '1 day' AS at) t"""),
    ("flashsales_saleitem", """INSERT INTO flashsales_saleitem (sale_id, sku_id, style_id, planned, allotted, available, held, sold, returned, sale_window, @COLUMNS@)
        SELECT s.id, k.id, k.style_id, 20, 0, 0, 0, 0, 20, NULL, @i@ FROM (SELECT id, brand_id FROM flashsales_sale WHERE id > (SELECT max(sale_id) FROM b_base)) s
        JOIN (SELECT id, brand_id, style_id FROM inventory_sku WHERE id > (SELECT max(sku_id) FROM b_base)) k ON k.brand_id = s.brand_id
        CROSS JOIN (SELECT * FROM flashsales_saleitem ORDER BY id LIMIT 1) i"""),
    ("accounts_person", """INSERT INTO accounts_person (login, @COLUMNS@) SELECT 'bench' || n, @p@
        FROM (SELECT * FROM accounts_person WHERE role = 'reseller' LIMIT 1) p CROSS JOIN generate_series(1, %(resellers)s) AS n"""),
    ("membership_reseller", """INSERT INTO membership_reseller (person_id, joined_at, @COLUMNS@)
        SELECT p.id, %(now)s::timestamptz - (90 + p.place %% 270) * interval '1 day', @r@ FROM (SELECT * FROM membership_reseller LIMIT 1) r
        CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM accounts_person WHERE login LIKE 'bench%%') p"""),
    ("b_order", """CREATE TEMPORARY TABLE b_order AS SELECT nextval('orders_order_id_seq') AS id, nextval('orders_consignment_id_seq') AS consignment_id, nextval('orders_parcel_id_seq') AS parcel_id,
        n, s.id AS sale_id, s.brand_id, r.id AS reseller_id, s.starts_at + (n::bigint * 7919 %% 2879) * interval '1 minute' AS at
        FROM generate_series(0, %(orders)s - 1) AS n
        JOIN (SELECT *, row_number() OVER (ORDER BY starts_at) - 1 AS place FROM flashsales_sale WHERE id > (SELECT max(sale_id) FROM b_base)) s
            ON s.place = n::bigint * (SELECT count(*) FROM flashsales_sale WHERE id > (SELECT max(sale_id) FROM b_base)) / %(orders)s
        JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM membership_reseller WHERE id > (SELECT min(reseller_id) FROM orders_order)) r ON r.place = n::bigint * 31 %% %(resellers)s"""),
    ("orders_order", """INSERT INTO orders_order (id, reseller_id, key, tier, placed_at, pay_before, paid_at, @COLUMNS@)
        SELECT b.id, b.reseller_id, 'bench' || b.n, b.n %% 6, b.at, b.at, b.at, @o@ FROM b_order b CROSS JOIN (SELECT * FROM orders_order LIMIT 1) o ORDER BY b.id"""),
    ("orders_consignment", """INSERT INTO orders_consignment (id, order_id, brand_id, ship_by, state, shipped_at, @COLUMNS@)
        SELECT b.consignment_id, b.id, b.brand_id, b.at + interval '1 day', CASE b.n %% 10 WHEN 0 THEN 'to_ship' ELSE 'shipped' END,
            CASE b.n %% 10 WHEN 0 THEN NULL ELSE b.at + interval '10 hours' END, @o@ FROM b_order b CROSS JOIN (SELECT * FROM orders_consignment LIMIT 1) o ORDER BY b.id"""),
    ("orders_orderline", """INSERT INTO orders_orderline (order_id, consignment_id, brand_id, sale_id, item_id, sku_id, units, shipped_units, refunded_units, shipped_at, @COLUMNS@)
        SELECT b.id, b.consignment_id, b.brand_id, b.sale_id, i.id, i.sku_id, 2, CASE b.n %% 10 WHEN 0 THEN 0 ELSE 2 END, (b.n %% 20 = 1)::int,
            CASE b.n %% 10 WHEN 0 THEN NULL ELSE b.at + interval '10 hours' END, @o@
        FROM b_order b CROSS JOIN generate_series(0, 1) AS second
        JOIN (SELECT id, sku_id, sale_id AS of_sale, row_number() OVER (PARTITION BY sale_id ORDER BY id) - 1 AS place FROM flashsales_saleitem) i
            ON i.of_sale = b.sale_id AND i.place = (b.n::bigint * 2 + second) %% (%(styles)s * %(sizes)s)
        CROSS JOIN (SELECT * FROM orders_orderline LIMIT 1) o ORDER BY b.id"""),
    ("orders_parcel", """INSERT INTO orders_parcel (id, consignment_id, brand_id, shipped_at, status_at, waybill, tracking_no, carrier_name, status)
        SELECT parcel_id, consignment_id, brand_id, at, at, 'SF' || n, 'SF' || n, '顺丰', 'shipped' FROM b_order WHERE n %% 10 <> 0"""),
    ("orders_parcelline", """INSERT INTO orders_parcelline (parcel_id, line_id, units, shipped_at)
        SELECT b.parcel_id, l.id, 2, b.at + CASE b.n %% 7 WHEN 0 THEN 30 ELSE 10 END * interval '1 hour' FROM b_order b JOIN orders_orderline l ON l.order_id = b.id WHERE b.n %% 10 <> 0"""),
    ("aftersales_refund", """INSERT INTO aftersales_refund (line_id, reason, note, units, amount_fen, borne_by, payable_fen, key, at)
        SELECT l.id, 'returned', '', 1, l.price_fen, 'brand', l.payable_fen, 'bench', b.at + interval '5 days' FROM b_order b JOIN orders_orderline l ON l.order_id = b.id WHERE b.n %% 20 = 1"""),
    ("flashsales_saleitem", """UPDATE flashsales_saleitem i SET allotted = l.units, sold = l.units, returned = greatest(0, i.planned - l.units)
        FROM (SELECT item_id, sum(units - cancelled_units) AS units FROM orders_orderline GROUP BY 1) l WHERE l.item_id = i.id AND i.sale_id > (SELECT max(sale_id) FROM b_base)"""),
)  # fmt: skip
"""By table: the statement that fills it. @COLUMNS@ are the columns that it does not name, @x@ those of the row x that is copied."""


if __name__ == "__main__":
    main()
