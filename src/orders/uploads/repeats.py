"""What lines of a workbook seem to repeat: a line above, an order of these days, an order number that was used before (WORKBOOK-4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F

from orders.models.lines import OrderLine
from orders.models.uploads import OrderUploadLine
from orders.rules.states import OrderState
from orders.rules.uploads import OrderUploadLineState
from orders.uploads.sentences import ORDERED_RECENTLY, REFERENCE_USED, REPEATED_IN_FILE, Sentence, filled

RECENT = timedelta(days=7)
"""An order this old is no longer taken for the one that a line repeats."""

Person = tuple[str, str]
"""Name and phone: a recipient whose address is written otherwise is still the same."""


def find_repeats(
    rows: Sequence[OrderUploadLine], sku_of: Mapping[int, int], *, reseller_id: int, upload_id: int, at: datetime
) -> dict[int, list[Sentence]]:
    """What each line seems to repeat, by its number. `sku_of`: the SKU of each matched item. Two statements for any number of lines."""
    ready = [row for row in rows if row.state == OrderUploadLineState.READY.value and row.item_id is not None]
    earlier, references = _recent_orders(ready, sku_of, reseller_id, at), _used_references(rows, reseller_id, upload_id)
    found: dict[int, list[Sentence]] = {}
    first_rows: dict[tuple[Person, int], int] = {}
    for row in ready:
        place = (_person(row), sku_of[row.item_id or 0])
        if row.left_out:
            continue
        if (first := first_rows.setdefault(place, row.row)) != row.row:
            found.setdefault(row.number, []).append(filled(REPEATED_IN_FILE, row=first))
        if place in earlier:
            order_id, units = earlier[place]
            found.setdefault(row.number, []).append(filled(ORDERED_RECENTLY, order_id=order_id, units=units))
        if used := references.get(row.order_ref):
            found.setdefault(row.number, []).append(used)
    return found


def _recent_orders(
    rows: Sequence[OrderUploadLine], sku_of: Mapping[int, int], reseller_id: int, at: datetime
) -> dict[tuple[Person, int], tuple[int, int]]:
    """The latest order and its units by recipient and SKU, of orders that were not cancelled or refunded."""
    lines = OrderLine.objects.filter(
        order__reseller_id=reseller_id,
        order__placed_at__gt=at - RECENT,
        order__state__in=[OrderState.UNPAID.value, OrderState.PAID.value],
        sku_id__in=set(sku_of.values()),
        recipient__phone__in={row.phone for row in rows},
        refunded_units__lt=F("units"),
    ).order_by("order_id")
    values = lines.values_list("recipient__name", "recipient__phone", "sku_id", "order_id", "units")
    return {((name, phone), sku_id): (order_id, units) for name, phone, sku_id, order_id, units in values}


def _used_references(rows: Sequence[OrderUploadLine], reseller_id: int, upload_id: int) -> dict[str, Sentence]:
    """Her order numbers that an earlier workbook ordered, with the sentence that says so."""
    references = {row.order_ref for row in rows} - {""}
    used = OrderUploadLine.objects.filter(
        order_ref__in=references, ordered_units__gt=0, upload__reseller_id=reseller_id
    ).exclude(upload_id=upload_id)
    values = used.order_by("upload_id").values_list("order_ref", "upload__filename", "upload__order_id").distinct()
    return {
        reference: filled(REFERENCE_USED, order_ref=reference, filename=filename, order_id=order_id)
        for reference, filename, order_id in values
    }


def _person(row: OrderUploadLine) -> Person:
    return row.name, row.phone
