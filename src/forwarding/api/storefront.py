"""Her storefront, for programs (FORWARD-19)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from ninja import Field, File, Schema
from ninja.files import UploadedFile

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.selectors.seller_pictures import get_seller_picture
from forwarding.selectors.storefronts import StorefrontCategory, StorefrontView, get_storefront
from forwarding.services import seller_pictures, storefronts
from forwarding.services.storefronts import MAX_CATEGORIES, StorefrontFields
from kernel import clock
from membership.selectors.people import require_reseller
from web.responses import ViewRouter
from web.schemas import Input, Text, Whole, Word

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


class StorefrontOut(Schema):
    """Her storefront; customers open `address` and see her `picture`, an address too, "" where she has none.

    Views, wishes and orders are those of this address.
    """

    address: str
    picture: str
    name: str
    notice: str
    is_open: bool
    opened_at: datetime
    closed_at: datetime | None
    shows_previews: bool
    shows_sold_out: bool
    styles: int
    categories: list[StorefrontCategory]
    views: int
    wishes: int
    new_wishes: int
    orders: int


class StorefrontIn(Input):
    """Categories by their ids, 0 for goods without one; those that are in no order stand behind the others."""

    name: Word
    notice: Text = ""
    shows_previews: bool = False
    shows_sold_out: bool = True
    category_order: list[Whole] = Field(default_factory=list, max_length=MAX_CATEGORIES)
    hidden_categories: list[Whole] = Field(default_factory=list, max_length=MAX_CATEGORIES)


class ReplacedAddressIn(Input):
    address: Text = Field(description="the address that is to be replaced, as the storefront has it now")


@dataclass(frozen=True, slots=True)
class SellerPictureView:
    """The address at which customers see it."""

    address: str


@router.get("/storefront", auth=reseller)
def read_storefront(request: ActorRequest) -> StorefrontOut:
    """Missing before she has opened one: `forwarding.no_such_storefront`."""
    return _out(request, get_storefront(require_reseller(request.auth).id, at=clock.now()))


@router.post("/storefront", auth=reseller)
def open_storefront(request: ActorRequest) -> StorefrontOut:
    """Open it under her own name, or open it again as it was; a repetition changes nothing."""
    return _out(request, storefronts.open_storefront(actor=request.auth, now=clock.now()))


@router.put("/storefront", auth=reseller)
def describe_storefront(request: ActorRequest, body: StorefrontIn) -> StorefrontOut:
    """Refused: `forwarding.invalid_storefront`, `forwarding.invalid_category_order`, and a name that is taken for the platform."""
    fields = StorefrontFields(**body.dict())
    return _out(request, storefronts.describe_storefront(actor=request.auth, fields=fields, now=clock.now()))


@router.post("/storefront/close", auth=reseller)
def close_storefront(request: ActorRequest) -> StorefrontOut:
    """Its page answers 410 until she opens it again at the same address."""
    return _out(request, storefronts.close_storefront(actor=request.auth, now=clock.now()))


@router.post("/storefront/replace-address", auth=reseller)
def replace_address(request: ActorRequest, body: ReplacedAddressIn) -> StorefrontOut:
    """The replaced address answers 410 for ever; an address that was replaced already changes nothing.

    Refused: `forwarding.too_many_addresses`.
    """
    token = body.address.rstrip("/").rsplit("/", 1)[-1]
    return _out(request, storefronts.replace_address(actor=request.auth, token=token, now=clock.now()))


@router.post("/storefront/picture", auth=reseller)
def set_picture(request: ActorRequest, picture: UploadedFile = File(...)) -> SellerPictureView:  # type: ignore[type-arg]  # noqa: B008
    """Set the picture that her customers see (multipart, field `picture`); its middle is kept as a square, without metadata.

    Refused: `aftersales.photo_too_large`, `aftersales.not_a_photo`.
    """
    sha256 = seller_pictures.set_seller_picture(actor=request.auth, file=picture, now=clock.now())
    return SellerPictureView(_picture_address(request, sha256))


@router.delete("/storefront/picture", auth=reseller)
def remove_picture(request: ActorRequest) -> None:
    """Remove it; a repetition changes nothing."""
    seller_pictures.remove_seller_picture(actor=request.auth)


def _picture_address(request: ActorRequest, sha256: str) -> str:
    return request.build_absolute_uri(reverse("shown_seller_picture", args=[sha256])) if sha256 else ""


def _out(request: ActorRequest, view: StorefrontView) -> StorefrontOut:
    address = request.build_absolute_uri(reverse("storefront_page", args=[view.token]))
    picture = _picture_address(request, get_seller_picture(require_reseller(request.auth).id))
    names = (name for name in StorefrontOut.model_fields if name not in ("address", "picture"))
    return StorefrontOut(address=address, picture=picture, **{name: getattr(view, name) for name in names})
