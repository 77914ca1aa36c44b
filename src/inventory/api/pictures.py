"""Pictures of styles, and size charts, for programs (STOCK-13, STOCK-14, STOCK-16)."""

from dataclasses import dataclass

from ninja import File, Query, Schema
from ninja.files import UploadedFile
from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from inventory.rules import MAX_STYLE_PICTURES
from inventory.selectors import pictures, size_charts
from inventory.selectors.pictures import PictureArchiveView, PictureToLookAt
from inventory.selectors.size_charts import SizeChartView
from inventory.selectors.styles import get_style
from inventory.services import size_charts as size_chart_services
from inventory.services import style_pictures
from inventory.services.style_pictures import MAX_MARKED
from inventory.size_chart_rules import MAX_CHART_COLUMNS, MAX_CHART_ROWS
from inventory.sql.pictures import StylePictureView
from inventory.uploads.picture_archives import receive_archive
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word
from web.uploads import too_large

router = ViewRouter(tags=["inventory"])
clerk = RoleAuth(Role.BRAND)
ops = RoleAuth(Role.OPS)


class PictureOrderIn(Input):
    sha256s: list[Word] = Field(
        max_length=MAX_STYLE_PICTURES, description="each picture of the style once; the first is the cover"
    )


class LogosIn(Input):
    """Ids of pictures as `GET /ops/pictures` gives them, at most 200 together."""

    with_logo: list[Whole] = Field(default_factory=list, max_length=MAX_MARKED)
    without_logo: list[Whole] = Field(default_factory=list, max_length=MAX_MARKED)


class ChartIn(Input):
    """Of a style, of a category, or with neither of all goods; `lines` begin with the headings."""

    style_no: Word = ""
    category_id: Whole | None = None
    lines: list[list[Word]] = Field(
        min_length=2, max_length=MAX_CHART_ROWS, description=f"of 2 to {MAX_CHART_COLUMNS} cells each, all equally many"
    )


class ChartQuery(Schema):
    """Of a style, of a category, or with neither of all goods."""

    style_no: Word = ""
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class MarkedView:
    """How many answers are new; the same picture of other styles of the brand counts too."""

    marked: int


@router.get("/styles/{int:style_id}/pictures", auth=clerk)
def list_pictures(request: ActorRequest, style_id: int) -> list[StylePictureView]:
    """The pictures of a style of the clerk's brand, the cover first."""
    style = get_style(require_own_brand(request.auth).id, style_id)
    return pictures.list_pictures([style.id], without_logos=False).get(style.id, [])


@router.put("/styles/{int:style_id}/pictures", auth=clerk)
def arrange_pictures(request: ActorRequest, style_id: int, body: PictureOrderIn) -> list[StylePictureView]:
    """Order the pictures of a style and choose its cover. Refused: `inventory.pictures_changed` where they are others by now."""
    return style_pictures.arrange_pictures(actor=request.auth, style_id=style_id, sha256s=body.sha256s, now=clock.now())


@router.delete("/styles/{int:style_id}/pictures/{sha256}", auth=clerk)
def remove_picture(request: ActorRequest, style_id: int, sha256: Word) -> list[StylePictureView]:
    """Remove a picture and give those that are left; a repetition changes nothing."""
    return style_pictures.remove_picture(actor=request.auth, style_id=style_id, sha256=sha256, now=clock.now())


@router.post("/picture-archives", response=201, auth=clerk)
def send_archive(request: ActorRequest, file: UploadedFile | None = File(None)) -> PictureArchiveView:  # type: ignore[type-arg]  # noqa: B008
    """Send a ZIP of pictures named by style number (multipart, field `file`). It is read in the background; poll `GET /picture-archives`.

    A picture that a style has already is not added again, so the same archive may be sent twice.
    """
    view = receive_archive(
        actor=request.auth,
        filename=(file.name if file else "") or "",
        chunks=file.chunks() if file else (),
        cut_short=too_large(request),
        now=clock.now(),
    )
    enqueue_on_commit("inventory.tasks.read_picture_archive", view.id)
    return view


@router.get("/picture-archives", auth=clerk)
def list_archives(request: ActorRequest, page: Query[PageQuery]) -> Page[PictureArchiveView]:
    """The archives that the brand sent, the newest first, with what was left out and why."""
    brand = require_own_brand(request.auth)
    return pictures.page_archives(brand.id, cursor=page.cursor, limit=page.limit)


@router.get("/ops/pictures", auth=ops)
def list_pictures_to_look_at(
    request: ActorRequest, page: Query[PageQuery], brand_id: int | None = None, marked: bool = False
) -> Page[PictureToLookAt]:
    """Pictures that nobody has looked at for logos, the oldest first; with `marked` those that show one."""
    return pictures.pictures_to_look_at(brand_id=brand_id, marked=marked, cursor=page.cursor, limit=page.limit)


@router.put("/ops/pictures/logos", auth=ops)
def mark_logos(request: ActorRequest, body: LogosIn) -> MarkedView:
    """Say which pictures show a brand's name or logo: they are left out of what customers see of goods with the label cut."""
    marked = style_pictures.mark_logos(
        actor=request.auth, with_logo=body.with_logo, without_logo=body.without_logo, now=clock.now()
    )
    return MarkedView(marked)


@router.get("/size-charts", auth=clerk)
def list_size_charts(request: ActorRequest) -> list[SizeChartView]:
    """The size charts of categories, and the one of all goods."""
    return size_charts.list_size_charts(require_own_brand(request.auth).id)


@router.get("/size-charts/styles", auth=clerk)
def list_style_size_charts(request: ActorRequest, page: Query[PageQuery]) -> Page[SizeChartView]:
    """The size charts of single styles."""
    brand = require_own_brand(request.auth)
    return size_charts.list_style_size_charts(brand.id, cursor=page.cursor, limit=page.limit)


@router.put("/size-charts", auth=clerk)
def set_size_chart(request: ActorRequest, body: ChartIn) -> None:
    """Set a size chart in place of the one that is there. Refused: `inventory.invalid_size_chart`, which names the line."""
    _set(request, body.style_no, body.category_id, body.lines)


@router.delete("/size-charts", auth=clerk)
def remove_size_chart(request: ActorRequest, chart: Query[ChartQuery]) -> None:
    """Remove a size chart; where there is none nothing changes."""
    _set(request, chart.style_no, chart.category_id, [])


def _set(request: ActorRequest, style_no: str, category_id: int | None, lines: list[list[str]]) -> None:
    actor, now = request.auth, clock.now()
    if style_no and category_id is not None:
        raise size_chart_services.TwoSubjects
    if style_no:
        size_chart_services.set_style_size_chart(actor=actor, style_no=style_no, lines=lines, now=now)
    else:
        size_chart_services.set_size_chart(actor=actor, category_id=category_id, lines=lines, now=now)
