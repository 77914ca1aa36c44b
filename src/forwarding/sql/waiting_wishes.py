"""Statements about wishes that wait for sold-out sizes (FORWARD-29)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db import sql
from forwarding.sql.tasks import OPEN_WISH

MAX_TOLD = 1000
"""Wishes that one run tells of; the next run tells of the others."""


_AWAITED = """coalesce((SELECT l.item_id FROM forwarding_wishline l WHERE l.wish_id = {wish}.id AND l.is_awaited ORDER BY l.id LIMIT 1),
                             {wish}.item_id)"""
"""The size that the wish `{wish}` is told of; a wish from before that was kept counts for its first size."""


@dataclass(frozen=True, slots=True)
class BackForCustomers:
    """A size of which units are available to everybody, and how many customers of a reseller wait for it who were not told of yet."""

    reseller_id: int
    wish_id: int
    customers: int
    goods: str


def mark_awaited(*, at: datetime) -> int:
    """Keep with the open waiting wishes of which something is sold out now what that is: the size that is told of once it is back.

    Wishes that another transaction has locked are left to the next run.
    """
    return sql.execute(
        f"""
        WITH gone AS MATERIALIZED (
            SELECT w.id FROM forwarding_wish w LEFT JOIN orders_order o ON o.id = w.order_id
            WHERE w.is_waiting AND {OPEN_WISH}
              AND (SELECT bool_or(i.available = 0) AND bool_or(l.is_awaited <> (i.available = 0)) AND bool_and(s.ends_at > %(at)s)
                   FROM forwarding_wishline l JOIN flashsales_saleitem i ON i.id = l.item_id JOIN flashsales_sale s ON s.id = i.sale_id
                   WHERE l.wish_id = w.id)
            ORDER BY w.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
        )
        UPDATE forwarding_wishline l SET is_awaited = i.available = 0
        FROM gone, flashsales_saleitem i WHERE l.wish_id = gone.id AND i.id = l.item_id AND l.is_awaited <> (i.available = 0)
        """,  # noqa: S608 - a constant
        {"at": at, "limit": MAX_TOLD},
    )


def mark_told(*, at: datetime, after: timedelta) -> list[BackForCustomers]:
    """Mark the open wishes of live sales whose units are all available and of which the reseller was not told yet.

    Returns one row per reseller and size; of several sizes that a wish waited for, the first one. A wish for a size of which she was told
    for another customer stays unmarked until `after` has passed since then.

    Wishes that another transaction has locked are left to the next run. A deactivated reseller is told nothing.
    """
    return sql.fetch(
        BackForCustomers,
        f"""
        WITH due AS MATERIALIZED (
            SELECT w.id FROM forwarding_wish w
            LEFT JOIN orders_order o ON o.id = w.order_id
            JOIN membership_reseller m ON m.id = w.reseller_id
            JOIN accounts_person p ON p.id = m.person_id AND p.is_active
            WHERE w.is_waiting AND {OPEN_WISH} AND w.told_back_at IS NULL
              AND NOT EXISTS (
                  SELECT FROM forwarding_wishline l
                  JOIN flashsales_saleitem i ON i.id = l.item_id
                  JOIN flashsales_sale s ON s.id = i.sale_id
                  WHERE l.wish_id = w.id AND (i.available = 0 OR s.closed_at IS NOT NULL OR s.state <> 'published'
                                              OR s.starts_at > %(at)s OR s.ends_at <= %(at)s)
              )
              AND NOT EXISTS (
                  SELECT FROM forwarding_wish t
                  WHERE t.reseller_id = w.reseller_id AND t.told_back_at > %(before)s
                    AND {_AWAITED.format(wish="t")} = {_AWAITED.format(wish="w")}
              )
            ORDER BY w.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
        ), told AS (
            UPDATE forwarding_wish w SET told_back_at = %(at)s FROM due WHERE due.id = w.id
            RETURNING w.id, w.reseller_id, w.item_id
        ), awaited AS (
            SELECT t.id, t.reseller_id, {_AWAITED.format(wish="t")} AS item_id FROM told t
        )
        SELECT t.reseller_id, min(t.id) AS wish_id, count(*)::int AS customers,
               concat_ws(' ', y.style_no, nullif(k.colour, ''), nullif(k.size, '')) AS goods
        FROM awaited t
        JOIN flashsales_saleitem i ON i.id = t.item_id
        JOIN inventory_sku k ON k.id = i.sku_id
        JOIN inventory_style y ON y.id = i.style_id
        GROUP BY t.reseller_id, t.item_id, y.style_no, k.colour, k.size
        ORDER BY wish_id
        """,  # noqa: S608 - constants
        {"at": at, "before": at - after, "limit": MAX_TOLD},
    )


def forget_told(*, at: datetime, after: timedelta) -> int:
    """Let the reseller be told again of wishes whose units are gone again, once `after` has passed since she was told."""
    return sql.execute(
        f"""
        WITH gone AS MATERIALIZED (
            SELECT w.id FROM forwarding_wish w LEFT JOIN orders_order o ON o.id = w.order_id
            WHERE w.is_waiting AND {OPEN_WISH} AND w.told_back_at <= %(before)s
              AND EXISTS (SELECT FROM forwarding_wishline l JOIN flashsales_saleitem i ON i.id = l.item_id
                          WHERE l.wish_id = w.id AND i.available = 0)
            ORDER BY w.id LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED
        )
        UPDATE forwarding_wish w SET told_back_at = NULL FROM gone WHERE gone.id = w.id
        """,  # noqa: S608 - a constant
        {"before": at - after, "limit": MAX_TOLD},
    )
