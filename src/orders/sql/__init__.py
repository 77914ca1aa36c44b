"""The SQL of orders: the unpaid credit of a reseller, and the grab. One function per statement.

Both are on the hot path: a query through the ORM costs several times the CPU of a statement.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import sql
from flashsales.services.units import hold_units_sql
from orders.rules.credit import EXPIRE_TOGETHER, EXPIRED_ORDERS_WINDOW, MAX_EXPIRED_CARTS

_MEMBER_LOCK, _INVITER_LOCK = 20_261_129, 20_261_130
"""Classes of advisory locks. They are taken in this order and before the row lock of any sale item."""
_INT4 = 2**31

_LOCK_CREDITS = """
SELECT pg_advisory_xact_lock(lock_class, key), set_config('plan_cache_mode', 'force_generic_plan', true)
FROM unnest(%(classes)s::int[], %(keys)s::int[]) WITH ORDINALITY AS l (lock_class, key, place) ORDER BY place
"""

_CREDIT_OF = """
    SELECT (SELECT coalesce(sum(o.total_fen), 0) FROM orders_order o
            WHERE o.reseller_id = {reseller} AND o.state = 'unpaid')::bigint AS unpaid_fen,
           (SELECT coalesce(sum(o.total_fen), 0) FROM orders_order o
            WHERE o.reseller_id = {reseller} AND o.state = 'unpaid' AND o.tier = 0)::bigint AS trial_unpaid_fen,
           (WITH RECURSIVE ended AS (
                SELECT o.pay_before FROM orders_order o
                WHERE o.reseller_id = {reseller} AND o.pay_before > {now} - %(expired_window)s::interval
                  AND (o.state = 'unpaid' AND o.pay_before <= {now} OR o.state = 'cancelled' AND o.cancelled_at >= o.pay_before)
            ), first_of_cart AS (
                SELECT min(pay_before) AS at FROM ended
                UNION ALL
                SELECT (SELECT min(pay_before) FROM ended WHERE pay_before >= f.at + %(expire_together)s) FROM first_of_cart f
                WHERE f.at IS NOT NULL
            ) SELECT count(at) FROM first_of_cart)::int AS expired,
           coalesce((SELECT a.balance_fen FROM ledger_account a WHERE a.kind = 'wallet' AND a.owner_id = {reseller}), 0)::bigint
               AS wallet_fen,
           coalesce((
               SELECT sum(greatest(0, held.unpaid_fen - coalesce(a.balance_fen, 0)))
               FROM (SELECT r.id, sum(o.total_fen) AS unpaid_fen
                     FROM membership_reseller r JOIN orders_order o ON o.reseller_id = r.id AND o.state = 'unpaid' AND o.tier = 0
                     WHERE r.invited_by_id = {inviter}::bigint AND r.id <> {reseller} GROUP BY r.id) AS held
               LEFT JOIN ledger_account a ON a.kind = 'wallet' AND a.owner_id = held.id
           ), 0)::bigint AS others_unpaid_fen
"""
"""The credit of a reseller at an instant, as rows of `CreditRow`; `inviter` is null where she shares no limit."""


def _credit_of(*, reseller: str, inviter: str, now: str) -> str:
    return _CREDIT_OF.format(reseller=reseller, inviter=inviter, now=now)


_CREDIT = (
    f"credit AS MATERIALIZED ({_credit_of(reseller='%(reseller)s', inviter='%(inviter)s', now='%(now)s::timestamptz')})"
)
"""A part of a statement with the parameters of `CreditQuery`."""

_ALLOWANCE = """allowance AS (
    SELECT least(
        CASE WHEN expired >= %(max_expired)s THEN wallet_fen ELSE greatest(%(limit_fen)s::bigint, wallet_fen) END - unpaid_fen,
        CASE WHEN %(inviter)s::bigint IS NOT NULL
             THEN wallet_fen - unpaid_fen + greatest(0, %(limit_fen)s::bigint - others_unpaid_fen) END
    ) AS fen FROM credit
)"""
"""What an order may cost now. It repeats `rules.Credit.allowance_fen`; a test compares the two."""

_READ_CREDITS = f"""
SELECT c.* FROM unnest(%(resellers)s::bigint[], %(inviters)s::bigint[], %(at)s::timestamptz[])
    WITH ORDINALITY AS asked (reseller_id, inviter_id, at, place)
