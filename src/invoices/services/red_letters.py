"""Red letters 红字: what was refunded after the amount of an invoice was final (INVOICE-7)."""

from collections.abc import Sequence
from datetime import datetime

from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record, record_all
from db.transactions import atomic_with_retry
from invoices import sql
from invoices.models import InvoiceItem, RedLetter
from invoices.rules.states import InvoiceAct, InvoiceState, invoice_number, is_invoice_number
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.services.issuing import InvalidInvoiceNumber
from invoices.services.steps import NotPossibleNow, lock_for_issuer
from invoices.sql import NeededRedLetter
from kernel.money import format_yuan
from kernel.refusal import Conflict


class RedLetterChanged(Conflict):
    code = "invoices.red_letter_changed"
    zh = "开票申请 {request_id} 需要红冲的金额现在是 ¥{needed}，请按这个金额开红字发票后再登记"
    en = "Request {request_id} needs a red letter of ¥{needed} now; issue it with this amount, then enter its number"
    request_id: int
    needed_fen: int


@atomic_with_retry
def find_red_letters(*, now: datetime) -> int:
    """Note what was refunded of exported and issued requests, and is taken back by no red letter; returns how many items changed."""
    return _note(sql.needed_red_letters(), now)


@atomic_with_retry
def record_red_letter(*, actor: Actor, request_id: int, number: str, amount_fen: int, now: datetime) -> InvoiceView:
    """Enter the number of a red letter that takes back all that is open of an issued request.

    Refuses where the amount is another one by now: somebody would have issued a red letter of a wrong amount.
    """
    row = lock_for_issuer(actor, request_id)
    number = invoice_number(number)
    if not is_invoice_number(number):
        raise InvalidInvoiceNumber
    if row.state != InvoiceState.ISSUED.value:
        raise NotPossibleNow(request_id=row.pk, state=row.state, act=InvoiceAct.ISSUE.value)
    _note(sql.needed_red_letters(request_id=row.pk), now)
    letters = list(RedLetter.objects.select_for_update().filter(request_id=row.pk, done_at=None).order_by("pk"))
    needed_fen = sum(each.amount_fen for each in letters)
    if not letters or needed_fen != amount_fen:
        raise RedLetterChanged(request_id=row.pk, needed_fen=needed_fen)
    RedLetter.objects.filter(pk__any_of=[each.pk for each in letters]).update(
        number=number, done_at=now, done_by_id=actor.own_id
    )
    details = {"invoice_number": number, "amount": format_yuan(needed_fen)}
    record(actor=actor, action="invoices.red_letter", kind="invoice", subject_id=row.pk, details=details, now=now)
    return get_invoice(row.pk)


def _note(needed: Sequence[NeededRedLetter], now: datetime) -> int:
    """Write what red letters have to take back. Two workers that find the same write it once."""
    items = InvoiceItem.objects.select_for_update().filter(pk__any_of=[each.item_id for each in needed])
    requests = dict(items.order_by("pk").values_list("pk", "request_id"))
    letters = RedLetter.objects.filter(item_id__any_of=requests, done_at=None)
    standing = {each.item_id: each for each in letters}
    new, changed = [], []
    for each in needed:
        letter = standing.get(each.item_id)
        if letter is None:
            new.append(
                RedLetter(
                    request_id=requests[each.item_id], item_id=each.item_id, amount_fen=each.needed_fen, found_at=now
                )
            )
        elif letter.amount_fen != each.needed_fen:
            letter.amount_fen = each.needed_fen
            changed.append(letter)
    RedLetter.objects.bulk_create(new)
    RedLetter.objects.bulk_update(changed, ["amount_fen"], batch_size=500)
    amounts: dict[int, int] = {}
    for letter in (*new, *changed):
        amounts[letter.request_id] = amounts.get(letter.request_id, 0) + letter.amount_fen
    details: dict[int, dict[str, object]] = {pk: {"amount": format_yuan(fen)} for pk, fen in amounts.items()}
    record_all(actor=SYSTEM, action="invoices.needs_red_letter", kind="invoice", details=details, now=now)
    return len(new) + len(changed)
