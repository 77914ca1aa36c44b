"""The statement that adds up what a reseller earns (FORWARD-18)."""

from dataclasses import dataclass
from datetime import datetime

from db import sql
from forwarding.rules.profit import ProfitSpan
from orders.selectors.lines import LINES

_GROUPS = {
    ProfitSpan.DAY: "to_char(l.paid_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')",
    ProfitSpan.WEEK: "to_char(date_trunc('week', l.paid_at AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD')",
    ProfitSpan.SALE: "l.sale_id::text",
    ProfitSpan.ORDER: "l.order_id::text",
}


RETAIL_OF_LINE = """
            LEFT JOIN LATERAL (
                SELECT min(w.retail_fen) AS retail_fen FROM forwarding_wishline w WHERE w.order_line_id = l.id
                HAVING min(w.retail_fen) = max(w.retail_fen)
            ) seen ON true
            LEFT JOIN LATERAL (
                SELECT c.price_fen FROM forwarding_retailpricechange c
                WHERE c.reseller_id = l.reseller_id AND c.sale_id = l.sale_id AND c.style_id = i.style_id AND c.at <= o.placed_at
                ORDER BY c.id DESC LIMIT 1
            ) asked ON true"""
"""The retail price of an order line `l` with its order `o` and sale item `i`, as RETAIL_FEN."""
RETAIL_FEN = "coalesce(seen.retail_fen, asked.price_fen)"


@dataclass(frozen=True, slots=True)
class ProfitSums:
    """The sums of one group: `key` is a day, the Monday of a week, or the id of a sale or an order. `title` is that of a sale, else ""."""

    key: str
    title: str
    orders: int
    units: int
    revenue_fen: int
    paid_fen: int
    unpriced_units: int
    unpriced_fen: int


def find_profits(
    *,
    reseller_id: int,
    span: ProfitSpan,
    since: datetime,
    until: datetime,
    order_id: int | None = None,
    limit: int,
) -> list[ProfitSums]:
    """The profit of orders paid within [since, until), by span, the latest first; of one order where it is given.

    The retail price of a line is what the customer saw whose wish it answers, where that is one price; else the reseller's price of the
    style at the instant of the order.
    """
    return sql.fetch(
        ProfitSums,
        f"""
        SELECT g.key, max(g.title) AS title, count(DISTINCT g.order_id)::int AS orders,
               coalesce(sum(g.kept_units) FILTER (WHERE g.retail_fen IS NOT NULL), 0)::bigint AS units,
               coalesce(sum(g.kept_units * g.retail_fen), 0)::bigint AS revenue_fen,
               coalesce(sum(g.net_fen) FILTER (WHERE g.retail_fen IS NOT NULL), 0)::bigint AS paid_fen,
               coalesce(sum(g.kept_units) FILTER (WHERE g.retail_fen IS NULL), 0)::bigint AS unpriced_units,
               coalesce(sum(g.net_fen) FILTER (WHERE g.retail_fen IS NULL AND g.kept_units > 0), 0)::bigint AS unpriced_fen
        FROM (
            SELECT {_GROUPS[span]} AS key, {"s.title" if span is ProfitSpan.SALE else "''"} AS title, l.order_id, l.kept_units,
                   l.units * l.price_fen - l.refunded_fen + l.freight_fen - l.returned_freight_fen AS net_fen,
                    {RETAIL_FEN} AS retail_fen, l.paid_at
            FROM {LINES} l
            JOIN orders_order o ON o.id = l.order_id
            JOIN flashsales_saleitem i ON i.id = l.item_id
            JOIN flashsales_sale s ON s.id = l.sale_id
            {RETAIL_OF_LINE}
            WHERE l.reseller_id = %(reseller)s AND l.order_state = 'paid' AND l.paid_at >= %(since)s AND l.paid_at < %(until)s
              AND (%(order)s::bigint IS NULL OR l.order_id = %(order)s)
        ) g
        GROUP BY g.key ORDER BY max(g.paid_at) DESC, g.key DESC LIMIT %(limit)s
        """,  # noqa: S608 - constants
        {"reseller": reseller_id, "since": since, "until": until, "order": order_id, "limit": limit},
    )
