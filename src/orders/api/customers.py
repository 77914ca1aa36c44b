"""The customer book for programs."""

from dataclasses import dataclass

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from kernel import clock
from membership.selectors.people import require_reseller
from orders.rules.recipients import MAX_CUSTOMER_NOTE, MAX_SIZES, MAX_TAGS, CustomerSize
from orders.selectors.customers import (
    CustomerView,
    PurchaseView,
    TagView,
    find_customer,
    list_customers,
    list_purchases,
    list_tags,
)
from orders.selectors.orders import NoSuchRecipient
from orders.services.customers import (
    MAX_MERGED,
    MAX_TAGGED,
    edit_customer,
    merge_customers,
    remove_tag,
    rename_tag,
    tag_customers,
)
from orders.services.recipients import RecipientFields
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["orders"])
reseller = RoleAuth(Role.RESELLER)


class SizeIn(Input):
    """What a size is for, in the reseller's words, and the size."""

    kind: Word = ""
    size: Word


class TagIn(Input):
    """Tags are told apart without case."""

    customer_ids: list[Whole] = Field(max_length=MAX_TAGGED)
    add: list[Word] = Field([], max_length=MAX_TAGS)
    remove: list[Word] = Field([], max_length=MAX_TAGS)


class RenameIn(Input):
    tag: Word
    new: Word = Field(description="where another tag has this name, both become one")


class RemoveIn(Input):
    tag: Word


@dataclass(frozen=True, slots=True)
class TaggedView:
    """How many customers were changed."""

    customers: int


class CustomerIn(Input):
    name: Word
    phone: Word
    address: Text
    note: str = Field("", max_length=MAX_CUSTOMER_NOTE)
    tags: list[Word] | None = Field(None, max_length=MAX_TAGS, description="null leaves them as they are")
    sizes: list[SizeIn] | None = Field(None, max_length=MAX_SIZES, description="null leaves them as they are")


class MergeIn(Input):
    customer_ids: list[Whole] = Field(max_length=MAX_MERGED, description="the entries that leave the book")


@router.get("/customers", auth=reseller)
def customers(request: ActorRequest, page: Query[PageQuery], search: Word = "", tag: Word = "") -> Page[CustomerView]:
    """The customers of the reseller with their orders. `search`: a part of the name, the note, a tag or the phone, or a whole size."""
    me = require_reseller(request.auth)
    return list_customers(me.id, query=search, tag=tag, cursor=page.cursor, limit=page.limit)


@router.get("/customers/tags", auth=reseller)
def tags(request: ActorRequest) -> list[TagView]:
    """The tags of the book, those of most customers first."""
    return list_tags(require_reseller(request.auth).id)


@router.post("/customers/tags", auth=reseller)
def tag(request: ActorRequest, body: TagIn) -> TaggedView:
    """Add tags to customers and remove others from them, all of them or none."""
    return TaggedView(tag_customers(actor=request.auth, **body.dict()))


@router.post("/customers/tags/rename", auth=reseller)
def rename(request: ActorRequest, body: RenameIn) -> TaggedView:
    """Rename a tag in the whole book."""
    return TaggedView(rename_tag(actor=request.auth, tag=body.tag, new=body.new))


@router.post("/customers/tags/remove", auth=reseller)
def remove(request: ActorRequest, body: RemoveIn) -> TaggedView:
    """Remove a tag from the whole book; the customers stay."""
    return TaggedView(remove_tag(actor=request.auth, tag=body.tag))


@router.get("/customers/{int:customer_id}/purchases", auth=reseller)
def purchases(request: ActorRequest, customer_id: int, page: Query[PageQuery]) -> Page[PurchaseView]:
    """What a customer bought, the last first."""
    me = require_reseller(request.auth)
    if find_customer(me.id, customer_id) is None:
        raise NoSuchRecipient(recipient_id=customer_id)
    return list_purchases(me.id, customer_id, cursor=page.cursor, limit=page.limit)


@router.put("/customers/{int:customer_id}", auth=reseller)
def edit(request: ActorRequest, customer_id: int, body: CustomerIn) -> CustomerView:
    """Change contact, note, tags and sizes. With another contact the answer has another `id`; orders keep the contact that they had."""
    return edit_customer(
        actor=request.auth,
        customer_id=customer_id,
        fields=RecipientFields(body.name, body.phone, body.address),
        note=body.note,
        tags=body.tags,
        sizes=None if body.sizes is None else [CustomerSize(each.kind, each.size) for each in body.sizes],
        now=clock.now(),
    )


@router.post("/customers/{int:customer_id}/merge", auth=reseller)
def merge(request: ActorRequest, customer_id: int, body: MergeIn) -> CustomerView:
    """Merge other entries into this one, whose contact stays."""
    return merge_customers(actor=request.auth, kept_id=customer_id, merged_ids=body.customer_ids, now=clock.now())