CROSS JOIN LATERAL ({_credit_of(reseller="asked.reseller_id", inviter="asked.inviter_id", now="asked.at")}) AS c
ORDER BY asked.place
"""  # noqa: S608 - the inserted part is a constant

# The parts run in one statement, so one round trip either decrements the stock and writes the order, or does neither (ORDER-1).
# No row is inserted, and the caller rolls back what was held, where a line could not be held or priced, where its price is not the
# expected one, where the order costs more than the allowance, and where the key was used before.
_HOLD_UNITS_AND_INSERT_ORDER = f"""
WITH requested AS (
    SELECT * FROM unnest(%(items)s::bigint[], %(units)s::int[], %(recipients)s::bigint[], %(expected)s::bigint[],
                         %(remarks)s::text[], %(sources)s::text[])
        WITH ORDINALITY AS r(item_id, units, recipient_id, expected_fen, remark, source, position)
), requested_items AS (
    SELECT item_id, sum(units)::int AS units FROM requested GROUP BY item_id
), {_CREDIT}, {_ALLOWANCE}, {hold_units_sql()}, priced AS (
    SELECT r.position, r.item_id, r.units, r.recipient_id, r.expected_fen, r.remark, r.source,
           h.sale_id, h.sku_id, h.brand_id, p.id AS price_row_id, p.tier,
           pricing_price_at(p.wholesale_fen, p.lowest_fen, t.terms, h.markdown_ends_at, %(now)s) AS price_fen,
           p.brand_payable_fen, p.labelling, p.retail_floor_fen
    FROM requested r
    JOIN held h ON h.id = r.item_id
    JOIN pricing_pricelistrow p ON p.price_list_id = h.price_list_id AND p.sku_id = h.sku_id AND p.tier = %(tier)s
    JOIN pricing_pricelist t ON t.id = h.price_list_id
), new_order AS (
    INSERT INTO orders_order (reseller_id, key, state, tier, total_fen, placed_at, pay_before, request_digest, refused_lines)
    SELECT %(reseller)s, %(key)s, 'unpaid', min(tier), sum(price_fen * units), %(now)s, %(pay_before)s, %(digest)s, %(refused)s::jsonb
    FROM priced HAVING count(*) = (SELECT count(*) FROM requested) AND bool_and(coalesce(expected_fen, price_fen) = price_fen)
        AND sum(price_fen * units) <= (SELECT fen FROM allowance)
    ON CONFLICT (reseller_id, key) DO NOTHING
    RETURNING id
), new_lines AS (
    INSERT INTO orders_orderline (order_id, item_id, sale_id, brand_id, sku_id, recipient_id, price_row_id, units,
        refunded_units, price_fen, payable_fen, commission_fen, labelling, retail_floor_fen, remark, source)
    SELECT o.id, p.item_id, p.sale_id, p.brand_id, p.sku_id, p.recipient_id, p.price_row_id, p.units,
        0, p.price_fen, p.brand_payable_fen, p.price_fen - p.brand_payable_fen, p.labelling, p.retail_floor_fen,
        p.remark, p.source
    FROM new_order o, priced p
    ORDER BY p.position
)
SELECT id FROM new_order
"""  # noqa: S608 - the inserted parts are constants


# A line is changed where it stands, so that what refers to it stays true. Its prices are those of the tier at which its order was
# placed. Nothing is changed, and the caller rolls back what was held, where the units cannot be held or the price is not the expected one.
_HOLD_UNITS_AND_CHANGE_LINE = f"""
WITH requested_items AS (
    SELECT %(item)s::bigint AS item_id, %(hold)s::int AS units
), {hold_units_sql()}
UPDATE orders_orderline l
SET item_id = h.id, sku_id = h.sku_id, units = %(units)s, price_row_id = p.id, price_fen = p.price_fen,
    payable_fen = p.brand_payable_fen, commission_fen = p.price_fen - p.brand_payable_fen, labelling = p.labelling,
    retail_floor_fen = p.retail_floor_fen
