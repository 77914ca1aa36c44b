"""The statement that writes the orders of several placements at once (ORDER-17)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.services.batches import hold_units_of_placements_sql


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """A line of an accepted placement, with everything that its row holds. Prices in fen."""

    item_id: int
    sale_id: int
    brand_id: int
    sku_id: int
    recipient_id: int
    price_row_id: int
    units: int
    price_fen: int
    payable_fen: int
    labelling: str
    retail_floor_fen: int | None
    remark: str
    source: str


@dataclass(frozen=True, slots=True)
class AcceptedOrder:
    """An accepted placement. `request_digest` and `refused_lines` as in `hold_units_and_insert_order`."""

    reseller_id: int
    key: str
    tier: int
    placed_at: datetime
    pay_before: datetime
    lines: Sequence[AcceptedLine]
    request_digest: str = ""
    refused_lines: Sequence[Mapping[str, object]] = ()

    @property
    def total_fen(self) -> int:
        return sum(line.units * line.price_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class InsertedLine:
    """The ids of a line that was inserted; `place` counts the lines of all orders from 1."""

    place: int
    line_id: int
    order_id: int
    held_items: int
    item_tallies: int
    sale_tallies: int


_INSERT_ORDERS = f"""
WITH accepted AS (
    SELECT * FROM unnest(%(resellers)s::bigint[], %(keys)s::text[], %(tiers)s::int[], %(totals)s::bigint[],
                         %(placed_at)s::timestamptz[], %(pay_before)s::timestamptz[], %(digests)s::text[], %(refused)s::jsonb[])
        WITH ORDINALITY AS a (reseller_id, key, tier, total_fen, placed_at, pay_before, request_digest, refused_lines, number)
), taken AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(line_resellers)s::bigint[], %(items)s::bigint[], %(sales)s::bigint[],
                         %(brands)s::bigint[], %(skus)s::bigint[], %(recipients)s::bigint[], %(price_rows)s::bigint[],
                         %(units)s::int[], %(prices)s::bigint[], %(payables)s::bigint[], %(labellings)s::text[],
                         %(floors)s::bigint[], %(remarks)s::text[], %(sources)s::text[])
        WITH ORDINALITY AS t (number, reseller_id, item_id, sale_id, brand_id, sku_id, recipient_id, price_row_id, units, price_fen,
                              payable_fen, labelling, retail_floor_fen, remark, source, place)
), {hold_units_of_placements_sql()}, new_orders AS (
    INSERT INTO orders_order (reseller_id, key, state, tier, total_fen, placed_at, pay_before, request_digest, refused_lines)
    SELECT reseller_id, key, 'unpaid', tier, total_fen, placed_at, pay_before, request_digest, refused_lines
    FROM accepted ORDER BY number
    ON CONFLICT (reseller_id, key) DO NOTHING
    RETURNING id, reseller_id, key
), new_lines AS (
    INSERT INTO orders_orderline (order_id, item_id, sale_id, brand_id, sku_id, recipient_id, price_row_id, units,
        refunded_units, price_fen, payable_fen, commission_fen, labelling, retail_floor_fen, remark, source)
    SELECT n.id, t.item_id, t.sale_id, t.brand_id, t.sku_id, t.recipient_id, t.price_row_id, t.units,
        0, t.price_fen, t.payable_fen, t.price_fen - t.payable_fen, t.labelling, t.retail_floor_fen, t.remark, t.source
    FROM taken t JOIN accepted a USING (number) JOIN new_orders n ON n.reseller_id = a.reseller_id AND n.key = a.key
    ORDER BY t.place
    RETURNING id, order_id
)
SELECT row_number() OVER (ORDER BY l.id)::int AS place, l.id AS line_id, l.order_id,
       (SELECT count(*) FROM held_items)::int AS held_items,
       (SELECT count(*) FROM raised_item_tallies)::int AS item_tallies,
       (SELECT count(*) FROM raised_sale_tallies)::int AS sale_tallies
FROM new_lines l ORDER BY l.id
"""  # noqa: S608 - the inserted part is a constant


def hold_units_and_insert_orders(orders: Sequence[AcceptedOrder]) -> list[InsertedLine] | None:
    """Hold the units of all orders and insert them with their lines, in one statement; the lines in the order of theirs.

    The items are locked by this transaction. None where units, a limit or a key were used up meanwhile; the caller must then roll back.
    """
    lines = [(number, order.reseller_id, line) for number, order in enumerate(orders, 1) for line in order.lines]
    inserted = sql.fetch(
        InsertedLine,
        _INSERT_ORDERS,
        {
            "resellers": [order.reseller_id for order in orders],
            "keys": [order.key for order in orders],
            "tiers": [order.tier for order in orders],
            "totals": [order.total_fen for order in orders],
            "placed_at": [order.placed_at for order in orders],
            "pay_before": [order.pay_before for order in orders],
            "digests": [order.request_digest for order in orders],
            "refused": [json.dumps(list(order.refused_lines), ensure_ascii=False) for order in orders],
            "numbers": [number for number, _, _ in lines],
            "line_resellers": [reseller_id for _, reseller_id, _ in lines],
            "items": [line.item_id for _, _, line in lines],
            "sales": [line.sale_id for _, _, line in lines],
            "brands": [line.brand_id for _, _, line in lines],
            "skus": [line.sku_id for _, _, line in lines],
            "recipients": [line.recipient_id for _, _, line in lines],
            "price_rows": [line.price_row_id for _, _, line in lines],
            "units": [line.units for _, _, line in lines],
            "prices": [line.price_fen for _, _, line in lines],
            "payables": [line.payable_fen for _, _, line in lines],
            "labellings": [line.labelling for _, _, line in lines],
            "floors": [line.retail_floor_fen for _, _, line in lines],
            "remarks": [line.remark for _, _, line in lines],
            "sources": [line.source for _, _, line in lines],
        },
        prepared=True,
    )
    expected = (
        len(lines),
        len({line.item_id for _, _, line in lines}),
        len({(reseller_id, line.item_id) for _, reseller_id, line in lines}),
        len({(reseller_id, line.sale_id) for _, reseller_id, line in lines}),
    )
    counts = (
        (len(inserted), inserted[0].held_items, inserted[0].item_tallies, inserted[0].sale_tallies) if inserted else ()
    )
    return inserted if counts == expected else None


@dataclass(frozen=True, slots=True)
class RecipientRow:
    id: int
    reseller_id: int
    name: str
    phone: str
    address: str


def find_recipients(recipient_ids: Sequence[int]) -> list[RecipientRow]:
    """Recipients that are in an address book, with the reseller whose book it is."""
    return sql.fetch(
        RecipientRow,
        """
        SELECT id, reseller_id, name, phone, address FROM orders_recipient
        WHERE id = ANY(%(recipients)s::bigint[]) AND hidden_at IS NULL
        """,
        {"recipients": list(recipient_ids)},
        prepared=True,
    )


def find_used_keys(*, reseller_ids: Sequence[int], keys: Sequence[str]) -> set[tuple[int, str]]:
    """Those of the pairs of reseller and key for which there is an order; the arrays are of one length."""
    rows = sql.rows(
        """
        SELECT o.reseller_id, o.key FROM unnest(%(resellers)s::bigint[], %(keys)s::text[]) AS a (reseller_id, key)
        JOIN orders_order o ON o.reseller_id = a.reseller_id AND o.key = a.key
        """,
        {"resellers": list(reseller_ids), "keys": list(keys)},
        prepared=True,
    )
    return {(row["reseller_id"], row["key"]) for row in rows}
