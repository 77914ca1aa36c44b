# ruff: noqa: E501 - one statement a line
"""How long the integrity checks take: `python bench/integrity.py [--skus 1000000] [--lines 1000000] [--changes 2000]`.

Fills the database by sets with data that breaks no invariant: brands, their stock by applied uploads, sales of a thousand SKUs each with
six frozen prices per SKU, resellers, orders of two lines, payments, consignments, movements and growth. Then it runs the checks over
everything, changes `--changes` orders (half are paid, half are cancelled), and runs them over what changed.

Targets: 1,000,000 SKUs, 6,000,000 price rows and 1,000,000 order lines in 240 seconds on two cores, and 30 seconds for what changed. It
rolls nothing back: run it on an empty database.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import json
import os
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from accounts.rules import Actor, Role
from flashsales.models import Sale
from flashsales.services.finding import make_findable
from integrity import services
from integrity.selectors.checks import Result
from inventory.models import Upload
from inventory.rules import UploadState
from kernel.period import month_of
from membership.models import TierTableVersion
from orders.services.grab import cancel_unpaid
from orders.services.payment import pay
from pricing.rules.terms import DEFAULT_TERMS, SaleTerms
from tests.builders import Marketplace

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
BRANDS = 10
SKUS_PER_SALE = 1000
LINES_PER_RESELLER = 50
FAR = 10**15


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--skus", type=int, default=1_000_000)
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--changes", type=int, default=2000)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Upload.objects.exists():
        sys.exit("Run the benchmark on an empty database.")
    started = time.perf_counter()
    fill(asked.skus, asked.lines)
    filled = time.perf_counter() - started
    everything = run(services.check_everything)
    started = time.perf_counter()
    change(asked.changes)
    changed = time.perf_counter() - started
    changes = run(services.check_changes)
    print(
        json.dumps(
            {
                "bench": "integrity",
                "skus": asked.skus,
                "price_rows": count("pricing_pricelistrow"),
                "order_lines": count("orders_orderline"),
                "filled_s": round(filled, 1),
                "everything": everything,
                "orders_changed": asked.changes,
                "changing_s": round(changed, 1),
                "changes": changes,
                "asked": {"everything_s": 240, "changes_s": 30},
                "peak_mb_of_this_process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )
    if everything["violations"] or changes["violations"]:
        sys.exit("The data of the benchmark breaks an invariant: the figures are of no use.")


def run(check: Any) -> dict[str, Any]:
    slow: list[tuple[float, str]] = []

    def tell(result: Result) -> None:
        slow.append((round(result.seconds, 2), result.code))
        for violation in result.violations[:3]:
            print(violation, file=sys.stderr)

    report = check(now=NOW, on_result=tell)
    return {
        "seconds": round(report.seconds, 1),
        "violations": report.violation_count,
        "checks": len(report.results),
        "over_everything": report.everything,
        "changed": report.changed,
        "slowest": sorted(slow, reverse=True)[:8],
    }


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def change(orders: int) -> None:
    """Half of so many unpaid orders are paid and half given up, by the services that the service uses."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, r.person_id FROM orders_order o JOIN membership_reseller r ON r.id = o.reseller_id"
            " WHERE o.state = 'unpaid' ORDER BY o.id LIMIT %s",
            [orders],
        )
        rows = cursor.fetchall()
    for number, (order_id, person_id) in enumerate(rows):
        service = pay if number % 2 else cancel_unpaid
        service(actor=Actor(person_id, Role.RESELLER, "bench"), order_id=order_id, now=NOW)


