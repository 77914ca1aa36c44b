"""The waiting room of a sale as ops see it (SALE-24)."""

from dataclasses import dataclass
from datetime import datetime

from flashsales.models import WaitingRoom
from flashsales.rules.waiting_room import lets_wait_early
from flashsales.sql import waiting_room as statements


@dataclass(frozen=True, slots=True)
class WaitingRoomView:
    """How many resellers per second it admits; how many have a ticket and no place yet, wait for their turn, and were admitted.

    `lets_wait_early`: false where the preview is so short that they cannot wait as early as the room would let them.
    """

    admission_rate: int
    early: int
    waiting: int
    admitted: int
    lets_wait_early: bool = True


def get_admission_rate(sale_id: int) -> int | None:
    """None where the sale has no waiting room."""
    return WaitingRoom.objects.filter(sale=sale_id).values_list("rate", flat=True).first()


def get_room(sale_id: int, *, at: datetime) -> WaitingRoomView | None:
    found = WaitingRoom.objects.filter(sale=sale_id).select_related("sale").first()
    if found is None:
        return None
    figures = statements.count_tickets(sale_id=sale_id, at=at)
    early = lets_wait_early(found.sale.preview_at, found.sale.starts_at)
    return WaitingRoomView(found.rate, figures.early, figures.waiting, figures.admitted, early)


NEW_TICKETS = "(SELECT t.sale_id, t.reseller_id FROM flashsales_roomticket t WHERE new(t))"
"""Sales and resellers of tickets that changed, for the integrity checks of other apps."""


def is_admitted_sql(*, sale: str, reseller: str, at: str) -> str:
    """Whether the waiting room of a sale, if it has one, had admitted a reseller at an instant, for statements of other apps."""
    return statements.IS_ADMITTED.format(sale=sale, reseller=reseller, at=at)
