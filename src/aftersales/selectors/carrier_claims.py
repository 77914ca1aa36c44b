"""Claims against carriers, for ops and finance (AFTER-16)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from aftersales.models.refunds import CarrierClaim
from aftersales.rules import ClaimState
from kernel.refusal import Missing
from orders.selectors.carriers import CarrierTable, carrier_table
from web.pagination import Page, paginate

OPEN = (ClaimState.OPEN.value, ClaimState.CLAIMED.value)


class NoSuchClaim(Missing):
    code = "aftersales.no_such_claim"
    zh = "没有这笔索赔（{claim_id}）"
    en = "There is no claim {claim_id}"
    claim_id: int


@dataclass(frozen=True, slots=True)
class CarrierClaimView:
    """A claim. `reference` is the carrier's number of it, or that of its payment; `lost_fen` what the platform bears in the end."""

    id: int
    refund_id: int
    case_id: int | None
    order_id: int
    line_id: int
    sku_name: str
    brand_name: str
    carrier_name_zh: str
    carrier_name_en: str
    tracking_no: str
    state: ClaimState
    amount_fen: int
    paid_fen: int
    lost_fen: int
    reference: str
    opened_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenClaims:
    """How many claims have not ended, and what carriers owe by them."""

    claims: int
    amount_fen: int


def list_claims(*, state: str = "", cursor: str = "", limit: int = 50) -> Page[CarrierClaimView]:
    """Claims of one state, or all, the newest first."""
    rows = CarrierClaim.objects.select_related("refund__case", "refund__line__sku__style", "refund__line__brand")
    if state:
        rows = rows.filter(state=state)
    carriers = carrier_table()
    return paginate(
        rows,
        name="aftersales.claims",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: _view(row, carriers),
    )


def get_claim(claim_id: int) -> CarrierClaimView:
    rows = CarrierClaim.objects.select_related("refund__case", "refund__line__sku__style", "refund__line__brand")
    row = rows.filter(pk=claim_id).first()
    if row is None:
        raise NoSuchClaim(claim_id=claim_id)
    return _view(row, carrier_table())


def get_open_claims() -> OpenClaims:
    found = CarrierClaim.objects.filter(Q(state__in=OPEN)).aggregate(
        claims=Count("pk"), amount_fen=Sum("amount_fen", default=0)
    )
    return OpenClaims(found["claims"], int(found["amount_fen"]))


def _view(row: CarrierClaim, carriers: CarrierTable) -> CarrierClaimView:
    carrier = carriers.find(row.carrier_name)
    line = row.refund.line
    case = getattr(row.refund, "case", None)
    return CarrierClaimView(
        id=row.pk,
        refund_id=row.refund_id,
        case_id=case.pk if case else None,
        order_id=line.order_id,
        line_id=line.pk,
        sku_name=f"{line.sku.style.style_no} {line.sku.colour} {line.sku.size}",
        brand_name=line.brand.name,
        carrier_name_zh=row.carrier_name,
        carrier_name_en=carrier.name_en if carrier else row.carrier_name,
        tracking_no=row.tracking_no,
        state=ClaimState(row.state),
        amount_fen=row.amount_fen,
        paid_fen=row.paid_fen,
        lost_fen=row.amount_fen - row.paid_fen if row.ended_at is not None else 0,
        reference=row.reference,
        opened_at=row.opened_at,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
    )
