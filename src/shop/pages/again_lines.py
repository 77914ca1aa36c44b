"""Old lines that are offered again, each with the way to wait for it where its units are gone (ORDER-11, SALE-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flashsales.rules.waiting import MAX_WAITING_UNITS
from flashsales.selectors.waiting_list import own_entries_of
from orders.selectors.cart import AgainLineView


@dataclass(frozen=True, slots=True)
class AgainRow:
    """An old line. `wait_value` is what the form of the waiting list sends for it, "" where she cannot wait or waits already."""

    again: AgainLineView
    wait_value: str
    is_waiting: bool


def again_rows(reseller_id: int, lines: Sequence[AgainLineView], *, at: datetime) -> list[AgainRow]:
    """The lines with what she waits for of them: one statement, none where nothing is gone. Lines of one size for one recipient are waited
    for as one."""
    gone = [each for each in lines if each.wait_units]
    units: dict[tuple[int | None, str], int] = {}
    for each in gone:
        units[_place(each)] = min(units.get(_place(each), 0) + each.wait_units, MAX_WAITING_UNITS)
    item_ids = sorted({each.item_id for each in gone if each.item_id is not None})
    entries = own_entries_of(reseller_id, item_ids=item_ids, at=at) if item_ids else []
    waiting = {(entry.item_id, entry.source) for entry in entries}
    rows = []
    for each in lines:
        is_waiting = bool(each.wait_units) and _place(each) in waiting
        value = f"{each.item_id}:{units[_place(each)]}:{_place(each)[1]}" if each.wait_units and not is_waiting else ""
        rows.append(AgainRow(each, value, is_waiting))
    return rows


def wait_values(rows: Sequence[AgainRow]) -> list[str]:
    """What the form sends to wait for all of them at once."""
    return list(dict.fromkeys(row.wait_value for row in rows if row.wait_value))


def _place(each: AgainLineView) -> tuple[int | None, str]:
    """Of what and for whom she waits."""
    return each.item_id, f"recipient:{each.line.recipient.id}"