def fill(skus: int, lines: int, now: datetime = NOW) -> None:
    """Stock of ten brands, all of it in live sales at `now`, and orders of two lines each."""
    market = Marketplace(now=now - timedelta(days=30))
    brands = [market.brand(name=f"bench {number}", commission_rate="0.20") for number in range(BRANDS)]
    TierTableVersion.objects.create(
        from_month=month_of(now - timedelta(days=400)), thresholds_milli=[FAR + n for n in range(5)], keep_amounts_milli=[0, 1, 2, 3, 4],
        keep_bonuses_milli=[0] * 5, window_months=3, fen_per_growth=1000, entered_at=now,
    )  # fmt: skip
    for brand_id in brands:
        Upload.objects.create(
            brand_id=brand_id, filename="stock.xlsx", sha256=str(brand_id), size_bytes=1, received_at=now, baseline_seq=0,
            state=UploadState.APPLIED.value, ended_at=now - timedelta(days=20), applied_at_seq=brand_id, changes_are_movements=True,
        )  # fmt: skip
    sold = ", ".join(f"{tier * 100}" for tier in range(6))
    parameters: dict[str, int | str | date | datetime | list[int]] = {
        "brands": brands,
        "skus": skus,
        "orders": lines // 2,
        "resellers": max(lines // LINES_PER_RESELLER, 10),
        "now": now,
        "joined": now - timedelta(days=20),
        "starts": now - timedelta(hours=24),
        "ends": now + timedelta(hours=24),
        "month": month_of(now),
        "per_sale": SKUS_PER_SALE,
        "terms": json.dumps({"resolved": DEFAULT_TERMS.to_json(), "sale": SaleTerms().to_json()}),
        "sale_terms": json.dumps(SaleTerms().to_json()),
    }
    for statement in FILL:
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SET work_mem = '256MB'")
            cursor.execute(statement.replace("$POINTS", sold), parameters)
        print(f"{time.perf_counter() - started:6.1f} s  {' '.join(statement.split())[:90]}", file=sys.stderr)
    for sale_id in Sale.objects.order_by("pk").values_list("pk", flat=True):
        make_findable(sale_id=sale_id)
    with connection.cursor() as cursor:
        cursor.execute("RESET work_mem")
        cursor.execute("VACUUM ANALYZE")


FILL = (
    # Stock: ten SKUs a style, ten units each, by one landed upload per brand.
    """INSERT INTO inventory_style (brand_id, style_no, name, category_id, season, year, gender, picture)
       SELECT (%(brands)s::bigint[])[1 + n %% 10], 'B' || n, '', (SELECT min(id) FROM inventory_category WHERE admitted),
              '', 2026, '', ''
       FROM generate_series(0, %(skus)s / 10 - 1) AS n""",
    """INSERT INTO inventory_sku (brand_id, style_id, colour, size, tag_price_fen, base_price_fen, on_hand, allotted, listed)
       SELECT t.brand_id, t.id, '黑', size::text, 50000 + (t.id * 37 %% 9000), 10000 + (t.id * 13 %% 7000), 10, 0, true
       FROM inventory_style t CROSS JOIN generate_series(36, 45) AS size ORDER BY t.id, size""",
    """INSERT INTO inventory_uploadchange (upload_id, kind, sku_id, style_id, sheet, row, col, style_no, colour, size, tag_price_fen,
           base_price_fen, on_hand, on_hand_delta)
       SELECT u.id, 'added', k.id, k.style_id, '', 1, '', '', k.colour, k.size, k.tag_price_fen, k.base_price_fen, 10, 10
       FROM inventory_sku k JOIN inventory_upload u ON u.brand_id = k.brand_id ORDER BY u.id, k.id""",
    # A sale for each thousand SKUs of a brand, with its frozen list.
    """CREATE TEMPORARY TABLE b_sale AS
       SELECT brand_id, part, row_number() OVER (ORDER BY brand_id, part) AS number, nextval('pricing_pricelist_id_seq') AS list_id,
              nextval('flashsales_sale_id_seq') AS sale_id
       FROM (SELECT DISTINCT brand_id, (row_number() OVER (PARTITION BY brand_id ORDER BY id) - 1) / %(per_sale)s AS part FROM
       inventory_sku) s""",
    """CREATE TEMPORARY TABLE b_item AS
       SELECT k.id AS sku_id, k.style_id, k.tag_price_fen, k.base_price_fen, s.list_id, s.sale_id, s.brand_id
       FROM (SELECT *, (row_number() OVER (PARTITION BY brand_id ORDER BY id) - 1) / %(per_sale)s AS part FROM inventory_sku) k
       JOIN b_sale s USING (brand_id, part)""",
    """INSERT INTO pricing_pricelist (id, frozen_at, at, terms, priced, excluded)
       SELECT list_id, %(joined)s, %(starts)s, %(terms)s::jsonb, count(*), 0 FROM b_item GROUP BY list_id""",
    """INSERT INTO pricing_pricelistitem (price_list_id, sku_id, tag_price_fen, base_price_fen, commission_rate, commission_source,
    excluded) SELECT list_id, sku_id, tag_price_fen, base_price_fen, 0.2, 1, false FROM b_item ORDER BY list_id, sku_id""",
    """INSERT INTO pricing_pricelistrow (price_list_id, sku_id, tier, wholesale_fen, labelling, lowest_fen, brand_payable_fen,
           commission_fen, tag_price_fen, base_price_fen)
       SELECT list_id, sku_id, tier, price, 'kept', round(base_price_fen * 0.83), round(base_price_fen * 0.8),
              price - round(base_price_fen * 0.8), tag_price_fen, base_price_fen
       FROM b_item CROSS JOIN generate_series(0, 5) AS tier
       CROSS JOIN LATERAL (SELECT (base_price_fen * (10000 - (ARRAY[$POINTS])[tier + 1]) + 5000) / 10000 AS price) AS p
       ORDER BY list_id, sku_id, tier""",
    """INSERT INTO flashsales_sale (id, brand_id, title, state, preview_at, starts_at, ends_at, terms, price_list_id, published_at)
       SELECT sale_id, brand_id, 'bench', 'published', %(starts)s, %(starts)s, %(ends)s, %(sale_terms)s::jsonb, list_id, %(joined)s FROM
       b_sale""",
    """INSERT INTO flashsales_saleitem (sale_id, sku_id, style_id, planned, allotted, available, held, sold, returned, sale_window)
       SELECT sale_id, sku_id, style_id, 10, 10, 10, 0, 0, 0, tstzrange(%(starts)s, %(ends)s, '[)') FROM b_item ORDER BY sale_id, sku_id""",
    """INSERT INTO flashsales_stylelisting (sale_id, style_id, tier, from_price_fen, lowest_fen, tag_price_fen, label_cut, sizes)
       SELECT i.sale_id, i.style_id, p.tier, min(p.wholesale_fen), min(p.lowest_fen), max(p.tag_price_fen), false, ARRAY['36']
       FROM b_item i JOIN pricing_pricelistrow p ON p.price_list_id = i.list_id AND p.sku_id = i.sku_id GROUP BY 1, 2, 3""",
    # Resellers, with a recipient and a wallet each.
    """INSERT INTO accounts_person (login, name, role, password, is_active, created_at)
       SELECT 'b' || n, 'b' || n, 'reseller', '', true, %(joined)s FROM generate_series(1, %(resellers)s) AS n""",
    """INSERT INTO membership_reseller (person_id, tier, earned_tier, rolled_over_through, must_replay, growth_milli, joined_at)
       SELECT id, 0, 0, %(month)s, false, 0, %(joined)s FROM accounts_person WHERE role = 'reseller' ORDER BY id""",
    """INSERT INTO orders_recipient (reseller_id, name, phone, address)
       SELECT id, '王小美', '13800138000', '浙江省杭州市西湖区文三路 1 号' FROM membership_reseller ORDER BY id""",
    """CREATE TEMPORARY TABLE b_reseller AS
       SELECT r.id AS reseller_id, c.id AS recipient_id, row_number() OVER (ORDER BY r.id) - 1 AS number
       FROM membership_reseller r JOIN orders_recipient c ON c.reseller_id = r.id""",
    """CREATE TEMPORARY TABLE b_numbered AS
       SELECT i.*, s.price_list_id AS list_id, s.brand_id, row_number() OVER (ORDER BY i.id) - 1 AS number
       FROM (SELECT id, sale_id, sku_id FROM flashsales_saleitem) i JOIN flashsales_sale s ON s.id = i.sale_id""",
    "CREATE UNIQUE INDEX ON b_numbered (number)",
    # Orders of two neighbouring items; one in fifty is unpaid, one given up, the others are paid.
    """CREATE TEMPORARY TABLE b_order AS
       SELECT nextval('orders_order_id_seq') AS order_id, r.reseller_id, r.recipient_id, n,
              CASE n %% 50 WHEN 0 THEN 'unpaid' WHEN 1 THEN 'cancelled' ELSE 'paid' END AS state,
              %(now)s::timestamptz - interval '5 minutes' AS at, nextval('orders_consignment_id_seq') AS consignment_id,
              nextval('ledger_posting_id_seq') AS posting_id
       FROM generate_series(0, %(orders)s - 1) AS n JOIN b_reseller r ON r.number = n %% %(resellers)s""",
    """CREATE TEMPORARY TABLE b_line AS
       SELECT o.*, i.id AS item_id, i.sale_id, i.brand_id, i.sku_id, p.id AS price_row_id, p.wholesale_fen, p.brand_payable_fen
       FROM b_order o CROSS JOIN generate_series(0, 1) AS second
       JOIN b_numbered i ON i.number = (o.n * 2 %% (%(skus)s / 2)) * 2 %% %(skus)s + second
       JOIN pricing_pricelistrow p ON p.price_list_id = i.list_id AND p.sku_id = i.sku_id AND p.tier = 0""",
    "CREATE INDEX ON b_line (order_id)",
    "ANALYZE b_line",
    """INSERT INTO orders_order (id, reseller_id, key, state, tier, total_fen, placed_at, pay_before, paid_at, cancelled_at)
       SELECT order_id, min(reseller_id), 'k' || order_id, min(state), 0, sum(wholesale_fen), min(at), min(at) + interval '15 minutes',
              CASE min(state) WHEN 'paid' THEN min(at) END, CASE min(state) WHEN 'cancelled' THEN min(at) END
       FROM b_line GROUP BY order_id ORDER BY order_id""",
    """INSERT INTO orders_consignment (id, order_id, brand_id, recipient_id, state, name, phone, address, ship_by, carrier, tracking_no)
       SELECT consignment_id, order_id, min(brand_id), min(recipient_id), 'to_ship', '王小美', '13800138000', '浙江省杭州市西湖区文三路 1 号',
              min(at) + interval '1 day', '', ''
       FROM b_line WHERE state = 'paid' GROUP BY consignment_id, order_id ORDER BY order_id""",
    """INSERT INTO orders_orderline (order_id, item_id, sale_id, brand_id, sku_id, recipient_id, consignment_id, price_row_id, units,
           refunded_units, price_fen, payable_fen, commission_fen, labelling)
       SELECT order_id, item_id, sale_id, brand_id, sku_id, recipient_id, CASE state WHEN 'paid' THEN consignment_id END, price_row_id, 1,
       0, wholesale_fen, brand_payable_fen, wholesale_fen - brand_payable_fen, 'kept' FROM b_line ORDER BY order_id""",
    """UPDATE flashsales_saleitem i SET available = i.available - l.held - l.sold, held = l.held, sold = l.sold
       FROM (SELECT item_id, count(*) FILTER (WHERE state = 'unpaid') AS held, count(*) FILTER (WHERE state = 'paid') AS sold
             FROM b_line GROUP BY 1) l WHERE l.item_id = i.id""",
    """INSERT INTO flashsales_itemtally (item_id, reseller_id, units)
       SELECT item_id, reseller_id, count(*) FILTER (WHERE state <> 'cancelled') FROM b_line GROUP BY 1, 2""",
    """INSERT INTO flashsales_saletally (sale_id, reseller_id, units)
       SELECT sale_id, reseller_id, count(*) FILTER (WHERE state <> 'cancelled') FROM b_line GROUP BY 1, 2""",
    """INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at)
       SELECT sku_id, 'allot', 'sale:' || sale_id, 0, 10, %(joined)s FROM b_item""",
    """INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at)
       SELECT sku_id, 'sold', 'order:' || order_id, -1, -1, at FROM b_line WHERE state = 'paid' ORDER BY order_id""",
    """UPDATE inventory_sku k SET on_hand = 10 - i.sold, allotted = i.available + i.held FROM flashsales_saleitem i WHERE i.sku_id = k.id""",
    # Money: a top-up for each reseller, and a payment for each order.
    """INSERT INTO ledger_account (kind, owner_id, balance_fen) SELECT 'wallet', reseller_id, 0 FROM b_reseller
       UNION ALL SELECT 'brand_payable', unnest(%(brands)s::bigint[]), 0 UNION ALL SELECT 'commission', 0, 0""",
    """CREATE TEMPORARY TABLE b_top_up AS
       SELECT r.reseller_id, nextval('ledger_posting_id_seq') AS posting_id, 10000000 AS fen FROM b_reseller r""",
    """INSERT INTO ledger_posting (id, at, kind, key, cause, note)
       SELECT posting_id, %(joined)s, 'top_up', 'top-up:b' || reseller_id, 'reseller:' || reseller_id, 'b' || reseller_id FROM b_top_up""",
    """INSERT INTO accounts_auditentry (at, role, action, subject_kind, subject_id, details, request_id)
       SELECT %(joined)s, 'finance', 'orders.top_up', 'reseller', reseller_id,
              jsonb_build_object('amount', '100000.00', 'reference', 'b' || reseller_id), '' FROM b_top_up""",
    """INSERT INTO accounts_auditentry (at, role, action, subject_kind, subject_id, details, request_id)
       SELECT at, 'reseller', 'orders.pay', 'order', order_id, '{}', '' FROM b_order WHERE state = 'paid'""",
    """INSERT INTO ledger_posting (id, at, kind, key, cause, note)
       SELECT posting_id, at, 'payment', 'payment:order:' || order_id, 'order:' || order_id, '' FROM b_order WHERE state = 'paid'
       ORDER BY posting_id""",
    """INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
       SELECT posting_id, a.id, sum(v.fen)
       FROM (SELECT t.posting_id, 'wallet' AS kind, t.reseller_id AS owner_id, t.fen::bigint AS fen FROM b_top_up t
             UNION ALL SELECT t.posting_id, 'clearing', 0, -t.fen FROM b_top_up t
             UNION ALL SELECT l.posting_id, m.kind, m.owner_id, m.fen FROM b_line l CROSS JOIN LATERAL (VALUES
                 ('wallet', l.reseller_id, -l.wholesale_fen), ('brand_payable', l.brand_id, l.brand_payable_fen),
                 ('commission', 0, l.wholesale_fen - l.brand_payable_fen)) AS m(kind, owner_id, fen) WHERE l.state = 'paid') v
       JOIN ledger_account a ON a.kind = v.kind AND a.owner_id = v.owner_id GROUP BY 1, 2 ORDER BY 1""",
    """UPDATE ledger_account a SET balance_fen = e.fen
       FROM (SELECT account_id, sum(amount_fen) AS fen FROM ledger_entry GROUP BY 1) e WHERE e.account_id = a.id""",
    # Growth: a purchase for each paid order, its goods not shipped yet; the table of tiers asks for more than anybody has.
    "INSERT INTO membership_growthcause (cause) SELECT 'order/' || order_id FROM b_order WHERE state = 'paid'",
    """INSERT INTO membership_growthentry (at, reseller_id, month, kind, milli, pending_milli, cause, amount_fen, order_id)
       SELECT o.paid_at, o.reseller_id, %(month)s, 1, o.total_fen, o.total_fen, 'order/' || o.id, o.total_fen, o.id
       FROM orders_order o WHERE o.state = 'paid' ORDER BY o.id""",
    """INSERT INTO membership_growthmonth (reseller_id, month, new_milli, bonus_milli, pending_milli)
       SELECT reseller_id, month, sum(milli), 0, sum(pending_milli) FROM membership_growthentry GROUP BY 1, 2""",
    """UPDATE membership_reseller r SET growth_milli = m.new_milli, pending_milli = m.pending_milli, last_entry_at = %(now)s::timestamptz
    - interval '5 minutes' FROM membership_growthmonth m WHERE m.reseller_id = r.id""",
)


if __name__ == "__main__":
    main()
