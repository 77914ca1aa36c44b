"""What lines of a statement are matched with: open claims, money requests, and approved bank accounts."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from bank_statements.models import BankStatementLine, LineRequest
from bank_statements.rules import (
    MAX_PROVIDER_DAYS,
    UNKNOWN,
    CodeOwner,
    KnownAccount,
    LineFacts,
    Match,
    OpenClaim,
    Owner,
    ProviderPayout,
    SentPayment,
    StandingRequest,
    comes_from_provider,
    match_lines,
)
from bank_statements.selectors.claims import open_claims
from brands.selectors.brands import brand_names, closed_brands
from kernel.period import SHANGHAI
from membership.selectors.people import closed_resellers, names_of_resellers
from payments.selectors.bills import list_payouts_to_bank
from treasury.selectors.bank_accounts import list_owners_of_numbers
from treasury.selectors.requests import list_sent_payments, list_standing_incoming, list_standing_outgoing


def match(lines: Sequence[LineFacts]) -> dict[int, Match]:
    """What each line is, in as many statements for a thousand lines as for one.

    A code whose owner does not exist is that of nobody.
    """
    found = match_lines(
        lines,
        claims=_claims(lines),
        requests=_requests(lines),
        accounts=_accounts(lines),
        sent=_sent(lines),
        payouts=_payouts(lines),
    )
    known = owner_names([each.whose for each in found.values() if each.whose]).keys()
    return {key: each if each.whose is None or each.whose in known else UNKNOWN for key, each in found.items()}


def owner_names(owners: Collection[CodeOwner]) -> dict[CodeOwner, str]:
    """The names of resellers and brands; without those that do not exist."""
    resellers = names_of_resellers({each.id for each in owners if each.owner is Owner.RESELLER})
    brands = brand_names({each.id for each in owners if each.owner is Owner.BRAND})
    by_kind = {Owner.RESELLER: resellers, Owner.BRAND: brands}
    return {each: by_kind[each.owner][each.id] for each in owners if each.id in by_kind[each.owner]}


def closed_owners(owners: Collection[CodeOwner]) -> set[CodeOwner]:
    """Those whose accounts are closed (MONEY-17, MONEY-18)."""
    resellers = closed_resellers({each.id for each in owners if each.owner is Owner.RESELLER})
    brands = closed_brands({each.id for each in owners if each.owner is Owner.BRAND})
    by_kind = {Owner.RESELLER: resellers, Owner.BRAND: brands}
    return {each for each in owners if each.id in by_kind[each.owner]}


def _claims(lines: Sequence[LineFacts]) -> list[OpenClaim]:
    rows = open_claims().filter(amount_fen__in={each.amount_fen for each in lines}).order_by("pk")
    return [OpenClaim(row.pk, row.reseller_id, row.amount_fen, row.paid_on, row.payer, row.last_digits) for row in rows]


def _requests(lines: Sequence[LineFacts]) -> list[StandingRequest]:
    """Requests that stand and that no line names yet: of these references, and payments of these amounts."""
    found = [
        *list_standing_incoming({each.reference for each in lines}),
        *list_standing_outgoing({-each.amount_fen for each in lines}),
    ]
    linked = set(
        LineRequest.objects.filter(request_id__in=[each.id for each in found]).values_list("request_id", flat=True)
    )
    return [
        StandingRequest(each.id, each.reference, each.amount_fen, each.is_outgoing, each.holder)
        for each in found
        if each.id not in linked
    ]


def _sent(lines: Sequence[LineFacts]) -> list[SentPayment]:
    return [
        SentPayment(each.id, each.amount_fen, each.holder, each.number, each.sent_at.astimezone(SHANGHAI).date())
        for each in list_sent_payments({each.amount_fen for each in lines if each.amount_fen > 0})
    ]


def _payouts(lines: Sequence[LineFacts]) -> list[ProviderPayout]:
    """Pay-outs of providers of these amounts, without those that stored lines are."""
    coming = [each for each in lines if each.amount_fen > 0 and comes_from_provider(each.counterparty)]
    if not coming:
        return []
    first = min(each.day for each in coming) - timedelta(days=MAX_PROVIDER_DAYS)
    found = list_payouts_to_bank(
        amounts={each.amount_fen for each in coming}, first=first, last=max(each.day for each in coming)
    )
    taken = BankStatementLine.objects.filter(bill_id__in={each.bill_id for each in found})
    used = Counter(taken.values_list("bill_id", "amount_fen"))
    left = []
    for each in found:
        if used[each.bill_id, each.amount_fen] > 0:
            used[each.bill_id, each.amount_fen] -= 1
        else:
            left.append(ProviderPayout(each.bill_id, each.amount_fen, each.day))
    return left


def _accounts(lines: Sequence[LineFacts]) -> list[KnownAccount]:
    numbers = {"".join(each for each in line.counterparty_account if each.isdigit()) for line in lines}
    return [
        KnownAccount(
            CodeOwner(Owner.RESELLER, each.reseller_id)
            if each.reseller_id
            else CodeOwner(Owner.BRAND, each.brand_id or 0),
            each.number,
        )
        for each in list_owners_of_numbers(numbers - {""})
    ]