FROM held h
JOIN orders_orderline changing ON changing.id = %(line)s
JOIN orders_order o ON o.id = changing.order_id
CROSS JOIN LATERAL (
    SELECT r.id, r.brand_payable_fen, r.labelling, r.retail_floor_fen,
           pricing_price_at(r.wholesale_fen, r.lowest_fen, t.terms, h.markdown_ends_at, %(now)s) AS price_fen
    FROM pricing_pricelistrow r JOIN pricing_pricelist t ON t.id = r.price_list_id
    WHERE r.price_list_id = h.price_list_id AND r.sku_id = h.sku_id AND r.tier = o.tier
) AS p
WHERE l.id = changing.id AND p.price_fen = %(expected)s
RETURNING l.id
"""  # noqa: S608 - the inserted part is a constant
_SAVE_MATCHES = """
UPDATE orders_orderuploadline l SET state = m.state, item_id = m.item_id, choices = m.choices, price_fen = m.price_fen,
    left_units = m.left_units, reason = nullif(m.reason, 'null'::jsonb), repeats = m.repeats, is_known_recipient = m.is_known_recipient
FROM jsonb_to_recordset(%(lines)s::jsonb) AS m(number int, state text, item_id bigint, choices jsonb, price_fen bigint,
    left_units int, reason jsonb, repeats jsonb, is_known_recipient boolean)
WHERE l.upload_id = %(upload)s AND l.number = m.number
"""
_SAVE_RESULTS = """
UPDATE orders_orderuploadline l SET ordered_units = r.ordered_units, result = nullif(r.result, 'null'::jsonb)
FROM jsonb_to_recordset(%(lines)s::jsonb) AS r(number int, ordered_units int, result jsonb)
WHERE l.upload_id = %(upload)s AND l.number = r.number
"""


@dataclass(frozen=True, slots=True)
class CreditQuery:
    """Whose credit is read, and when. `sharing_inviter_id`: whose trial members share one limit with her; None where she shares none.

    `max_expired`: from how many expired carts on only her wallet counts.
    """

    reseller_id: int
    sharing_inviter_id: int | None
    limit_fen: int
    now: datetime
    max_expired: int = MAX_EXPIRED_CARTS

    def parameters(self) -> dict[str, object]:
        return {
            "reseller": self.reseller_id,
            "inviter": self.sharing_inviter_id,
            "limit_fen": self.limit_fen,
            "now": self.now,
            "expired_window": EXPIRED_ORDERS_WINDOW,
            "max_expired": self.max_expired,
            "expire_together": EXPIRE_TOGETHER,
        }


@dataclass(frozen=True, slots=True)
class CreditRow:
    """`trial_unpaid_fen`: the part of what is unpaid that she ordered as a trial member."""

    unpaid_fen: int
    trial_unpaid_fen: int
    expired: int
    wallet_fen: int
    others_unpaid_fen: int


def lock_credit(*, reseller_id: int, sharing_inviter_id: int | None) -> None:
    """Lock the credit of a reseller, and that of her inviter where she shares a limit, until the transaction ends."""
    lock_credits([(reseller_id, sharing_inviter_id)])


def lock_credits(pairs: Iterable[tuple[int, int | None]]) -> None:
    """Lock the credit of resellers, each given with the inviter whose limit she shares, until the transaction ends.

    It is a statement of its own: the snapshot that counts the unpaid orders must be taken after the locks are held.
    """
    pairs = list(pairs)
    members = {reseller_id % _INT4 for reseller_id, _ in pairs}
    inviters = {inviter_id % _INT4 for _, inviter_id in pairs if inviter_id is not None}
    classes = [_MEMBER_LOCK] * len(members) + [_INVITER_LOCK] * len(inviters)
    sql.rows(_LOCK_CREDITS, {"classes": classes, "keys": sorted(members) + sorted(inviters)}, prepared=True)


def read_credits(queries: Sequence[CreditQuery]) -> list[CreditRow]:
    """The credit of each of the resellers, in their order."""
    return sql.fetch(
        CreditRow,
        _READ_CREDITS,
        {
            "resellers": [query.reseller_id for query in queries],
            "inviters": [query.sharing_inviter_id for query in queries],
            "at": [query.now for query in queries],
            "expired_window": EXPIRED_ORDERS_WINDOW,
            "expire_together": EXPIRE_TOGETHER,
        },
        prepared=True,
    )


def read_credit(query: CreditQuery) -> CreditRow:
    [row] = read_credits([query])
    return row


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of an order that is to be placed. The order is refused where the present price differs from `expected_price_fen`."""

    item_id: int
    units: int
    recipient_id: int
    expected_price_fen: int | None
    remark: str
    source: str


