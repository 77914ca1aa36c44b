"""Match the rows of a workbook with the brand's SKUs: which SKU a row means (STOCK-9), what differs, and which rows the stock refuses."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from inventory.models import Upload
from inventory.rules import FaultKind
from inventory.sql import matching
from inventory.sql.preview import copy_rows
from inventory.uploads.validate import CatalogueFault


@dataclass(slots=True)
class StockMatch:
    """What came of matching: counts of SKUs, the styles of which a row is accepted, and the faults of refused rows."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    price_jumps: int = 0
    style_ids: set[int] = field(default_factory=set)
    faults: list[CatalogueFault] = field(default_factory=list)


def match_stock(upload: Upload, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> StockMatch:
    """Write what the rows would change into the upload's list of changes.

    `rows` have `columns` and the order of the file. Those of kind `excluded` have a fault already: they change
    nothing, and their SKUs are not missing from the file.
    """
    matching.create_row_tables()
    count = copy_rows(matching.ROW_TABLE, columns, rows)
    matching.analyze_row_table()
    matching.find_moved_since_baseline(brand_id=upload.brand_id, baseline_seq=upload.baseline_seq)
    unchanged = matching.find_unchanged_rows(brand_id=upload.brand_id)
    matching.match_rows(brand_id=upload.brand_id, has_unmatched=unchanged < count)
    matching.find_faults()
    matching.create_accepted_rows()
    match = StockMatch(**asdict(matching.write_changes(upload_id=upload.pk, own_price_jump=settings.OWN_PRICE_JUMP)))
    match.missing = matching.write_missing(upload_id=upload.pk, brand_id=upload.brand_id)
    accepted = matching.count_accepted_rows()
    match.style_ids = set(accepted.style_ids)
    match.unchanged = accepted.rows - match.added - match.changed
    match.faults = [
        CatalogueFault(each.n, FaultKind.FAULT, each.code, each.field, each.value, each.more)
        for each in matching.faults()
    ]
    matching.drop_row_tables()
    return match
