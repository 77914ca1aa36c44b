"""Refunds for programs."""

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from accounts.gates import ActorRequest, allow
from accounts.rules import Role
from aftersales import queries, verbs
from kernel import clock
from wire.money import YuanOut, fen_of
from wire.pages import PageOut, PageQuery

router = Router(tags=["aftersales"])


class RefundIn(Schema):
    line_id: int
    units: int
    note: str = ""
    key: str


class RefundOut(Schema):
    id: int
    order_id: int
    line_id: int
    goods: str
    reason: str
    note: str
    units: int
    amount: YuanOut = fen_of("amount_fen")
    at: datetime


@router.post("/refunds", response={201: RefundOut}, auth=allow(Role.OPS))
def refund_unshipped(request: ActorRequest, body: RefundIn) -> Any:
    """Refund units that were not shipped; they go back on sale."""
    return Status(
        201,
        verbs.refund_unshipped(
            actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
        ),
    )


@router.post("/out-of-stock", response={201: RefundOut}, auth=allow(Role.BRAND, Role.OPS))
def report_out_of_stock(request: ActorRequest, body: RefundIn) -> Any:
    """The brand cannot ship units; they are refunded by themselves."""
    return Status(
        201,
        verbs.report_out_of_stock(
            actor=request.auth, line_id=body.line_id, units=body.units, note=body.note, key=body.key, now=clock.now()
        ),
    )


@router.get("/refunds", response=PageOut[RefundOut], auth=allow(Role.OPS, Role.FINANCE))
def refunds(request: ActorRequest, page: Query[PageQuery]) -> Any:
    return queries.refunds(after=page.after, size=page.size)