def hold_units_and_insert_order(
    *,
    credit: CreditQuery,
    tier: int,
    key: str,
    pay_before: datetime,
    lines: Sequence[NewLine],
    request_digest: str = "",
    refused_lines: Sequence[Mapping[str, object]] = (),
) -> int | None:
    """Hold the units and insert the order with its lines, in one statement for any number of lines. Returns the id of the order.

    None where anything is in the way; the transaction must then be rolled back, since units may have been held.
    """
    rows = sql.rows(
        _HOLD_UNITS_AND_INSERT_ORDER,
        {
            **credit.parameters(),
            "tier": tier,
            "opens_for": tier,
            "key": key,
            "pay_before": pay_before,
            "items": [line.item_id for line in lines],
            "units": [line.units for line in lines],
            "recipients": [line.recipient_id for line in lines],
            "expected": [line.expected_price_fen for line in lines],
            "remarks": [line.remark for line in lines],
            "sources": [line.source for line in lines],
            "digest": request_digest,
            "refused": json.dumps(list(refused_lines), ensure_ascii=False),
        },
    )
    return rows[0]["id"] if rows else None


def find_own_recipients(*, reseller_id: int, recipient_ids: Collection[int]) -> set[int]:
    """Those of these recipients that are in the address book of a reseller."""
    found = sql.column(
        """
        SELECT id FROM orders_recipient
        WHERE id = ANY(%(recipients)s::bigint[]) AND reseller_id = %(reseller)s AND hidden_at IS NULL
        """,
        {"recipients": list(recipient_ids), "reseller": reseller_id},
    )
    return set(found)


_SHIPPING_LOCK = 20_261_131
"""Class of the advisory lock under which a brand's parcels are written; taken before any row is locked."""

_ADD_PARCEL_LINES = """
WITH added AS (
    SELECT * FROM unnest(%(parcels)s::bigint[], %(lines)s::bigint[], %(units)s::int[]) AS a(parcel_id, line_id, units)
), written AS (
    INSERT INTO orders_parcelline AS held (parcel_id, line_id, units, shipped_at)
    SELECT parcel_id, line_id, units, %(now)s FROM added
    ON CONFLICT (parcel_id, line_id) DO UPDATE SET units = held.units + excluded.units, shipped_at = excluded.shipped_at
)
UPDATE orders_orderline l
SET shipped_units = l.shipped_units + a.first_units, resending_units = l.resending_units - a.again_units,
    resent_units = l.resent_units + a.again_units, shipped_at = %(now)s
FROM (
    SELECT s.line_id, least(s.units, t.units - t.shipped_units - t.cancelled_units) AS first_units,
           greatest(0, s.units - (t.units - t.shipped_units - t.cancelled_units)) AS again_units
    FROM (SELECT line_id, sum(units)::int AS units FROM added GROUP BY line_id) s JOIN orders_orderline t ON t.id = s.line_id
) a WHERE l.id = a.line_id
"""

_SET_CONSIGNMENT_STATES = """
UPDATE orders_consignment c
SET state = s.state, shipped_at = CASE WHEN s.state = 'shipped' THEN %(now)s::timestamptz END
FROM unnest(%(consignments)s::bigint[], %(states)s::text[]) AS s(consignment_id, state)
WHERE c.id = s.consignment_id
"""

