"""Red letters 红字: what was refunded after the amount of an invoice was final (INVOICE-7)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record, record_all
from db.transactions import atomic_with_retry
from events.services import publish
from invoices import sql
from invoices.models import InvoiceRequest, RedLetter
from invoices.rules.states import MAX_LINK, NUMBERED, InvoiceAct, InvoiceState, invoice_number, is_invoice_number
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.selectors.red_letters import list_red_letters
from invoices.services.issuing import InvalidInvoiceNumber, require_free
from invoices.services.steps import NotPossibleNow, lock_for_issuer, red_letter_events
from kernel.money import format_yuan
from kernel.refusal import Conflict


class RedLetterChanged(Conflict):
    code = "invoices.red_letter_changed"
    zh = "开票申请 {request_id} 需要红冲的金额现在是 ¥{needed}，请按这个金额开红字发票后再登记"
    en = "Request {request_id} needs a red letter of ¥{needed} now; issue it with this amount, then enter its number"
    request_id: int
    needed_fen: int


class NoRedLetterNeeded(Conflict):
    code = "invoices.no_red_letter_needed"
    zh = "开票申请 {request_id} 现在没有要红冲的金额，没有登记"
    en = "Request {request_id} needs no red letter now; nothing was entered"
    request_id: int


@dataclass(frozen=True, slots=True)
class _Noted:
    """Red letters that are needed, new or with another amount, and those that were removed."""

    needed: Sequence[RedLetter]
    gone: Sequence[RedLetter]


@atomic_with_retry
def find_red_letters(*, now: datetime) -> int:
    """Note what was refunded of exported and issued requests, and is taken back by no red letter; returns how many items changed.

    An open red letter of which nothing is needed any more is removed.
    """
    candidates = {each.request_id for each in sql.needed_red_letters()}
    candidates.update(RedLetter.objects.filter(done_at=None).values_list("request_id", flat=True))
    locked = InvoiceRequest.objects.select_for_update().filter(pk__any_of=candidates).order_by("pk")
    rows = {row.pk: row for row in locked}
    noted = _note(rows, now)
    changed = sorted({each.request_id for each in noted.needed})
    publish(red_letter_events([rows[pk] for pk in changed]), now=now)
    return len(noted.needed) + len(noted.gone)


@atomic_with_retry
def record_red_letter(*, actor: Actor, request_id: int, number: str, amount_fen: int, now: datetime) -> InvoiceView:
    """Enter the number of a red letter that takes back all that is open of an issued request.

    The same number with the same amount again changes nothing. Refuses a number that stands for a request of the issuer, and where the
    amount is another one by now: somebody would have issued a red letter of a wrong amount.
    """
    row = lock_for_issuer(actor, request_id)
    number = invoice_number(number)
    if not is_invoice_number(number):
        raise InvalidInvoiceNumber(number=number[:MAX_LINK])
    letters_done = {(each.number, each.amount_fen) for each in list_red_letters(row.pk)}
    if row.state in NUMBERED and (number, amount_fen) in letters_done:
        return get_invoice(row.pk)
    if row.state != InvoiceState.ISSUED.value:
        raise NotPossibleNow(request_id=row.pk, state=row.state, act=InvoiceAct.ISSUE.value)
    require_free(row, number)
    _note([row.pk], now)
    letters = list(RedLetter.objects.filter(request_id=row.pk, done_at=None).order_by("pk"))
    needed_fen = sum(each.amount_fen for each in letters)
    if not letters:
        raise NoRedLetterNeeded(request_id=row.pk)
    if needed_fen != amount_fen:
        raise RedLetterChanged(request_id=row.pk, needed_fen=needed_fen)
    RedLetter.objects.filter(pk__any_of=[each.pk for each in letters]).update(
        number=number, done_at=now, done_by_id=actor.own_id
    )
    details = {"invoice_number": number, "amount": format_yuan(needed_fen)}
    record(actor=actor, action="invoices.red_letter", kind="invoice", subject_id=row.pk, details=details, now=now)
    return get_invoice(row.pk)


def _note(request_ids: Collection[int], now: datetime) -> _Noted:
    """Write what red letters have to take back of locked requests, as it is under their locks. Red letters are written under them alone."""
    needed = {each.item_id: each for each in sql.needed_red_letters(request_ids=request_ids)}
    standing = {each.item_id: each for each in RedLetter.objects.filter(request_id__any_of=request_ids, done_at=None)}
    new = [
        RedLetter(request_id=each.request_id, item_id=each.item_id, amount_fen=each.needed_fen, found_at=now)
        for each in needed.values()
        if each.item_id not in standing
    ]
    changed, gone = [], []
    for item_id, letter in standing.items():
        need = needed.get(item_id)
        if need is None:
            gone.append(letter)
        elif letter.amount_fen != need.needed_fen:
            letter.amount_fen = need.needed_fen
            changed.append(letter)
    RedLetter.objects.bulk_create(new)
    RedLetter.objects.bulk_update(changed, ["amount_fen"], batch_size=500)
    RedLetter.objects.filter(pk__any_of=[each.pk for each in gone]).delete()
    _record("invoices.needs_red_letter", (*new, *changed), now)
    _record("invoices.needs_no_red_letter", gone, now)
    return _Noted((*new, *changed), gone)


def _record(action: str, letters: Iterable[RedLetter], now: datetime) -> None:
    amounts: dict[int, int] = {}
    for letter in letters:
        amounts[letter.request_id] = amounts.get(letter.request_id, 0) + letter.amount_fen
    details: dict[int, dict[str, object]] = {pk: {"amount": format_yuan(fen)} for pk, fen in amounts.items()}
    record_all(actor=SYSTEM, action=action, kind="invoice", details=details, now=now)
