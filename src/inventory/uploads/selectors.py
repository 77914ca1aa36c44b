"""Reads of uploads: how far one has come, what it would do, what is wrong in it."""

from accounts.rules import Actor, Role
from brands.selectors.brands import NoSuchBrand, require_own_brand, require_staff
from inventory.models import Category, Picture, Sku, Upload, UploadChange, UploadFault, UploadStyle
from inventory.rules import OPEN_STATES, PICTURE_WIDTHS, FaultKind
from inventory.size_chart_models import UploadSizeChart
from inventory.uploads.file_keys import annotated_key, picture_key, workbook_key
from inventory.uploads.views import (
    ChangeView,
    ChartChangeView,
    FaultView,
    IgnoredView,
    StyleChangeView,
    UploadView,
    change_view,
    chart_change_view,
    fault_view,
    style_view,
    upload_view,
)
from kernel.refusal import Busy, Missing
from storage.files import StoredFile, get_store
from storage.objects import ObjectMissing
from web.pagination import Page, paginate


class NoSuchUpload(Missing):
    code = "inventory.no_such_upload"
    zh = "没有这次上传（{upload_id}）"
    en = "There is no upload {upload_id}"
    upload_id: int


class NoAnnotatedCopy(Missing):
    code = "inventory.no_annotated_copy"
    zh = "此次上传没有需要标注的问题"
    en = "Nothing is wrong in this upload, so there is no marked copy"


class AnnotationImpossible(Missing):
    code = "inventory.annotation_impossible"
    zh = "这个文件无法生成标注副本，请按页面上列出的位置修改原文件"
    en = "No annotated copy can be made of this file; correct it at the places that are listed"


class FileExpired(Missing):
    code = "inventory.file_expired"
    zh = "此文件已超过保留期限并删除"
    en = "The file was deleted when its time of keeping was over"


class AnnotatedCopyNotReady(Busy):
    code = "inventory.annotated_copy_not_ready"
    zh = "标注副本正在生成，请稍候再下载"
    en = "The marked copy is being made; try again in a moment"


def get_upload(upload_id: int) -> UploadView:
    row = Upload.objects.select_related("person", "job").filter(pk=upload_id).first()
    if row is None:
        raise NoSuchUpload(upload_id=upload_id)
    return upload_view(row)


def get_upload_for(actor: Actor, upload_id: int) -> UploadView:
    """An upload for a clerk of its brand or for ops; to all others there is none."""
    view = get_upload(upload_id)
    try:
        require_staff(actor, view.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchUpload(upload_id=upload_id) from cause
    return view


def list_uploads(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[UploadView]:
    """The uploads of the clerk's brand, the newest first."""
    rows = Upload.objects.filter(brand_id=require_own_brand(actor).id).select_related("person", "job")
    return paginate(rows, name="inventory.uploads", order=("-id",), cursor=cursor, limit=limit, view=upload_view)


def get_open_upload(brand_id: int) -> UploadView | None:
    """The one upload of a brand that is not finished, if there is one."""
    row = Upload.objects.filter(brand_id=brand_id, state__in=[state.value for state in OPEN_STATES]).first()
    return get_upload(row.pk) if row else None


def changes_of_upload(
    upload_id: int, *, kind: str = "", price_jumps: bool = False, cursor: str = "", limit: int = 50
) -> Page[ChangeView]:
    """What an upload would do, or did, SKU by SKU in the order of the file; with `price_jumps`, only prices to look at again."""
    rows = UploadChange.objects.of(Upload.objects.get(pk=upload_id))
    if kind:
        rows = rows.filter(kind=kind)
    if price_jumps:
        rows = rows.exclude(price_jump="")
    page = paginate(
        rows,
        name=f"inventory.changes_of_upload:{upload_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    sku_ids = [row.sku_id for row in page.items]
    allotted = dict(Sku.objects.filter(pk__in=sku_ids).values_list("pk", "allotted"))
    return Page([change_view(row, allotted.get(row.sku_id, 0)) for row in page.items], page.next_cursor)


def styles_of_upload(upload_id: int, *, cursor: str = "", limit: int = 50) -> Page[StyleChangeView]:
    rows = UploadStyle.objects.filter(upload_id=upload_id).select_related("category")
    names = {each.pk: each.name for each in Category.objects.all()}
    return paginate(
        rows,
        name=f"inventory.styles_of_upload:{upload_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: style_view(row, names),
    )


def charts_of_upload(upload_id: int, *, cursor: str = "", limit: int = 50) -> Page[ChartChangeView]:
    """The size charts that an upload sets or has set, in the order of the file."""
    rows = UploadSizeChart.objects.filter(upload_id=upload_id).select_related("category")
    return paginate(
        rows,
        name=f"inventory.charts_of_upload:{upload_id}",
        order=("id",),
        cursor=cursor,
        limit=limit,
        view=chart_change_view,
    )


def faults_of_upload(
    upload_id: int, *, kind: str = FaultKind.FAULT.value, cursor: str = "", limit: int = 50
) -> Page[FaultView]:
    rows = UploadFault.objects.filter(upload_id=upload_id, kind=kind)
    return paginate(
        rows, name=f"inventory.faults_of_upload:{upload_id}", order=("id",), cursor=cursor, limit=limit, view=fault_view
    )


def unused_columns(upload_id: int) -> list[str]:
    """The headings of the columns of which nothing was read, each once; the first fifty."""
    rows = UploadFault.objects.filter(upload_id=upload_id, kind=FaultKind.WARNING.value, code="unused_column")
    places = rows.order_by("id").values_list("sheet", "row", "col", "header")[:200]
    named = sorted(places, key=lambda place: (place[0], place[1], len(place[2]), place[2]))
    return list(dict.fromkeys(header or col for _, _, col, header in named))[:50]


def ignored_of_upload(upload_id: int) -> list[IgnoredView]:
    """Lines of the file that are neither SKUs nor faults: titles, blanks, subtotals; the first thousand ranges of lines."""
    found = Upload.objects.values_list("ignored", flat=True).get(pk=upload_id)
    return [IgnoredView(sheet or "", row, to_row, why) for sheet, row, to_row, why in found]


def open_workbook(upload_id: int) -> StoredFile:
    """The workbook as it was sent; the caller closes it."""
    row = Upload.objects.get(pk=upload_id)
    return _open(workbook_key(row.sha256), row.filename)


def open_annotated_copy(upload_id: int) -> StoredFile:
    """The annotated copy; the caller closes it. Busy while it is being made, Missing where nothing is wrong."""
    row = Upload.objects.get(pk=upload_id)
    if not row.faults:
        raise NoAnnotatedCopy
    if row.annotation_failure:
        raise AnnotationImpossible
    if not row.annotated_name:
        raise AnnotatedCopyNotReady
    return _open(annotated_key(row), row.annotated_name)


def open_picture(sha256: str, width: int) -> StoredFile | None:
    """A web size of a picture; the caller closes it. None where there is no such picture or it has no web sizes yet.

    A picture from before there was this size comes in the next larger one.
    """
    if not Picture.objects.filter(pk=sha256, width__gt=0).exists():
        return None
    for size in (each for each in PICTURE_WIDTHS if each >= width):
        try:
            return _open(picture_key(sha256, size), f"{sha256}-{size}.jpg")
        except FileExpired:
            continue
    return None


def _open(key: str, name: str) -> StoredFile:
    try:
        return StoredFile(get_store().open(key), name)
    except ObjectMissing as cause:
        raise FileExpired from cause
