"""Admission of brands, for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Actor, Role
from brands import services
from brands.rules import OrderMinimum
from brands.selectors import brands as brand_selectors
from brands.selectors.brands import BrandView, ClerkView
from kernel import clock
from web.money import YuanIn
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Rate, ReasonIn, Text, Whole, Word

router = ViewRouter(tags=["brands"])


class ApplicationIn(Input):
    name: Word
    annual_sales: YuanIn
    offline_shops: Whole
    commission_rate: Rate
    contact: Text = ""


class ReturnAddressIn(Input):
    return_address: Text


class OrderMinimumIn(Input):
    min_amount: YuanIn | None = Field(None, description="what one placement must have of the brand at least")
    min_units: Whole | None = None


class ClerkIn(Input):
    login: Word
    name: Word
    password: Text


@router.post("/brands", response=201, auth=RoleAuth(Role.OPS))
def apply(request: ActorRequest, body: ApplicationIn) -> BrandView:
    """Enter a brand's application."""
    return services.create_application(
        actor=request.auth,
        name=body.name,
        annual_sales_fen=body.annual_sales,
        offline_shops=body.offline_shops,
        commission_rate=body.commission_rate,
        contact=body.contact,
        now=clock.now(),
    )


@router.get("/brands", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_brands(request: ActorRequest, page: Query[PageQuery], status: Word = "") -> Page[BrandView]:
    return brand_selectors.list_brands(status=status, cursor=page.cursor, limit=page.limit)


@router.get("/brands/mine", auth=RoleAuth(Role.BRAND))
def my_brand(request: ActorRequest) -> BrandView:
    """The brand that the clerk works for."""
    return brand_selectors.require_own_brand(request.auth)


@router.get("/brands/mine/clerks", auth=RoleAuth(Role.BRAND))
def my_clerks(request: ActorRequest) -> list[ClerkView]:
    """All clerks of one's own brand, in the order in which they were added."""
    return brand_selectors.list_clerks(brand_selectors.require_own_brand(request.auth).id)


@router.post("/brands/mine/clerks/{int:person_id}/deactivate", auth=RoleAuth(Role.BRAND))
def deactivate_clerk(request: ActorRequest, person_id: int, body: ReasonIn) -> ClerkView:
    """The first clerk deactivates another one. Refused: 403 `brands.not_first_clerk`, 409 `brands.own_account`."""
    return services.deactivate_clerk(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.post("/brands/mine/clerks/{int:person_id}/reactivate", auth=RoleAuth(Role.BRAND))
def reactivate_clerk(request: ActorRequest, person_id: int, body: ReasonIn) -> ClerkView:
    """The first clerk reactivates another one. Refused: 409 `brands.deactivated_by_ops`."""
    return services.reactivate_clerk(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.put("/brands/mine/return-address", auth=RoleAuth(Role.BRAND))
def set_own_return_address(request: ActorRequest, body: ReturnAddressIn) -> BrandView:
    """Say where customers send goods of one's own brand back to. Refused: 422 `brands.invalid_return_address`."""
    return services.set_return_address(
        actor=request.auth,
        brand_id=brand_selectors.require_own_brand(request.auth).id,
        return_address=body.return_address,
        now=clock.now(),
    )


@router.put("/brands/{int:brand_id}/return-address", auth=RoleAuth(Role.OPS))
def set_return_address(request: ActorRequest, brand_id: int, body: ReturnAddressIn) -> BrandView:
    """The same for any brand, by ops."""
    return services.set_return_address(
        actor=request.auth, brand_id=brand_id, return_address=body.return_address, now=clock.now()
    )


@router.put("/brands/mine/order-minimum", auth=RoleAuth(Role.BRAND))
def set_own_order_minimum(request: ActorRequest, body: OrderMinimumIn) -> BrandView:
    """Say what one placement must have of one's own brand at least. Refused: 422 `brands.invalid_order_minimum`."""
    return services.set_order_minimum(
        actor=request.auth,
        brand_id=brand_selectors.require_own_brand(request.auth).id,
        minimum=OrderMinimum(body.min_amount, body.min_units),
        now=clock.now(),
    )


@router.put("/brands/{int:brand_id}/order-minimum", auth=RoleAuth(Role.OPS))
def set_order_minimum(request: ActorRequest, brand_id: int, body: OrderMinimumIn) -> BrandView:
    """The same for any brand, by ops."""
    return services.set_order_minimum(
        actor=request.auth,
        brand_id=brand_id,
        minimum=OrderMinimum(body.min_amount, body.min_units),
        now=clock.now(),
    )


@router.get("/brands/{int:brand_id}", auth=RoleAuth(Role.OPS, Role.FINANCE))
def show_brand(request: ActorRequest, brand_id: int) -> BrandView:
    return brand_selectors.get_brand(brand_id)


@router.post("/brands/{int:brand_id}/admit", auth=RoleAuth(Role.OPS))
def admit(request: ActorRequest, brand_id: int) -> BrandView:
    return services.admit_brand(actor=request.auth, brand_id=brand_id, now=clock.now())


@router.post("/brands/{int:brand_id}/refuse", auth=RoleAuth(Role.OPS))
def refuse(request: ActorRequest, brand_id: int, body: ReasonIn) -> BrandView:
    return services.refuse_brand(actor=request.auth, brand_id=brand_id, reason=body.reason, now=clock.now())


@router.post("/brands/{int:brand_id}/suspend", auth=RoleAuth(Role.OPS))
def suspend(request: ActorRequest, brand_id: int, body: ReasonIn) -> BrandView:
    return services.suspend_brand(actor=request.auth, brand_id=brand_id, reason=body.reason, now=clock.now())


@router.post("/brands/{int:brand_id}/clerks", response=201, auth=RoleAuth(Role.OPS))
def add_clerk(request: ActorRequest, brand_id: int, body: ClerkIn) -> Actor:
    return services.add_clerk(
        actor=request.auth,
        brand_id=brand_id,
        login=body.login,
        name=body.name,
        password=body.password,
        now=clock.now(),
    )
