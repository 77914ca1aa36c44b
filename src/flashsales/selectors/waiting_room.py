"""The waiting room of a sale as ops see it (SALE-24)."""

from dataclasses import dataclass
from datetime import datetime

from flashsales.models import WaitingRoom
from flashsales.sql import waiting_room as statements


@dataclass(frozen=True, slots=True)
class WaitingRoomView:
    """How many resellers per second it admits; how many have a ticket and no place yet, wait for their turn, and were admitted."""

    admission_rate: int
    early: int
    waiting: int
    admitted: int


def get_admission_rate(sale_id: int) -> int | None:
    """None where the sale has no waiting room."""
    return WaitingRoom.objects.filter(sale=sale_id).values_list("rate", flat=True).first()


def get_room(sale_id: int, *, at: datetime) -> WaitingRoomView | None:
    rate = get_admission_rate(sale_id)
    if rate is None:
        return None
    figures = statements.count_tickets(sale_id=sale_id, at=at)
    return WaitingRoomView(rate, figures.early, figures.waiting, figures.admitted)
