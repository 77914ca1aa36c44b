"""Admission of brands, for programs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ninja import Query, Router, Schema, Status

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands import selectors, services
from kernel import clock
from web.money import YuanIn, YuanOut, fen_of
from web.pagination import PageOut, PageQuery
from web.schemas import Input, Rate, ReasonIn, Text, Whole, Word

router = Router(tags=["brands"])


class ApplicationIn(Input):
    name: Word
    annual_sales: YuanIn
    offline_shops: Whole
    commission_rate: Rate
    contact: Text = ""


class BrandOut(Schema):
    id: int
    name: str
    status: str
    annual_sales: YuanOut = fen_of("annual_sales_fen")
    offline_shops: int
    deposit: YuanOut = fen_of("deposit_fen")
    deposit_required: YuanOut = fen_of("deposit_required_fen")
    commission_rate: Decimal
    contact: str
    applied_at: datetime
    decided_at: datetime | None
    reason: str
    may_sell: bool


class DepositIn(Input):
    amount: YuanIn
    reference: Word


class ClerkIn(Input):
    login: Word
    name: Word
    password: Text


class ClerkOut(Schema):
    person_id: int
    name: str


@router.post("/brands", response={201: BrandOut}, auth=RoleAuth(Role.OPS))
def apply(request: ActorRequest, body: ApplicationIn) -> Any:
    """Enter a brand's application."""
    return Status(
        201,
        services.apply(
            actor=request.auth,
            name=body.name,
            annual_sales_fen=body.annual_sales,
            offline_shops=body.offline_shops,
            commission_rate=body.commission_rate,
            contact=body.contact,
            now=clock.now(),
        ),
    )


@router.get("/brands", response=PageOut[BrandOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_brands(request: ActorRequest, page: Query[PageQuery], status: Word = "") -> Any:
    return selectors.brands(status=status, cursor=page.cursor, limit=page.limit)


@router.get("/brands/mine", response=BrandOut, auth=RoleAuth(Role.BRAND))
def my_brand(request: ActorRequest) -> Any:
    """The brand that the clerk works for."""
    return selectors.brand_of(request.auth)


@router.get("/brands/mine/clerks", response=list[selectors.ClerkView], auth=RoleAuth(Role.BRAND))
def my_clerks(request: ActorRequest) -> Any:
    """All clerks of one's own brand, in the order in which they were entered."""
    return selectors.clerks(selectors.brand_of(request.auth).id)


@router.post("/brands/mine/clerks/{int:person_id}/deactivate", response=selectors.ClerkView, auth=RoleAuth(Role.BRAND))
def deactivate_clerk(request: ActorRequest, person_id: int, body: ReasonIn) -> Any:
    """The first clerk shuts out another one. Refused: 403 `brands.not_first_clerk`, 409 `brands.not_oneself`."""
    return services.deactivate_clerk(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.post("/brands/mine/clerks/{int:person_id}/reactivate", response=selectors.ClerkView, auth=RoleAuth(Role.BRAND))
def reactivate_clerk(request: ActorRequest, person_id: int, body: ReasonIn) -> Any:
    """The first clerk lets another one in again. Refused: 409 `brands.deactivated_by_ops`."""
    return services.reactivate_clerk(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.get("/brands/{int:brand_id}", response=BrandOut, auth=RoleAuth(Role.OPS, Role.FINANCE))
def show_brand(request: ActorRequest, brand_id: int) -> Any:
    return selectors.brand(brand_id)


@router.post("/brands/{int:brand_id}/admit", response=BrandOut, auth=RoleAuth(Role.OPS))
def admit(request: ActorRequest, brand_id: int) -> Any:
    return services.admit(actor=request.auth, brand_id=brand_id, now=clock.now())


@router.post("/brands/{int:brand_id}/refuse", response=BrandOut, auth=RoleAuth(Role.OPS))
def refuse(request: ActorRequest, brand_id: int, body: ReasonIn) -> Any:
    return services.refuse(actor=request.auth, brand_id=brand_id, reason=body.reason, now=clock.now())


@router.post("/brands/{int:brand_id}/suspend", response=BrandOut, auth=RoleAuth(Role.OPS))
def suspend(request: ActorRequest, brand_id: int, body: ReasonIn) -> Any:
    return services.suspend(actor=request.auth, brand_id=brand_id, reason=body.reason, now=clock.now())


@router.post("/brands/{int:brand_id}/deposits", response=BrandOut, auth=RoleAuth(Role.FINANCE))
def record_deposit(request: ActorRequest, brand_id: int, body: DepositIn) -> Any:
    """Book a deposit by the bank's reference; the same reference counts once."""
    return services.record_deposit(
        actor=request.auth, brand_id=brand_id, amount_fen=body.amount, reference=body.reference, now=clock.now()
    )


@router.post("/brands/{int:brand_id}/clerks", response={201: ClerkOut}, auth=RoleAuth(Role.OPS))
def add_clerk(request: ActorRequest, brand_id: int, body: ClerkIn) -> Any:
    return Status(
        201,
        services.add_clerk(
            actor=request.auth,
            brand_id=brand_id,
            login=body.login,
            name=body.name,
            password=body.password,
            now=clock.now(),
        ),
    )