_SHIPPED_UNITS = "SELECT order_id, sum(shipped_units)::int AS units FROM orders_orderline WHERE order_id = ANY(%(orders)s) GROUP BY 1"


_MARK_LISTED = """
WITH unlisted AS (
    SELECT id FROM orders_consignment
    WHERE brand_id = %(brand)s AND state IN ('to_ship', 'partly_shipped') AND listed_at IS NULL ORDER BY id FOR UPDATE
)
UPDATE orders_consignment c SET listed_at = %(now)s FROM unlisted u WHERE c.id = u.id
"""


def mark_listed(*, brand_id: int, now: datetime) -> None:
    """Mark what a brand has to ship as listed. It waits for whoever changes one of these consignments, and then finds its new state."""
    sql.execute(_MARK_LISTED, {"brand": brand_id, "now": now})


def lock_shipping_of_brands(brand_ids: Sequence[int]) -> None:
    """Wait until no other transaction writes parcels of these brands. Give the ids in ascending order."""
    for brand_id in brand_ids:
        sql.rows(
            "SELECT pg_advisory_xact_lock(%(lock_class)s, %(brand)s)",
            {"lock_class": _SHIPPING_LOCK, "brand": brand_id % _INT4},
        )


def add_parcel_lines(*, parcels: Sequence[int], lines: Sequence[int], units: Sequence[int], now: datetime) -> None:
    """Put units of lines into parcels, and count them as shipped, or as shipped again where nothing else was left of the line."""
    sql.execute(_ADD_PARCEL_LINES, {"parcels": parcels, "lines": lines, "units": units, "now": now})


def set_consignment_states(*, consignments: Sequence[int], states: Sequence[str], now: datetime) -> None:
    """Set the state of each consignment; `now` becomes the time of those that are wholly shipped."""
    sql.execute(_SET_CONSIGNMENT_STATES, {"consignments": consignments, "states": states, "now": now})


_SET_PARCEL_STATUSES = """
UPDATE orders_parcel p SET status = s.status, status_at = s.at
FROM unnest(%(waybills)s::bigint[], %(statuses)s::text[], %(at)s::timestamptz[]) AS s(waybill_id, status, at)
WHERE p.tracked_id = s.waybill_id
"""


def set_parcel_statuses(*, waybills: Sequence[int], statuses: Sequence[str], at: Sequence[datetime]) -> None:
    """Give all parcels of these waybills their status (TRACK-4)."""
    sql.execute(_SET_PARCEL_STATUSES, {"waybills": waybills, "statuses": statuses, "at": at})


def shipped_units_of_orders(order_ids: Sequence[int]) -> dict[int, int]:
    """How many units of each order are shipped."""
    return {row["order_id"]: row["units"] for row in sql.rows(_SHIPPED_UNITS, {"orders": order_ids})}


def hold_units_and_change_line(
    *, reseller_id: int, line_id: int, item_id: int, hold: int, units: int, expected_price_fen: int, now: datetime
) -> bool:
    """Hold `hold` units of an item for a line, which then has `units` of that item at its present price.

    False where they cannot be held or the price is another; the transaction must then be rolled back, since units may have been held.
    """
    changed = sql.column(
        _HOLD_UNITS_AND_CHANGE_LINE,
        {
            "reseller": reseller_id,
            "line": line_id,
            "item": item_id,
            "hold": hold,
            "units": units,
            "expected": expected_price_fen,
            "opens_for": None,
            "now": now,
        },
    )
    return bool(changed)


def save_matches(*, upload_id: int, lines: Sequence[Mapping[str, object]]) -> None:
    """Write what the lines of a workbook of orders were matched with, in one statement; `lines` name the columns."""
    sql.execute(_SAVE_MATCHES, {"upload": upload_id, "lines": json.dumps(list(lines), ensure_ascii=False)})


