"""Telling resellers of withdrawals that cannot be paid, since their bank account is no longer paid to (MONEY-6)."""

from collections.abc import Collection
from datetime import datetime

from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel.money import format_yuan
from treasury.models import MoneyRequest
from treasury.rules.requests import RequestKind
from treasury.selectors.requests import BLOCKED


def tell_blocked(account_ids: Collection[int], *, now: datetime) -> None:
    """Tell who asked for withdrawals to these accounts, which are no longer paid to, that they are not paid and what happens.

    Belongs into the transaction that ends the accounts. A payment to a brand is entered anew by finance, so its clerks have nothing to do.
    """
    rows = MoneyRequest.objects.filter(BLOCKED, kind=RequestKind.WITHDRAWAL.value, bank_account_id__in=account_ids)
    drafts = [
        EventDraft(
            EventKind.WITHDRAWAL_BLOCKED,
            row.pk,
            reseller_id=row.reseller_id,
            data={"amount": format_yuan(row.amount_fen)},
        )
        for row in rows.order_by("pk")
    ]
    publish(drafts, now=now)
