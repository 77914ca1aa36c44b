"""The customer book for programs."""

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.selectors.people import require_reseller
from orders.rules.recipients import MAX_CUSTOMER_NOTE
from orders.selectors.customers import CustomerView, list_customers
from orders.services.customers import MAX_MERGED, edit_customer, merge_customers
from orders.services.recipients import RecipientFields
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["orders"])
reseller = RoleAuth(Role.RESELLER)


class CustomerIn(Input):
    name: Word
    phone: Word
    address: Text
    note: str = Field("", max_length=MAX_CUSTOMER_NOTE)


class MergeIn(Input):
    customer_ids: list[Whole] = Field(max_length=MAX_MERGED, description="the entries that leave the book")


@router.get("/customers", auth=reseller)
def customers(request: ActorRequest, page: Query[PageQuery], search: Word = "") -> Page[CustomerView]:
    """The customers of the reseller with their orders. `search`: a part of the name, the note or the phone."""
    me = require_reseller(request.auth)
    return list_customers(me.id, query=search, cursor=page.cursor, limit=page.limit)


@router.put("/customers/{int:customer_id}", auth=reseller)
def edit(request: ActorRequest, customer_id: int, body: CustomerIn) -> CustomerView:
    """Change contact and note. With another contact the answer has another `id`; orders keep the contact that they were placed with."""
    return edit_customer(
        actor=request.auth,
        customer_id=customer_id,
        fields=RecipientFields(body.name, body.phone, body.address),
        note=body.note,
        now=clock.now(),
    )


@router.post("/customers/{int:customer_id}/merge", auth=reseller)
def merge(request: ActorRequest, customer_id: int, body: MergeIn) -> CustomerView:
    """Merge other entries into this one, whose contact stays."""
    return merge_customers(actor=request.auth, kept_id=customer_id, merged_ids=body.customer_ids, now=clock.now())
