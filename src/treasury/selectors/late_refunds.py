"""What was refunded of a line after its statement was sent (SETTLE-15)."""

from collections.abc import Collection

from django.db.models import Sum

from settlement.selectors.late_refunds import SettledLine, get_settled_line
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestState


def get_late_before_fen(line_id: int) -> int:
    """What was booked of late refunds of the line."""
    return sum_late_refunds([line_id])


def sum_late_refunds(line_ids: Collection[int]) -> int:
    """What was booked of late refunds of these lines, in fen. The lines and orders themselves do not say it: their figures are final."""
    booked = MoneyRequest.objects.filter(line__in=line_ids, state=RequestState.APPROVED.value).exclude(booked_as="")
    return int(booked.aggregate(fen=Sum("amount_fen", default=0))["fen"])


def get_refundable_line(line_id: int) -> SettledLine:
    """The line of a statement that was sent, with what can still be given back. Refuses a line that no such statement has."""
    return get_settled_line(line_id, late_before_fen=get_late_before_fen(line_id))
