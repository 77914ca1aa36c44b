"""Photos that customers lend, for programs of their reseller and of ops (AFTER-21)."""

from dataclasses import dataclass

from ninja import Query
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors.customer_photos import LentPhoto, list_lent_photos, photos_to_look_at
from aftersales.services.customer_photos import MAX_PHOTOS_AT_ONCE, choose_photos, mark_photo_logos
from kernel import clock
from membership.selectors.people import require_reseller
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Whole

router = ViewRouter(tags=["aftersales"])
reseller = RoleAuth(Role.RESELLER)
ops = RoleAuth(Role.OPS)


class ChosenPhotosIn(Input):
    """Ids of photos, at most 200 together; one that is named in both is shown."""

    shown: list[Whole] = Field(default_factory=list, max_length=MAX_PHOTOS_AT_ONCE)
    not_shown: list[Whole] = Field(default_factory=list, max_length=MAX_PHOTOS_AT_ONCE)


class PhotoLogosIn(Input):
    """Ids of photos, at most 200 together."""

    with_logo: list[Whole] = Field(default_factory=list, max_length=MAX_PHOTOS_AT_ONCE)
    without_logo: list[Whole] = Field(default_factory=list, max_length=MAX_PHOTOS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ChangedPhotosView:
    """How many photos have changed."""

    changed: int


@router.get("/customer-photos", auth=reseller)
def list_lent(request: ActorRequest, page: Query[PageQuery], style_id: int | None = None) -> Page[LentPhoto]:
    """The photos that customers lend now, the newest first. Their files: `GET /photos/{id}`."""
    me = require_reseller(request.auth)
    return list_lent_photos(me.id, style_id=style_id, cursor=page.cursor, limit=page.limit)


@router.put("/customer-photos/shown", auth=reseller)
def choose(request: ActorRequest, body: ChosenPhotosIn) -> ChangedPhotosView:
    """Choose which are shown with their styles, all or none.

    Refused: `aftersales.photo_not_lent`, `aftersales.too_many_photos_shown`, `aftersales.too_many_photos_chosen`.
    """
    changed = choose_photos(actor=request.auth, shown=body.shown, not_shown=body.not_shown, now=clock.now())
    return ChangedPhotosView(changed)


@router.get("/ops/customer-photos", auth=ops)
def list_to_look_at(request: ActorRequest, page: Query[PageQuery], marked: bool = False) -> Page[LentPhoto]:
    """Photos that resellers show and nobody has looked at for logos, the oldest first; with `marked` those that show one."""
    return photos_to_look_at(marked=marked, cursor=page.cursor, limit=page.limit)


@router.put("/ops/customer-photos/logos", auth=ops)
def mark_logos(request: ActorRequest, body: PhotoLogosIn) -> ChangedPhotosView:
    """Say which photos show a brand's name or logo: where the brand is hidden only the others are shown."""
    changed = mark_photo_logos(
        actor=request.auth, with_logo=body.with_logo, without_logo=body.without_logo, now=clock.now()
    )
    return ChangedPhotosView(changed)
