"""Reads of what resellers say they transferred."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from accounts.rules import Actor, Role
from bank_statements.models import LineRequest, TransferClaim
from bank_statements.rules import ClaimState, CodeOwner, Owner, transfer_code
from brands.selectors.brands import require_own_brand
from kernel.refusal import Missing
from membership.selectors.people import names_of_resellers, require_reseller
from storage.files import content_key, get_store
from storage.objects import ObjectMissing
from treasury.rules.requests import RequestState
from web.pagination import Page, paginate

MAX_SHOWN = 10
RECEIPTS = "transfer-receipts"
"""Where the store keeps them."""
_STATES = {RequestState.WAITING: ClaimState.FOUND, RequestState.APPROVED: ClaimState.BOOKED}
"""The state of a claim by that of the request of its line; a request that was refused, taken back or reversed stands for nothing."""


class NoSuchClaim(Missing):
    code = "bank_statements.no_such_claim"
    zh = "没有这笔转账登记（{claim_id}）"
    en = "There is no transfer claim {claim_id}"
    claim_id: int


@dataclass(frozen=True, slots=True)
class TransferClaimView:
    """A transfer that a reseller registered. `reason`: why finance did not find it."""

    id: int
    reseller_id: int
    reseller_name: str
    amount_fen: int
    paid_on: date
    payer: str
    last_digits: str
    has_receipt: bool
    created_at: datetime
    state: ClaimState
    reason: str


def list_own_claims(actor: Actor) -> list[TransferClaimView]:
    """Her latest claims, the newest first."""
    rows = TransferClaim.objects.filter(reseller_id=require_reseller(actor).id).order_by("-pk")[:MAX_SHOWN]
    return _views(list(rows))


def get_claim(claim_id: int) -> TransferClaimView:
    return _views([_get_row(claim_id)])[0]


def list_open_claims(*, cursor: str = "", limit: int = 50) -> Page[TransferClaimView]:
    """Claims that no line was entered for, the newest first."""
    page = paginate(
        open_claims(),
        name="bank_statements.claims",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    return Page(_views(page.items), page.next_cursor)


def count_open_claims(reseller_id: int) -> int:
    """Transfers that a reseller registered and that were not confirmed yet."""
    return open_claims().filter(reseller_id=reseller_id).count()


def open_claims() -> QuerySet[TransferClaim]:
    standing = LineRequest.objects.filter(
        claim__isnull=False, request__state__in=[each.value for each in _STATES]
    ).values("claim_id")
    return TransferClaim.objects.filter(ended_at=None).exclude(pk__in=standing)


def _views(rows: list[TransferClaim]) -> list[TransferClaimView]:
    names = names_of_resellers({row.reseller_id for row in rows})
    links = LineRequest.objects.filter(claim_id__in=[row.pk for row in rows]).order_by("pk")
    states = dict(links.values_list("claim_id", "request__state"))
    return [
        TransferClaimView(
            id=row.pk,
            reseller_id=row.reseller_id,
            reseller_name=names[row.reseller_id],
            amount_fen=row.amount_fen,
            paid_on=row.paid_on,
            payer=row.payer,
            last_digits=row.last_digits,
            has_receipt=row.receipt != "",
            created_at=row.created_at,
            state=_state(row, states.get(row.pk)),
            reason=row.not_found_reason,
        )
        for row in rows
    ]


def _state(row: TransferClaim, request_state: str | None) -> ClaimState:
    if request_state is not None and (found := _STATES.get(RequestState(request_state))):
        return found
    if row.ended_at is None:
        return ClaimState.WAITING
    return ClaimState.NOT_FOUND if row.not_found_by_id else ClaimState.CANCELLED


def _get_row(claim_id: int) -> TransferClaim:
    row = TransferClaim.objects.filter(pk=claim_id).first()
    if row is None:
        raise NoSuchClaim(claim_id=claim_id)
    return row


def own_transfer_code(actor: Actor) -> str:
    """The code that this reseller or clerk writes into the remark of a transfer."""
    if actor.role is Role.BRAND:
        return transfer_code(CodeOwner(Owner.BRAND, require_own_brand(actor).id))
    return transfer_code(CodeOwner(Owner.RESELLER, require_reseller(actor).id))


def read_own_receipt(actor: Actor, claim_id: int) -> bytes:
    """The picture of her own claim."""
    return _read_receipt(TransferClaim.objects.filter(pk=claim_id, reseller_id=require_reseller(actor).id), claim_id)


def read_receipt(claim_id: int) -> bytes:
    """The picture of a claim, for finance and ops."""
    return _read_receipt(TransferClaim.objects.filter(pk=claim_id), claim_id)


def _read_receipt(rows: QuerySet[TransferClaim], claim_id: int) -> bytes:
    row = rows.exclude(receipt="").first()
    if row is None:
        raise NoSuchClaim(claim_id=claim_id)
    try:
        return get_store().read(receipt_key(row.receipt))
    except ObjectMissing as missing:
        raise NoSuchClaim(claim_id=claim_id) from missing


def receipt_key(digest: str) -> str:
    return content_key(RECEIPTS, digest)
