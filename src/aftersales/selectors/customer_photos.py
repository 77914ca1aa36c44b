"""Photos that customers lend: what their reseller may show with a style, and what ops say of it (AFTER-21)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from aftersales.models.fault_reports import FaultReportPhoto
from aftersales.rules import PHOTO_WIDTHS
from aftersales.selectors.photos import NoSuchPhoto, photo_key
from storage.files import get_store
from storage.objects import ObjectMissing
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class LentPhoto:
    """A photo that a customer of a reseller lends, by its id, with the goods that it shows; never with the customer's name.

    `is_shown`: the reseller shows it with the style. `has_logo` is what ops say; None while nobody has looked.
    """

    id: int
    style_id: int
    style_no: str
    style_name: str
    brand_name: str
    colour: str
    size: str
    is_shown: bool
    has_logo: bool | None
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo that a reseller shows with a style."""

    id: int
    style_id: int
    has_logo: bool | None


def list_lent_photos(
    reseller_id: int, *, style_id: int | None = None, cursor: str = "", limit: int = 60
) -> Page[LentPhoto]:
    """The photos that customers of a reseller lend now, the newest first; those of one style where it is given."""
    rows = lent_photos().filter(report__reseller_id=reseller_id)
    if style_id is not None:
        rows = rows.filter(report__line__sku__style_id=style_id)
    return paginate(
        _with_goods(rows),
        name=f"aftersales.lent_photos:{reseller_id}:{style_id}",
        order=("-photo_id",),
        cursor=cursor,
        limit=limit,
        view=_lent_photo,
    )


def photos_to_look_at(*, marked: bool = False, cursor: str = "", limit: int = 60) -> Page[LentPhoto]:
    """Photos that resellers show and of which ops have not said whether they show a logo, the oldest first; with `marked` those that do."""
    rows = lent_photos().filter(is_shown=True, has_logo=True if marked else None)
    return paginate(
        _with_goods(rows),
        name=f"aftersales.customer_photos:{marked}",
        order=("photo_id",),
        cursor=cursor,
        limit=limit,
        view=_lent_photo,
    )


def count_photos_to_look_at() -> int:
    return lent_photos().filter(is_shown=True, has_logo=None).count()


def list_shown_photos(reseller_id: int, style_ids: Collection[int]) -> dict[int, list[ShownPhoto]]:
    """By style, the photos that a reseller shows with it now, the newest first. One statement, whatever the number of styles."""
    rows = lent_photos().filter(is_shown=True, report__reseller_id=reseller_id)
    rows = rows.filter(report__line__sku__style_id__in=list(style_ids)).order_by("-photo_id")
    found: dict[int, list[ShownPhoto]] = {}
    for photo_id, style_id, has_logo in rows.values_list("photo_id", "report__line__sku__style_id", "has_logo"):
        found.setdefault(style_id, []).append(ShownPhoto(photo_id, style_id, has_logo))
    return found


def find_shown_photos(reseller_id: int, photo_ids: Collection[int]) -> dict[int, ShownPhoto]:
    """Of these photos those that a reseller shows now, by id."""
    rows = lent_photos().filter(is_shown=True, report__reseller_id=reseller_id, photo_id__in=list(photo_ids))
    values = rows.values_list("photo_id", "report__line__sku__style_id", "has_logo")
    return {photo_id: ShownPhoto(photo_id, style_id, has_logo) for photo_id, style_id, has_logo in values}


def read_shown_photo(reseller_id: int, photo_id: int, width: int) -> bytes:
    """The JPEG of a photo that a reseller shows now. Refuses every other one, also one that was lent until a moment ago."""
    row = lent_photos().filter(is_shown=True, report__reseller_id=reseller_id, photo_id=photo_id)
    sha256 = row.values_list("photo__sha256", flat=True).first()
    if sha256 is None or width not in PHOTO_WIDTHS:
        raise NoSuchPhoto(photo_id=photo_id)
    try:
        return get_store().read(photo_key(sha256, width))
    except ObjectMissing as missing:
        raise NoSuchPhoto(photo_id=photo_id) from missing


def lent_photos() -> QuerySet[FaultReportPhoto]:
    """Photos whose customers allow at this moment that they are shown to others. A reseller who is deactivated shows and borrows none."""
    lent = {"report__may_reuse": True, "report__erased_at": None, "photo__erased_at": None}
    return FaultReportPhoto.objects.filter(**lent, report__reseller__person__is_active=True)


def _with_goods(rows: QuerySet[FaultReportPhoto]) -> QuerySet[FaultReportPhoto]:
    return rows.select_related("report__line__sku__style__brand")


def _lent_photo(row: FaultReportPhoto) -> LentPhoto:
    sku = row.report.line.sku
    return LentPhoto(
        id=row.photo_id,
        style_id=sku.style_id,
        style_no=sku.style.style_no,
        style_name=sku.style.name,
        brand_name=sku.style.brand.name,
        colour=sku.colour,
        size=sku.size,
        is_shown=row.is_shown,
        has_logo=row.has_logo,
        reported_at=row.report.reported_at,
    )