def save_results(*, upload_id: int, lines: Sequence[Mapping[str, object]]) -> None:
    """Write what was ordered of the lines of a workbook of orders, in one statement."""
    sql.execute(_SAVE_RESULTS, {"upload": upload_id, "lines": json.dumps(list(lines), ensure_ascii=False)})


def lock_order_uploads(*, reseller_id: int) -> None:
    """Until the transaction ends, nobody else commits or receives a workbook of orders of this reseller."""
    sql.rows(
        "SELECT pg_advisory_xact_lock(hashtext('orders.uploads'), %(reseller)s)", {"reseller": reseller_id % _INT4}
    )


_WRITE_FREIGHT = """
WITH freight AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(freight)s::bigint[], %(provinces)s::text[]) AS f(line_id, fen, province)
), written AS (
    UPDATE orders_orderline l SET freight_fen = f.fen, province = f.province FROM freight f
    WHERE l.id = f.line_id AND l.order_id = %(order)s
), sums AS (
    SELECT sum(l.units * l.price_fen)::bigint AS goods_fen, (SELECT coalesce(sum(fen), 0) FROM freight)::bigint AS freight_fen
    FROM orders_orderline l WHERE l.order_id = %(order)s
)
UPDATE orders_order o SET freight_fen = s.freight_fen, total_fen = s.goods_fen + s.freight_fen FROM sums s WHERE o.id = %(order)s
RETURNING o.freight_fen, o.total_fen
"""


@dataclass(frozen=True, slots=True)
class OrderTotal:
    """What an order costs in fen, its freight included."""

    freight_fen: int
    total_fen: int


def write_freight(*, order_id: int, freight_fen: Mapping[int, int], provinces: Mapping[int, str]) -> OrderTotal:
    """Give all lines of an order their freight in fen and the province by which it was counted, by the id of the line, and add up the
    order."""
    parameters = {
        "order": order_id,
        "lines": list(freight_fen),
        "freight": list(freight_fen.values()),
        "provinces": [provinces[line_id] for line_id in freight_fen],
    }
    return sql.fetch_one(OrderTotal, _WRITE_FREIGHT, parameters)


_REPLACE_RECIPIENTS = """
WITH pairs AS (
    SELECT * FROM unnest(%(orders)s::bigint[], %(recipients)s::bigint[], %(substitutes)s::bigint[])
        AS p(order_id, recipient_id, substitute_id)
), consignments AS (
    UPDATE orders_consignment c
    SET recipient_id = p.substitute_id, name = '', phone = '', address = '', erased_at = %(now)s
    FROM pairs p WHERE c.order_id = p.order_id AND c.recipient_id = p.recipient_id
)
UPDATE orders_orderline l SET recipient_id = p.substitute_id, remark = ''
FROM pairs p WHERE l.order_id = p.order_id AND l.recipient_id = p.recipient_id
"""


def replace_recipients(*, substitutes: Mapping[tuple[int, int], int], now: datetime) -> None:
    """Give lines and consignments other recipients, and erase what they repeat of the contact. Keys: order and present recipient."""
    parameters = {
        "orders": [order_id for order_id, _ in substitutes],
        "recipients": [recipient_id for _, recipient_id in substitutes],
        "substitutes": list(substitutes.values()),
        "now": now,
    }
    sql.execute(_REPLACE_RECIPIENTS, parameters)


_BACKLOG = """
SELECT c.brand_id, greatest(-%(max_late_hours)s, floor(extract(epoch FROM c.ship_by - %(at)s) / 3600))::int AS hours_left,
       count(*)::int AS consignments
FROM orders_consignment c
WHERE c.state IN ('to_ship', 'partly_shipped') AND (%(brand)s::bigint IS NULL OR c.brand_id = %(brand)s)
GROUP BY c.brand_id, hours_left ORDER BY hours_left, c.brand_id
"""


def backlog_by_hour(*, brand_id: int | None, max_late_hours: int, at: datetime) -> list[dict[str, Any]]:
    """How many consignments are to ship, by brand and whole hours left."""
    return sql.rows(_BACKLOG, {"brand": brand_id, "max_late_hours": max_late_hours, "at": at})
