"""A brand's uploads and enquiries as files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Literal

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages, export_rows
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from aftersales.selectors.brand_enquiries import list_brand_enquiries
from aftersales.selectors.shipping_uploads import ShippingUploadView, list_shipping_uploads
from brands.selectors.brands import require_own_brand
from inventory.selectors.pictures import list_pictures
from inventory.selectors.styles import StyleStockView, styles_of_brand
from inventory.uploads.selectors import list_uploads
from kernel import clock
from portal.labels import ENQUIRY_STATES, SHIPPING_UPLOAD_STATES, UPLOAD_STATES
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, every_view, integer, text, time, words
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["exports"])
clerk = RoleAuth(Role.BRAND)

PICTURE_SOURCES = {"workbook": _("表格"), "link": _("链接"), "archive": _("图片包")}
YES_NO = {True: _("是"), False: _("否")}
UPLOADS = ExportedList(
    "uploads",
    _("上传记录"),
    (
        integer(_("上传号"), "id"),
        text(_("文件"), "filename", 32),
        text(_("状态"), words(UPLOAD_STATES, "state")),
        integer(_("行数"), "rows"),
        integer(_("新增"), "added"),
        integer(_("变更"), "changed"),
        integer(_("不变"), "unchanged"),
        integer(_("错误"), "faults"),
        integer(_("提醒"), "warnings"),
        time(_("上传时间"), "received_at"),
        text(_("上传人"), "by"),
        time(_("结束时间"), "ended_at"),
    ),
)


def _parcels(row: ShippingUploadView) -> int | None:
    return row.result.parcels if row.result else None


SHIPPING_UPLOADS = ExportedList(
    "shipping-uploads",
    _("传回的发货清单"),
    (
        integer(_("上传号"), "id"),
        text(_("文件"), "filename", 32),
        text(_("状态"), words(SHIPPING_UPLOAD_STATES, "state")),
        integer(_("包裹"), _parcels),
        integer(_("没有导入的行"), "fault_count"),
        time(_("上传时间"), "received_at"),
        text(_("上传人"), "by"),
        time(_("结束时间"), "ended_at"),
    ),
)
ENQUIRIES = ExportedList(
    "enquiries",
    _("咨询"),
    (
        integer(_("咨询号"), "id"),
        text(_("状态"), words(ENQUIRY_STATES, "state")),
        integer(_("订单号"), "order_id"),
        code(_("款号"), "style_no"),
        text(_("平台问"), "note", 32),
        text(_("最后一条"), "last_text", 40),
        time(_("转来时间"), "passed_at"),
        time(_("答复期限"), "due_at"),
    ),
)


@router.get("/uploads/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_uploads(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The brand's uploads of stock as a file, the newest first."""
    return export_pages(request, UPLOADS, partial(list_uploads, request.auth), file.format)


@router.get("/shipping-uploads/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_shipping_uploads(request: ActorRequest, file: Query[ExportQuery]) -> StreamingHttpResponse:
    """The shipping lists that the brand sent back as a file, the newest first."""
    return export_pages(request, SHIPPING_UPLOADS, partial(list_shipping_uploads, request.auth), file.format)


@router.get("/brand/enquiries/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_brand_enquiries(
    request: ActorRequest, file: Query[ExportQuery], state: Literal["waiting", "all"] = "waiting"
) -> StreamingHttpResponse:
    """Enquiries that were passed to the brand as a file: those that wait for it, or all."""
    page_of = partial(
        list_brand_enquiries,
        require_own_brand(request.auth).id,
        at=clock.now(),
        waiting_only=state == "waiting",
    )
    return export_pages(request, ENQUIRIES, page_of, file.format)


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """A picture in the list of all; `place` is its place among those of the style, from 1, the cover first."""

    style_no: str
    name: str
    place: int
    colour: str
    source: str
    is_cover: bool
    has_logo: bool
    sha256: str


PICTURES = ExportedList(
    "pictures",
    _("图片"),
    (
        code(_("款号"), "style_no"),
        text(_("品名"), "name", 24),
        integer(_("第几张"), "place"),
        text(_("颜色"), "colour"),
        text(_("来源"), words(PICTURE_SOURCES, "source")),
        text(_("封面"), words(YES_NO, "is_cover")),
        text(_("带品牌标志"), words(YES_NO, "has_logo")),
        code(_("图片指纹"), "sha256"),
    ),
)


@router.get("/pictures/export", auth=clerk, openapi_extra=SENDS_EXPORT)
def export_pictures(request: ActorRequest, file: Query[ExportQuery], q: Word = "") -> StreamingHttpResponse:
    """The pictures of the brand's styles as a file, the cover of each style first. `q` finds by style number or name."""
    brand = require_own_brand(request.auth)
    styles = every_view(partial(styles_of_brand, brand.id, search=q.strip()))
    return export_rows(request, PICTURES, _pictures_of(styles), file.format)


def _pictures_of(styles: Iterable[StyleStockView]) -> Iterator[ListedPicture]:
    """The pictures of the styles, with one query for so many styles."""
    left = iter(styles)
    while some := list(islice(left, 200)):
        pictures = list_pictures([each.id for each in some], without_logos=False)
        for style in some:
            for place, each in enumerate(pictures.get(style.id, ()), 1):
                yield ListedPicture(
                    style.style_no,
                    style.name,
                    place,
                    each.colour,
                    each.source,
                    each.is_cover,
                    each.has_logo,
                    each.sha256,
                )
