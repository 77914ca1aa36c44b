"""Reads of money requests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.rules import Actor, Role
from accounts.selectors import active_person_ids
from db.rows import view_of
from kernel.refusal import Missing
from ledger.rules import bank_reference
from settlement.selectors.statements import StatementView, list_statements_of, list_unpaid_ids
from treasury.models import MoneyRequest
from treasury.rules.bank_accounts import AccountState
from treasury.rules.requests import (
    DEPOSIT_KINDS,
    INCOMING,
    MONEY_OUT,
    RETURNABLE,
    STANDING,
    WITH_CODE,
    RequestKind,
    RequestState,
    may_approve,
)
from web.pagination import Page, paginate
from web.responses import PAGES_ONLY

MIN_REFERENCE_SEARCH = 3
MAX_WAITING_SHOWN = 20
_NEVER_BOOKED = (RequestState.WAITING.value, RequestState.REFUSED.value, RequestState.CANCELLED.value)


_STOPPED = MoneyRequest.objects.filter(state=RequestState.WAITING.value, reverses__isnull=False).values("reverses_id")
BLOCKED = (
    Q(kind__in=[each.value for each in MONEY_OUT], bank_account__isnull=False)
    & (Q(state=RequestState.APPROVED.value) | Q(state=RequestState.IN_BATCH.value, batch__downloaded_at__isnull=True))
    & ~Q(bank_account__state=AccountState.APPROVED.value)
    & ~Q(pk__in=_STOPPED)
)
"""Approved money out whose account was replaced or is no longer paid to, that no bank has and that nobody has stopped yet."""


class NoSuchRequest(Missing):
    code = "treasury.no_such_request"
    zh = "没有这笔待复核的资金（{request_id}）"
    en = "There is no money request {request_id}"
    request_id: int


@dataclass(frozen=True, slots=True)
class MoneyRequestView:
    """A money request. `decided_by` is "" until somebody decided; `is_before_rule`: one person booked it before two were required.

    `is_blocked`: approved money out that cannot be paid, since its bank account is no longer paid to. `reversal_id`: the request that takes
    it back, which waits for a second person or is booked.
    """

    id: int
    kind: RequestKind
    state: RequestState
    reseller_id: int | None
    brand_id: int | None
    owner_name: str
    order_id: int | None
    statement_id: int | None
    bank_account_id: int | None
    reverses_id: int | None
    reversal_id: int | None
    amount_fen: int
    reference: str
    reason: str
    entered_by_id: Annotated[int, PAGES_ONLY]
    entered_by: str
    entered_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str
    batch_id: int | None
    paid_at: datetime | None
    beneficiary_id: int | None
    line_id: int | None
    brand_part_fen: int
    pays_debt: bool
    payment_id: int | None
    provider_refund_id: int | None
    evidence: str
    is_within_limit: bool
    is_before_rule: bool
    is_blocked: bool

    @property
    def is_money_out(self) -> bool:
        """Whether the bank pays it."""
        return self.kind in MONEY_OUT

    @property
    def asks_for_code(self) -> bool:
        """Whether a one-time code is asked for when it is approved."""
        return self.kind in WITH_CODE and self.amount_fen > 0

    @property
    def can_be_returned(self) -> bool:
        return self.is_money_out and self.state in RETURNABLE and self.amount_fen > 0

    @property
    def can_be_reversed(self) -> bool:
        return self.kind in INCOMING and self.state is RequestState.APPROVED and self.reversal_id is None


@dataclass(frozen=True, slots=True)
class WaitingRequests:
    """How many requests wait for a second person, and their sum."""

    requests: int
    amount_fen: int


def get_request(request_id: int) -> MoneyRequestView:
    row = _rows().filter(pk=request_id).first()
    if row is None:
        raise NoSuchRequest(request_id=request_id)
    return request_view(row)


def list_requests(*, state: str = "", query: str = "", cursor: str = "", limit: int = 50) -> Page[MoneyRequestView]:
    """Money requests, the newest first: of one state, or of a search for a bank reference or the name of a reseller or brand."""
    rows = _rows()
    if state:
        rows = rows.filter(state=state)
    if query.strip():
        rows = rows.filter(_search_filter(query.strip()))
    return paginate(rows, name="treasury.requests", order=("-id",), cursor=cursor, limit=limit, view=request_view)


def list_requests_by_id(request_ids: Sequence[int]) -> list[MoneyRequestView]:
    """Money requests by their ids; the number of statements does not grow with theirs."""
    return [request_view(row) for row in _rows().filter(pk__in=request_ids).order_by("pk")]


@dataclass(frozen=True, slots=True)
class StandingRequest:
    """A request that waits or is booked. `holder` is who is paid at the bank, "" for money that comes."""

    id: int
    reference: str
    amount_fen: int
    is_outgoing: bool
    holder: str


def list_standing_incoming(references: Collection[str]) -> list[StandingRequest]:
    """Requests with one of these references that wait or are booked, of money that reached the bank."""
    rows = _standing(INCOMING).filter(reference__in=references)
    return [StandingRequest(row.pk, row.reference, row.amount_fen, False, "") for row in rows]


def list_standing_outgoing(amounts_fen: Collection[int]) -> list[StandingRequest]:
    """Requests of one of these amounts that wait or are booked, of money that leaves."""
    rows = _standing(MONEY_OUT).filter(amount_fen__in=amounts_fen).select_related("bank_account")
    return [
        StandingRequest(
            row.pk, row.reference, row.amount_fen, True, row.bank_account.holder if row.bank_account else ""
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class SentPayment:
    """Money out that the bank was told to pay, with the whole number of the payee, for matching alone."""

    id: int
    amount_fen: int
    holder: str
    number: str
    sent_at: datetime


def list_sent_payments(amounts_fen: Collection[int]) -> list[SentPayment]:
    """Money out of one of these amounts in a file that somebody took, paid or not, that did not come back and is not being returned."""
    returning = MoneyRequest.objects.filter(state=RequestState.WAITING.value, reverses__isnull=False)
    rows = MoneyRequest.objects.filter(
        amount_fen__in=amounts_fen,
        kind__in=[each.value for each in MONEY_OUT],
        state__in=[RequestState.IN_BATCH.value, RequestState.PAID.value],
        batch__downloaded_at__isnull=False,
    ).exclude(pk__in=returning.values("reverses_id"))
    return [
        SentPayment(row.pk, row.amount_fen, row.bank_account.holder, row.bank_account.number, row.batch.downloaded_at)
        for row in rows.select_related("bank_account", "batch").order_by("pk")
        if row.bank_account is not None and row.batch is not None and row.batch.downloaded_at is not None
    ]


def _standing(kinds: Collection[RequestKind]) -> QuerySet[MoneyRequest]:
    states = [each.value for each in STANDING]
    return MoneyRequest.objects.filter(state__in=states, kind__in=[each.value for each in kinds])


def list_blocked_requests(*, limit: int) -> list[MoneyRequestView]:
    """Approved money out that cannot be paid, the oldest first: finance stop it, and it is entered anew."""
    return [request_view(row) for row in _rows().filter(BLOCKED).order_by("pk")[:limit]]


def count_blocked_requests() -> WaitingRequests:
    found = MoneyRequest.objects.filter(BLOCKED).aggregate(
        requests=Count("pk"), amount_fen=Sum("amount_fen", default=0)
    )
    return WaitingRequests(found["requests"], int(found["amount_fen"]))


def count_undecided_of(*, reseller_id: int | None = None, brand_id: int | None = None) -> int:
    """Requests about a reseller or brand that wait for a second person, and money out that the bank has not paid.

    A late refund is about the reseller of its line, and about the brand, which would owe a part of it.
    """
    owner = Q(reseller_id=reseller_id) | Q(beneficiary_id=reseller_id)
    if brand_id is not None:
        owner = Q(brand_id=brand_id) | Q(line__brand_id=brand_id)
    on_its_way = Q(
        kind__in=[each.value for each in MONEY_OUT],
        state__in=[RequestState.APPROVED.value, RequestState.IN_BATCH.value],
    )
    return MoneyRequest.objects.filter(owner, Q(state=RequestState.WAITING.value) | on_its_way).count()


def list_statements_to_pay(*, limit: int = 200) -> list[StatementView]:
    """The settled statements whose payment nobody entered yet, the oldest first."""
    unpaid = list_unpaid_ids()
    standing = MoneyRequest.objects.filter(statement__any_of=unpaid, state__in=[each.value for each in STANDING])
    entered = set(standing.values_list("statement_id", flat=True))
    return list_statements_of([each for each in unpaid if each not in entered][:limit])


def list_waiting_of(**owner: int) -> list[MoneyRequestView]:
    """The requests that wait about one thing: `reseller_id`, `brand_id` or `statement_id`. The newest first, as many as a page shows."""
    rows = _rows().filter(state=RequestState.WAITING.value, **owner).order_by("-pk")
    return [request_view(row) for row in rows[:MAX_WAITING_SHOWN]]


def list_own_withdrawals(reseller_id: int, *, cursor: str = "", limit: int = 20) -> Page[MoneyRequestView]:
    """The withdrawals of a reseller, the newest first."""
    rows = _rows().filter(kind=RequestKind.WITHDRAWAL.value, reseller_id=reseller_id)
    return paginate(rows, name="treasury.withdrawals", order=("-id",), cursor=cursor, limit=limit, view=request_view)


def list_deposit_requests(brand_id: int, *, cursor: str = "", limit: int = 30) -> Page[MoneyRequestView]:
    """What moved, or is to move, the deposit of a brand, the newest first: paid in, returned, deducted."""
    kinds = [each.value for each in DEPOSIT_KINDS]
    rows = _rows().filter(brand_id=brand_id, kind__in=kinds).exclude(state__in=_NEVER_BOOKED)
    return paginate(rows, name="treasury.deposit", order=("-id",), cursor=cursor, limit=limit, view=request_view)


def get_own_withdrawal(reseller_id: int, request_id: int) -> MoneyRequestView:
    """A withdrawal of a reseller. Those of others do not exist."""
    row = _rows().filter(kind=RequestKind.WITHDRAWAL.value, reseller_id=reseller_id, pk=request_id).first()
    if row is None:
        raise NoSuchRequest(request_id=request_id)
    return request_view(row)


def count_waiting_requests() -> WaitingRequests:
    waiting = MoneyRequest.objects.filter(state=RequestState.WAITING.value)
    found = waiting.aggregate(requests=Count("pk"), amount_fen=Sum("amount_fen", default=0))
    return WaitingRequests(found["requests"], int(found["amount_fen"]))


def can_approve(actor: Actor) -> bool:
    """Whether this person may approve requests of others now (MONEY-2)."""
    return may_approve(actor.role, is_own=False, active_finance=len(active_person_ids(Role.FINANCE)))


def request_view(row: Any) -> MoneyRequestView:
    """Of a row of `_rows`, which says whether it is blocked."""
    return view_of(
        MoneyRequestView,
        row,
        owner_name=_owner_name(row),
        entered_by=row.entered_by.name,
        decided_by=row.decided_by.name if row.decided_by else "",
        is_before_rule=row.before_rule,
        is_within_limit=row.within_limit,
    )


def _owner_name(row: MoneyRequest) -> str:
    if row.reseller is not None:
        return str(row.reseller.person.name)
    return row.brand.name if row.brand else ""


def _rows() -> QuerySet[MoneyRequest]:
    is_blocked = ExpressionWrapper(BLOCKED, output_field=BooleanField())
    rows = MoneyRequest.objects.select_related("reseller__person", "brand", "entered_by", "decided_by")
    reversals = MoneyRequest.objects.filter(
        reverses=OuterRef("pk"), state__in=(RequestState.WAITING.value, RequestState.APPROVED.value)
    )
    return rows.annotate(is_blocked=is_blocked, reversal_id=Subquery(reversals.values("pk")[:1]))


def _search_filter(query: str) -> Q:
    reference = bank_reference(query)
    found = Q(reference=reference) | Q(reseller__person__name=query) | Q(brand__name=query)
    if len(reference) >= MIN_REFERENCE_SEARCH:
        found |= Q(reference__startswith=reference)
    return found
