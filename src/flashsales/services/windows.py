"""The window of a sale: which times are refused, and that a SKU is in one sale at a time (SALE-2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from db.errors import constraint_of
from flashsales.models import Sale, SaleItem
from flashsales.rules import MAX_DURATION
from flashsales.sql.sales import describe_items_in_other_sales, find_skus_in_other_sales
from kernel.refusal import Conflict, Invalid

MAX_NAMED = 20
ONE_SALE_AT_A_TIME = "sale_item_one_sale_at_a_time"
"""The exclusion constraint of the database behind SALE-2."""


class InvalidWindow(Invalid):
    """A time of a sale makes no sense beside another; the subclasses say which."""


class PreviewAfterStart(InvalidWindow):
    code = "flashsales.preview_after_start"
    zh = "预告时间在开场之后：预告须早于开场，或不填"
    en = "The preview is after the start: put it before the start, or leave it empty"


class EndBeforeStart(InvalidWindow):
    code = "flashsales.end_before_start"
    zh = "结束时间须在开场时间之后"
    en = "The end must be after the start"


class EndInPast(InvalidWindow):
    code = "flashsales.end_in_past"
    zh = "结束时间已经过去"
    en = "The end is in the past"


class EndNotLater(InvalidWindow):
    code = "flashsales.end_not_later"
    zh = "新的结束时间须晚于原来的结束时间"
    en = "The new end must be later than the one before"


class SaleTooLong(InvalidWindow):
    code = "flashsales.sale_too_long"
    zh = "从开场到结束最长 {days} 天"
    en = "From start to end a sale lasts at most {days} days"
    days: int


class AlreadyOnSale(Conflict):
    code = "flashsales.already_on_sale"
    zh = "以下商品同一时间已在其他专场：{description}"
    en = "These SKUs are in another sale at that time: {description}"
    description: str
    skus: list[dict[str, Any]]


def require_window(preview_at: datetime, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Refuse times that make no sense beside each other, an end in the past, and more than MAX_DURATION."""
    if preview_at > starts_at:
        raise PreviewAfterStart
    if ends_at <= starts_at:
        raise EndBeforeStart
    if ends_at <= now:
        raise EndInPast
    if ends_at - starts_at > MAX_DURATION:
        raise SaleTooLong(days=MAX_DURATION.days)


def require_in_no_other_sale(sale_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Refuse a window in which a SKU of the sale is in another sale (SALE-2), without locking or waiting."""
    if find_skus_in_other_sales(sale_id=sale_id, starts_at=starts_at, ends_at=ends_at):
        raise already_on_sale(sale_id, starts_at, ends_at)


def already_on_sale(
    sale_id: int, starts_at: datetime, ends_at: datetime, *, sku_ids: Sequence[int] | None = None
) -> AlreadyOnSale:
    """The refusal that names the SKUs and the other sales; only those in `sku_ids`, unless it is None."""
    rows = describe_items_in_other_sales(
        sale_id=sale_id, starts_at=starts_at, ends_at=ends_at, sku_ids=sku_ids, limit=MAX_NAMED
    )
    description = "；".join(f"{row.style_no} {row.colour} {row.size} ←「{row.title}」" for row in rows)
    return AlreadyOnSale(description=description, skus=[{"sku_id": row.sku_id, "sale_id": row.sale_id} for row in rows])


def set_window(row: Sale, *, opens_items: bool = False) -> None:
    """Give the items of a sale its window; with `opens_items` all planned units become available.

    Items are locked in the order of their ids, as grabs lock them: otherwise each could wait for the other.
    """
    items = SaleItem.objects.filter(sale=row)
    list(items.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    opened = {"allotted": F("planned"), "available": F("planned")} if opens_items else {}
    try:
        with transaction.atomic():
            items.update(sale_window=(row.starts_at, row.ends_at), **opened)
    except IntegrityError as error:
        if constraint_of(error) != ONE_SALE_AT_A_TIME:
            raise
        raise already_on_sale(row.pk, row.starts_at, row.ends_at) from error
