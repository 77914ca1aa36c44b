"""The daily bills of providers: wanted, downloaded, stored once, and what they say of fees and pay-outs booked (PAY-11, PAY-12).

A claim is committed before the provider is asked, and no transaction is open while it is. A bill is stored whole or not at all.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from accounts.rules import SYSTEM
from accounts.services.audit import record
from kernel.money import format_yuan
from kernel.period import SHANGHAI
from ledger.rules import CLEARING, PROVIDER_FEE, AccountRef, EntryDraft, PostingDraft, PostingKind
from ledger.services import post_all
from payments.models import Payment, ProviderBill, ProviderBillLine
from payments.rules.bills import (
    ASK_AGAIN_AFTER,
    BillKind,
    BillLine,
    BillState,
    LineKind,
    UnreadableBill,
    days_with_bills,
)
from payments.rules.payments import PaymentState, Provider, clearing_account
from payments.services.accounts import is_provider_on, open_client
from payments.services.port import BillMissing, DownloadedBill, ProviderClient, ProviderRefused
from web.outbound import NoAnswer

log = logging.getLogger("weicang.payments")

MAX_FAILURE = 200
_ROWS_AT_ONCE = 5000
_SECONDS_PER_RUN = timedelta(seconds=60)


def fetch_bills(*, clock: Callable[[], datetime]) -> int:
    """Download the bills that are due; returns how many days and kinds are settled by it. A run is bounded in time."""
    return sum(_fetch(provider, clock) for provider in Provider if is_provider_on(provider))


def _fetch(provider: Provider, clock: Callable[[], datetime]) -> int:
    want_bills(provider=provider, now=clock())
    ends_at, had = clock() + _SECONDS_PER_RUN, 0
    with open_client(provider) as client:
        while clock() < ends_at and (bill := _claim_due(provider, clock())) is not None:
            had += _ask(client, bill, clock())
    return had


@transaction.atomic
def want_bills(*, provider: Provider, now: datetime) -> None:
    """Write down which bills are to be had: of each day since the first payment that the provider took."""
    paid = Payment.objects.filter(provider=provider.value, state=PaymentState.PAID.value)
    first = paid.aggregate(at=Min("paid_at"))["at"]
    days = days_with_bills(now=now, first=first.astimezone(SHANGHAI).date()) if first else []
    known = set(ProviderBill.objects.filter(provider=provider.value, day__in=days).values_list("day", "kind"))
    ProviderBill.objects.bulk_create(
        [
            ProviderBill(provider=provider.value, kind=kind.value, day=day, next_query_at=now)
            for day in days
            for kind in BillKind
            if (day, kind.value) not in known
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def _claim_due(provider: Provider, now: datetime) -> ProviderBill | None:
    due = ProviderBill.objects.filter(
        provider=provider.value, state=BillState.WANTED.value, next_query_at__lte=now
    ).order_by("next_query_at", "pk")
    bill = due.select_for_update(skip_locked=True).first()
    if bill is not None:
        bill.asked_at, bill.next_query_at = now, now + ASK_AGAIN_AFTER
        bill.save(update_fields=["asked_at", "next_query_at"])
    return bill


def _ask(client: ProviderClient, bill: ProviderBill, now: datetime) -> bool:
    """Download one bill; whether it is settled. Why not, stands on its row until the next attempt."""
    try:
        found = client.bill(BillKind(bill.kind), bill.day)
        take_bill(bill_id=bill.pk, found=found, now=now)
    except BillMissing as missing:
        _note(bill, "", BillState.EMPTY if missing.is_final else BillState.WANTED)
        return missing.is_final
    except (UnreadableBill, NoAnswer, ProviderRefused) as why:
        log.warning("the bill of a payment provider was not taken", extra={"bill": bill.pk, "why": str(why)})
        _note(bill, str(why), BillState.WANTED)
        return False
    return True


def _note(bill: ProviderBill, failure: str, state: BillState) -> None:
    open_bill = ProviderBill.objects.filter(pk=bill.pk, state=BillState.WANTED.value)
    open_bill.update(failure=failure[:MAX_FAILURE], state=state.value)


@transaction.atomic
def take_bill(*, bill_id: int, found: DownloadedBill, now: datetime) -> bool:
    """Store the lines of a bill, and book what it says of fees and of pay-outs to the bank; False where it was taken before.

    Raises UnreadableBill where two lines have the same number.
    """
    bill = ProviderBill.objects.select_for_update().get(pk=bill_id)
    if bill.state != BillState.WANTED.value:
        return False
    if len({each.line_no for each in found.lines}) != len(found.lines):
        raise UnreadableBill("two lines of the bill have the same number")
    ProviderBillLine.objects.bulk_create((_row(bill, each) for each in found.lines), batch_size=_ROWS_AT_ONCE)
    bill.state, bill.taken_at, bill.digest, bill.failure = BillState.TAKEN.value, now, found.digest, ""
    bill.lines_count = len(found.lines)
    if bill.kind == BillKind.FUND.value:
        bill.fee_fen, bill.to_bank_fen = _sum(found.lines, LineKind.FEE), _sum(found.lines, LineKind.TO_BANK)
    bill.save()
    _book(bill, now)
    details = {
        "provider": bill.provider,
        "bill": bill.kind,
        "day": bill.day.isoformat(),
        "lines": bill.lines_count,
        "fees": format_yuan(bill.fee_fen),
        "to_bank": format_yuan(bill.to_bank_fen),
    }
    record(
        actor=SYSTEM, action="payments.take_bill", kind="provider_bill", subject_id=bill.pk, details=details, now=now
    )
    return True


def _row(bill: ProviderBill, line: BillLine) -> ProviderBillLine:
    return ProviderBillLine(
        bill=bill,
        line_no=line.line_no,
        kind=line.kind.value,
        number=line.number,
        refund_number=line.refund_number,
        transaction_id=line.transaction_id,
        amount_fen=line.amount_fen,
        fee_fen=line.fee_fen,
        at=line.at,
        what=line.what[:40],
    )


def _sum(lines: Sequence[BillLine], kind: LineKind) -> int:
    """What the provider took of our balance by lines of a kind."""
    return -sum(each.amount_fen for each in lines if each.kind is kind)


def _book(bill: ProviderBill, now: datetime) -> None:
    clearing = clearing_account(Provider(bill.provider))
    moved = (
        (PostingKind.PROVIDER_FEE, PROVIDER_FEE, bill.fee_fen),
        (PostingKind.PROVIDER_SETTLEMENT, CLEARING, bill.to_bank_fen),
    )
    drafts = [
        PostingDraft(kind, f"{kind.value}:{bill.pk}", f"provider_bill:{bill.pk}", _entries(clearing, target, fen))
        for kind, target, fen in moved
        if fen
    ]
    post_all(drafts=drafts, actor=SYSTEM, now=now)


def _entries(clearing: AccountRef, target: AccountRef, fen: int) -> list[EntryDraft]:
    return [EntryDraft(clearing, fen), EntryDraft(target, -fen)]
