"""Reads of stored lines of bank statements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from bank_statements.models import BankStatementLine, LineRequest
from bank_statements.rules import LineFacts, LineState, comes_from_provider
from db.rows import view_of
from kernel.refusal import Missing
from treasury.rules.bank_accounts import mask_number
from treasury.rules.requests import STANDING, RequestState
from web.pagination import Page, paginate

_STANDING = [each.value for each in STANDING]


class NoSuchLine(Missing):
    code = "bank_statements.no_such_line"
    zh = "没有这行银行流水（{line_id}）"
    en = "There is no line {line_id} of a bank statement"
    line_id: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a statement; `amount_fen` is above zero for money that came. The number of the counterparty is masked.

    `request_id`: what was entered for it, or what it confirms. `bill_id`: the bill of a provider whose pay-out it is.
    """

    id: int
    account: str
    reference: str
    amount_fen: int
    booked_on: date
    time: str
    counterparty: str
    counterparty_account: str
    remark: str
    balance_fen: int | None
    upload_id: int
    sheet: str
    row: int
    state: LineState
    request_id: int | None
    set_aside_reason: str
    bill_id: int | None


def get_line(line_id: int) -> LineView:
    row = BankStatementLine.objects.filter(pk=line_id).first()
    if row is None:
        raise NoSuchLine(line_id=line_id)
    return _views([row])[0]


def list_lines(
    *, state: LineState | None = None, upload_id: int | None = None, cursor: str = "", limit: int = 50
) -> Page[LineView]:
    """Stored lines, the newest first: of one state, or of one upload."""
    rows = BankStatementLine.objects.all()
    if upload_id is not None:
        rows = rows.filter(upload_id=upload_id)
    if state is LineState.OPEN:
        rows = _open(rows)
    elif state is LineState.SET_ASIDE:
        rows = rows.filter(set_aside_at__isnull=False)
    elif state is LineState.PROVIDER:
        rows = rows.filter(bill__isnull=False)
    elif state is not None:
        wanted = {RequestState.WAITING} if state is LineState.ENTERED else STANDING - {RequestState.WAITING}
        states = [each.value for each in wanted]
        rows = rows.filter(Exists(LineRequest.objects.filter(line=OuterRef("pk"), request__state__in=states)))
    page = paginate(
        rows, name="bank_statements.lines", order=("-id",), cursor=cursor, limit=limit, view=lambda row: row
    )
    return Page(_views(page.items), page.next_cursor)


def list_open_provider_lines() -> list[LineFacts]:
    """Open lines of money that came from a payment provider, by the id of the line."""
    rows = _open(BankStatementLine.objects.filter(amount_fen__gt=0)).order_by("pk")
    return [
        LineFacts(
            row.pk, row.amount_fen, row.booked_on, row.reference, row.counterparty, row.counterparty_account, row.remark
        )
        for row in rows
        if comes_from_provider(row.counterparty)
    ]


def open_line_ids(line_ids: Collection[int]) -> set[int]:
    """Which of these lines nobody has decided."""
    return set(_open(BankStatementLine.objects.filter(pk__in=line_ids)).values_list("pk", flat=True))


def lock_open_lines(line_ids: Collection[int]) -> set[int]:
    """The same, with all of the lines locked: two people who enter one line wait for each other."""
    rows = BankStatementLine.objects.select_for_update().filter(pk__in=line_ids).order_by("pk")
    locked = list(rows.values_list("pk", flat=True))
    return open_line_ids(locked)


def _open(rows: QuerySet[BankStatementLine]) -> QuerySet[BankStatementLine]:
    standing = LineRequest.objects.filter(line=OuterRef("pk"), request__state__in=_STANDING)
    return rows.filter(~Exists(standing), Q(set_aside_at=None, bill=None))


def _views(rows: list[BankStatementLine]) -> list[LineView]:
    links = LineRequest.objects.filter(line_id__in=[row.pk for row in rows]).order_by("pk")
    requests = {
        line_id: (request_id, state)
        for line_id, request_id, state in links.values_list("line_id", "request_id", "request__state")
        if state in _STANDING
    }
    return [
        view_of(
            LineView,
            row,
            counterparty_account=mask_number(row.counterparty_account),
            state=_state(row, requests),
            request_id=requests.get(row.pk, (None, ""))[0],
        )
        for row in rows
    ]


def _state(row: BankStatementLine, requests: dict[int, tuple[int, str]]) -> LineState:
    if row.pk in requests:
        return LineState.ENTERED if requests[row.pk][1] == RequestState.WAITING.value else LineState.BOOKED
    if row.bill_id is not None:
        return LineState.PROVIDER
    return LineState.SET_ASIDE if row.set_aside_at is not None else LineState.OPEN


@dataclass(frozen=True, slots=True)
class OpenLines:
    """Lines that nobody has dealt with: how many, and what came and went by them, in fen."""

    lines: int
    amount_fen: int


def count_open_lines() -> OpenLines:
    found = _open(BankStatementLine.objects.all()).aggregate(lines=Count("pk"), fen=Sum("amount_fen"))
    return OpenLines(found["lines"], found["fen"] or 0)
