"""What every step of a request does: ask whether it is possible, end a request, tell its owner (INVOICE-4)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from accounts.rules import Actor, Role, require_roles
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from invoices.models import InvoiceRequest, RedLetter
from invoices.rules.states import InvoiceAct, InvoiceState, next_state
from invoices.selectors.invoices import NoSuchInvoice
from invoices.selectors.titles import owner_of
from kernel.money import format_yuan
from kernel.refusal import Conflict


class NotPossibleNow(Conflict):
    """The state in which the request is, and what was to be done."""

    code = "invoices.not_possible_now"
    zh = "开票申请 {request_id} 现在不能这样处理（{words_zh}），请刷新后再看"
    en = "This cannot be done with invoice request {request_id} now ({words_en}); look again"
    request_id: int
    state: str
    act: str

    def sentence(self, language: str = "zh") -> str:
        words_zh, words_en = _STATES[InvoiceState(self.state)]
        is_chinese = language.startswith("zh")
        template = self.zh if is_chinese else self.en
        return template.format(request_id=self.request_id, words_zh=words_zh, words_en=words_en)


_STATES = {
    InvoiceState.REQUESTED: ("还没导出", "it is in no file"),
    InvoiceState.EXPORTED: ("已导出", "it is in a file"),
    InvoiceState.ISSUED: ("已开票", "it is issued"),
    InvoiceState.REFUSED: ("已退回", "it was refused"),
    InvoiceState.WITHDRAWN: ("已撤回", "it was withdrawn"),
    InvoiceState.REVERSED: ("已整张红冲", "it was taken back by a red letter"),
}


def require_act(row: InvoiceRequest, act: InvoiceAct) -> InvoiceState:
    """The state after an act. Refuses an act that is not possible."""
    state = next_state(InvoiceState(row.state), act)
    if state is None:
        raise NotPossibleNow(request_id=row.pk, state=row.state, act=act.value)
    return state


def lock_for_issuer(actor: Actor, request_id: int) -> InvoiceRequest:
    """A locked request, for finance or for a clerk of the brand that issues it. For other clerks it does not exist."""
    require_roles(actor, Role.FINANCE, Role.BRAND)
    rows = InvoiceRequest.objects.select_for_update().filter(pk=request_id)
    if actor.role is Role.BRAND:
        rows = rows.filter(issuer_brand_id=owner_of(actor).brand_id, export__isnull=False)
    row = rows.first()
    if row is None:
        raise NoSuchInvoice(request_id=request_id)
    return row


def end_request(row: InvoiceRequest, state: InvoiceState, *, reason: str, actor: Actor, now: datetime) -> None:
    """Refuse or withdraw a locked request: its money can be asked for again, and no red letter is needed."""
    row.state, row.ended_at, row.reason, row.acted_by_id = state.value, now, reason, actor.person_id
    row.save(update_fields=["state", "ended_at", "reason", "acted_by", "amount_fen"])
    row.items.filter(is_live=True).update(is_live=False)
    row.red_letters.filter(done_at=None).delete()


def tell_refused(row: InvoiceRequest, *, asked_fen: int, now: datetime) -> None:
    """Tell who asked for `asked_fen`: of a request that was refunded as a whole nothing is left."""
    kind = EventKind.INVOICE_REFUSED if row.reseller_id else EventKind.BRAND_INVOICE_REFUSED
    data = {"amount": format_yuan(asked_fen), "title": row.name, "reason": row.reason}
    publish([EventDraft(kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data=data)], now=now)


def issued_events(rows: Sequence[InvoiceRequest]) -> list[EventDraft]:
    """To who asked: that these requests are issued; and to whoever issues, what was refunded since they were exported."""
    return [_issued_event(row) for row in rows] + red_letter_events(rows)


def red_letter_events(rows: Sequence[InvoiceRequest]) -> list[EventDraft]:
    """To whoever issues, and to finance: what was refunded of issued requests and is taken back by no red letter."""
    issued = {row.pk: row for row in rows if row.state == InvoiceState.ISSUED.value}
    letters = RedLetter.objects.filter(request_id__any_of=issued, done_at=None)
    sums = letters.values_list("request_id").annotate(Sum("amount_fen")).order_by("request_id")
    return [_red_letter_event(issued[request_id], fen) for request_id, fen in sums]


def _issued_event(row: InvoiceRequest) -> EventDraft:
    kind = EventKind.INVOICE_ISSUED if row.reseller_id else EventKind.BRAND_INVOICE_ISSUED
    data = {"amount": format_yuan(row.amount_fen), "title": row.name, "number": row.number}
    return EventDraft(kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data=data)


def _red_letter_event(row: InvoiceRequest, amount_fen: int) -> EventDraft:
    kind = EventKind.RED_LETTER_NEEDED if row.issuer_brand_id else EventKind.PLATFORM_RED_LETTER_NEEDED
    data: dict[str, str | int | bool | None] = {"request_id": row.pk, "amount": format_yuan(amount_fen)}
    return EventDraft(kind, row.pk, brand_id=row.issuer_brand_id, data=data)
