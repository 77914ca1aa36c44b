"""The pictures of styles, in their order, the cover first (STOCK-13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from db.rows import view_of
from inventory.models import Picture, Style
from inventory.picture_models import PictureArchive, PictureLink, StylePicture
from inventory.rules import PictureJobState
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class StylePictureView:
    """A picture of a style. `ready` is whether its web sizes are there."""

    style_id: int
    sha256: str
    colour: str
    source: str
    has_logo: bool
    is_cover: bool
    ready: bool


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
    """The pictures of each style, the cover first; a style without pictures is absent.

    `without_logos` leaves out those that ops marked as showing a logo: the goods' label is cut (FORWARD-3). Three queries, whatever the
    number of styles. A cover from before styles had several pictures has no row of its own.
    """
    covers = dict(Style.objects.filter(pk__in=style_ids).exclude(picture="").values_list("pk", "picture"))
    rows = list(StylePicture.objects.filter(style_id__in=style_ids).order_by("style_id", "position", "id"))
    hashes = {row.sha256 for row in rows} | set(covers.values())
    ready = set(Picture.objects.filter(pk__in=hashes, width__gt=0).values_list("pk", flat=True))
    found: dict[int, list[StylePictureView]] = {}
    logos = {(row.style_id, row.sha256) for row in rows if row.has_logo}
    by_key = {(row.style_id, row.sha256): row for row in rows}
    for style_id, sha256 in [*covers.items(), *((row.style_id, row.sha256) for row in rows)]:
        cover = covers.get(style_id) == sha256
        so_far = found.setdefault(style_id, [])
        if (without_logos and (style_id, sha256) in logos) or any(each.sha256 == sha256 for each in so_far):
            continue
        row = by_key.get((style_id, sha256))
        so_far.append(
            StylePictureView(
                style_id,
                sha256,
                row.colour if row else "",
                row.source if row else "workbook",
                has_logo=bool(row and row.has_logo),
                is_cover=cover,
                ready=sha256 in ready,
            )
        )
    return {style_id: pictures for style_id, pictures in found.items() if pictures}


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


def archive_view(row: PictureArchive) -> PictureArchiveView:
    left_out = [LeftOutFile(name, reason) for name, reason in row.left_out]
    return view_of(PictureArchiveView, row, state=PictureJobState(row.state), left_out=left_out)


def count_waiting_links(brand_id: int) -> int:
    """Links of a brand's workbooks that a worker has still to follow."""
    return PictureLink.objects.filter(Q(style__brand_id=brand_id), state=PictureJobState.WAITING.value).count()
