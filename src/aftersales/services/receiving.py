"""Goods that came back, confirmed many at a time (AFTER-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from aftersales.rules import Disposition
from aftersales.services import cases
from kernel.refusal import Invalid, Refusal

MAX_RECEIVED = 200


class InvalidReceipt(Invalid):
    code = "aftersales.invalid_receipt"
    zh = "请勾选到货的售后单，一次最多 {max_cases} 张"
    en = "Choose the cases whose goods arrived, at most {max_cases} at once"
    max_cases: int


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """What became of one case: received, or the code and the sentence of the refusal."""

    case_id: int
    is_done: bool
    code: str
    message_zh: str
    message_en: str


def receive_many(
    *, actor: Actor, case_ids: Sequence[int], disposition: Disposition, now: datetime
) -> list[ReceiptResult]:
    """Confirm that the goods of these cases arrived, each in a transaction of its own; one that is refused stops no other."""
    require_roles(actor, Role.BRAND, Role.OPS)
    unique = list(dict.fromkeys(case_ids))
    if not 0 < len(unique) <= MAX_RECEIVED:
        raise InvalidReceipt(max_cases=MAX_RECEIVED)
    return [_receive(actor, case_id, disposition, now) for case_id in unique]


def _receive(actor: Actor, case_id: int, disposition: Disposition, now: datetime) -> ReceiptResult:
    try:
        cases.receive(actor=actor, case_id=case_id, disposition=disposition, now=now)
    except Refusal as refusal:
        return ReceiptResult(case_id, False, refusal.code, refusal.sentence("zh"), refusal.sentence("en"))
    return ReceiptResult(case_id, True, "", "", "")
