"""The pictures of styles, in their order, the cover first (STOCK-13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.rows import view_of
from inventory.models import Picture
from inventory.picture_models import PictureArchive, PictureLink, StylePicture
from inventory.rules import PictureJobState
from inventory.sql.pictures import StylePictureView, find_pictures
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class PictureToLookAt:
    """A picture of a brand's style, for ops who say whether it shows a logo."""

    id: int
    sha256: str
    brand_name: str
    style_no: str
    style_name: str
    colour: str
    has_logo: bool
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOutFile:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PictureArchiveView:
    """An archive of pictures and what became of it."""

    id: int
    filename: str
    size_bytes: int
    received_at: datetime
    state: PictureJobState
    reason: str
    taken: int
    left_out: list[LeftOutFile]


def list_pictures(style_ids: Collection[int], *, without_logos: bool) -> dict[int, list[StylePictureView]]:
    """The pictures of each style, the cover first; a style without pictures is absent. One statement, whatever the number of styles.

    `without_logos` leaves out those that ops marked as showing a logo: the goods' label is cut (FORWARD-3).
    """
    found: dict[int, list[StylePictureView]] = {}
    for each in find_pictures(style_ids=style_ids, without_logos=without_logos) if style_ids else ():
        found.setdefault(each.style_id, []).append(each)
    return found


def pictures_to_look_at(
    *, brand_id: int | None = None, marked: bool = False, cursor: str = "", limit: int = 60
) -> Page[PictureToLookAt]:
    """Pictures that ops have not looked at, the oldest first; with `marked` those that show a logo.

    Pictures without web sizes are absent.
    """
    rows = StylePicture.objects.select_related("style__brand")
    rows = rows.filter(has_logo=True) if marked else rows.filter(looked_at=None)
    rows = rows.filter(sha256__in=Picture.objects.filter(width__gt=0).values("pk"))
    if brand_id is not None:
        rows = rows.filter(style__brand_id=brand_id)
    return paginate(
        rows,
        name=f"inventory.pictures_to_look_at:{brand_id}:{marked}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: view_of(
            PictureToLookAt,
            row,
            brand_name=row.style.brand.name,
            style_no=row.style.style_no,
            style_name=row.style.name,
        ),
    )


def count_pictures_to_look_at() -> int:
    return StylePicture.objects.filter(looked_at=None).count()


def list_archives(brand_id: int, *, limit: int = 10) -> list[PictureArchiveView]:
    """The last archives of a brand, the newest first."""
    return [archive_view(row) for row in PictureArchive.objects.filter(brand_id=brand_id).order_by("-id")[:limit]]


def page_archives(brand_id: int, *, cursor: str = "", limit: int = 50) -> Page[PictureArchiveView]:
    """All archives of a brand, the newest first."""
    rows = PictureArchive.objects.filter(brand_id=brand_id)
    return paginate(rows, name="inventory.archives", order=("-id",), cursor=cursor, limit=limit, view=archive_view)


def archive_view(row: PictureArchive) -> PictureArchiveView:
    left_out = [LeftOutFile(name, reason) for name, reason in row.left_out]
    return view_of(PictureArchiveView, row, state=PictureJobState(row.state), left_out=left_out)


def count_waiting_links(brand_id: int) -> int:
    """Links of a brand's workbooks that a worker has still to follow."""
    return PictureLink.objects.filter(style__brand_id=brand_id, state=PictureJobState.WAITING.value).count()
