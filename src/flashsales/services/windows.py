"""The window of a sale: which times are refused, and that a SKU is in one sale at a time (SALE-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import sql
from flashsales.rules import MAX_DURATION
from kernel.refusal import Conflict, Invalid

ONE_SALE_AT_A_TIME = "sale_item_one_sale_at_a_time"
"""The exclusion constraint of the database behind SALE-2."""


class InvalidWindow(Invalid):
    """A time of a sale makes no sense beside another; which one is said by the kinds below."""


@dataclass(eq=False)
class PreviewAfterStart(InvalidWindow):
    code = "flashsales.preview_after_start"
    zh = "预告时间在开场之后：预告须早于开场，或不填"
    en = "The preview is after the start: put it before the start, or leave it empty"


@dataclass(eq=False)
class EndBeforeStart(InvalidWindow):
    code = "flashsales.end_before_start"
    zh = "结束时间须在开场时间之后"
    en = "The end must be after the start"


@dataclass(eq=False)
class EndInPast(InvalidWindow):
    code = "flashsales.end_in_past"
    zh = "结束时间已经过去"
    en = "The end is in the past"


@dataclass(eq=False)
class EndNotLater(InvalidWindow):
    code = "flashsales.end_not_later"
    zh = "新的结束时间须晚于原来的结束时间"
    en = "The new end must be later than the one before"


@dataclass(eq=False)
class SaleTooLong(InvalidWindow):
    code = "flashsales.sale_too_long"
    zh = "从开场到结束最长 {days} 天"
    en = "From start to end a sale lasts at most {days} days"
    days: int


@dataclass(eq=False)
class AlreadyOnSale(Conflict):
    code = "flashsales.already_on_sale"
    zh = "以下商品同一时间已在其他专场：{description}"
    en = "These goods are in another sale at that time: {description}"
    description: str
    skus: list[dict[str, Any]]


def require_window(preview_at: datetime, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if preview_at > starts_at:
        raise PreviewAfterStart
    if ends_at <= starts_at:
        raise EndBeforeStart
    if ends_at <= now:
        raise EndInPast
    if ends_at - starts_at > MAX_DURATION:
        raise SaleTooLong(days=MAX_DURATION.days)


def skus_in_other_sales(sale_id: int, starts_at: datetime, ends_at: datetime) -> list[int]:
    """The SKUs of a sale that are in another sale in a window."""
    rows = sql.rows(
        """
        SELECT DISTINCT mine.sku_id FROM flashsales_saleitem mine
        JOIN flashsales_saleitem other ON other.sku_id = mine.sku_id AND other.sale_id <> mine.sale_id
             AND other.on_sale && tstzrange(%(starts_at)s, %(ends_at)s, '[)')
        WHERE mine.sale_id = %(sale)s ORDER BY mine.sku_id
        """,
        {"sale": sale_id, "starts_at": starts_at, "ends_at": ends_at},
    )
    return [row["sku_id"] for row in rows]


def already_on_sale(
    sale_id: int, starts_at: datetime, ends_at: datetime, *, sku_ids: Sequence[int] | None = None
) -> AlreadyOnSale:
    """The refusal that names which goods are in which other sale in a window; of these SKUs, where they are given."""
    rows = sql.rows(
        """
        SELECT mine.sku_id, y.style_no, k.colour, k.size, other.sale_id, s.title
        FROM flashsales_saleitem mine
        JOIN flashsales_saleitem other ON other.sku_id = mine.sku_id AND other.sale_id <> mine.sale_id
             AND other.on_sale && tstzrange(%(starts_at)s, %(ends_at)s, '[)')
        JOIN flashsales_sale s ON s.id = other.sale_id
        JOIN inventory_sku k ON k.id = mine.sku_id JOIN inventory_style y ON y.id = k.style_id
        WHERE mine.sale_id = %(sale)s AND (%(skus)s::bigint[] IS NULL OR mine.sku_id = ANY (%(skus)s))
        ORDER BY mine.sku_id LIMIT 20
        """,
        {
            "sale": sale_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "skus": None if sku_ids is None else list(sku_ids),
        },
    )
    description = "；".join(f"{r['style_no']} {r['colour']} {r['size']} ←「{r['title']}」" for r in rows)
    return AlreadyOnSale(description=description, skus=[{"sku_id": r["sku_id"], "sale_id": r["sale_id"]} for r in rows])
