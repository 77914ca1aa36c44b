"""Reads of uploads: how far one has come, what it would do, what is wrong in it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.rules import Actor, Role
from brands.selectors import NoSuchBrand, brand_of, require_staff
from db import sql
from inventory.models import Category, Movement, Picture, Sku, Upload, UploadChange, UploadFault, UploadStyle
from inventory.rules import OPEN_STATES, ChangeKind, FaultKind, MovementKind, UploadState
from inventory.uploads.file_keys import annotated_key, picture_key, workbook_key
from kernel.refusal import Busy, Missing
from storage.files import StoredFile, get_store
from storage.objects import ObjectMissing
from web.pagination import Page, paginate

_MONEY = ("tag_price_fen", "base_price_fen")


@dataclass(eq=False)
class NoSuchUpload(Missing):
    code = "inventory.no_such_upload"
    zh = "没有这次上传（{upload_id}）"
    en = "There is no upload {upload_id}"
    upload_id: int


@dataclass(eq=False)
class NoMarkedCopy(Missing):
    code = "inventory.no_marked_copy"
    zh = "此次上传没有需要标注的问题"
    en = "Nothing is wrong in this upload, so there is no marked copy"


@dataclass(eq=False)
class MarkedCopyImpossible(Missing):
    code = "inventory.marked_copy_impossible"
    zh = "这个文件无法生成标注副本，请按页面上列出的位置修改原文件"
    en = "No marked copy can be made of this file; mend it at the places that are listed"


@dataclass(eq=False)
class FileExpired(Missing):
    code = "inventory.file_expired"
    zh = "此文件已超过保留期限并删除"
    en = "The file was deleted when its time of keeping was over"


@dataclass(eq=False)
class MarkedCopyNotReady(Busy):
    code = "inventory.marked_copy_not_ready"
    zh = "标注副本正在生成，请稍候再下载"
    en = "The marked copy is being made; try again in a moment"


@dataclass(frozen=True, slots=True)
class Candidate:
    col: str
    header: str
    samples: list[str]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """Which column is `field`? Answer by the column's letters under the layout's fingerprint."""

    sheet: str
    row: int
    field: str
    fingerprint: str
    message_zh: str
    message_en: str
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as its brand sees it. Counts are SKUs, `rows` those that are taken; `faults` and `warnings` count places.

    `unmarkable` is why there is no marked copy, a code of the reader's. Once it is undone, `removed_skus` and `removed_styles` of what it
    brought are deleted, and `kept_skus` are kept unlisted because something names them.
    """

    id: int
    brand_id: int
    filename: str
    sha256: str
    size_bytes: int
    received_at: datetime
    by: str
    state: UploadState
    stage: str
    lines: int
    lines_done: int
    faults_found: int
    seconds_left: int | None
    reason: str
    reason_zh: str
    reason_en: str
    questions: list[QuestionView]
    rows: int
    added: int
    changed: int
    unchanged: int
    absent: int
    zeroed: int
    styles_changed: int
    faults: int
    warnings: int
    ignored_lines: int
    jumps: int
    marked: str
    unmarkable: str
    ended_at: datetime | None
    undone_at: datetime | None
    removed_skus: int
    removed_styles: int
    kept_skus: int
    may_undo: bool

    @property
    def under_way(self) -> bool:
        return self.state in (UploadState.RECEIVED, UploadState.READING)

    @property
    def can_be_answered(self) -> bool:
        """Whether every question has a column that may be the answer; where a column is simply not there, only another file helps."""
        return all(question.candidates for question in self.questions)

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.styles_changed or self.zeroed)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, old and new, as text; money as yuan is left to the reader (`is_money`, fen)."""

    field: str
    old: Any
    new: Any

    @property
    def is_money(self) -> bool:
        return self.field in _MONEY


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What the upload does to one SKU, and where in the file that is said."""

    id: int
    kind: ChangeKind
    sku_id: int
    sheet: str
    row: int | None
    col: str
    style_no: str
    colour: str
    size: str
    barcode: str | None
    tag_price_fen: int
    base_price_fen: int
    on_hand: int
    on_hand_delta: int
    fields: list[FieldChange]
    jump: str
    norm_fen: int | None
    zeroed: bool
    allotted: int


@dataclass(frozen=True, slots=True)
class StyleChangeView:
    id: int
    is_new: bool
    sheet: str
    row: int | None
    style_no: str
    name: str
    category: str
    season: str
    year: int | None
    gender: str
    picture: str
    defects: str
    fields: list[FieldChange]


@dataclass(frozen=True, slots=True)
class FaultView:
    """A cell that is wrong (or deserves a look), what is wrong with it and how to mend it."""

    id: int
    kind: FaultKind
    sheet: str
    row: int
    col: str
    header: str
    code: str
    value: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class IgnoredView:
    sheet: str
    row: int
    to_row: int
    why: str


def upload(upload_id: int) -> UploadView:
    row = Upload.objects.select_related("person").filter(pk=upload_id).first()
    if row is None:
        raise NoSuchUpload(upload_id=upload_id)
    return _upload_view(row)


def upload_for(actor: Actor, upload_id: int) -> UploadView:
    """An upload for a clerk of its brand or for ops; to all others there is none."""
    view = upload(upload_id)
    try:
        require_staff(actor, view.brand_id, Role.OPS)
    except NoSuchBrand as cause:
        raise NoSuchUpload(upload_id=upload_id) from cause
    return view


def uploads_of(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[UploadView]:
    """The uploads of the clerk's brand, the newest first."""
    rows = Upload.objects.filter(brand_id=brand_of(actor).id).select_related("person")
    return paginate(rows, order=("-id",), cursor=cursor, limit=limit, view=_upload_view)


def open_upload_of_brand(brand_id: int) -> UploadView | None:
    """The one upload of a brand that is not finished, if there is one."""
    found = Upload.objects.filter(brand_id=brand_id, state__in=[state.value for state in OPEN_STATES]).first()
    return upload(found.pk) if found else None


def changes_of_upload(
    upload_id: int, *, kind: str = "", jumps: bool = False, cursor: str = "", limit: int = 50
) -> Page[ChangeView]:
    """What an upload would do, or did, SKU by SKU in the order of the file; with `jumps`, only prices to look at again."""
    rows = UploadChange.objects.of(Upload.objects.get(pk=upload_id))
    if kind:
        rows = rows.filter(kind=kind)
    if jumps:
        rows = rows.exclude(jump="")
    page = paginate(rows, order=("id",), cursor=cursor, limit=limit, view=_change_view)
    bound = dict(Sku.objects.filter(pk__in=[each.sku_id for each in page.items]).values_list("pk", "allotted"))
    items = [_with_allotted(each, bound.get(each.sku_id, 0)) for each in page.items]
    return Page(items, page.next_cursor)


def styles_of_upload(upload_id: int, *, cursor: str = "", limit: int = 50) -> Page[StyleChangeView]:
    rows = UploadStyle.objects.filter(upload_id=upload_id).select_related("category")
    names = {each.pk: each.name for each in Category.objects.all()}
    return paginate(rows, order=("id",), cursor=cursor, limit=limit, view=lambda row: _style_view(row, names))


def faults_of_upload(
    upload_id: int, *, kind: str = FaultKind.FAULT.value, cursor: str = "", limit: int = 50
) -> Page[FaultView]:
    rows = UploadFault.objects.filter(upload_id=upload_id, kind=kind)
    return paginate(rows, order=("id",), cursor=cursor, limit=limit, view=_fault_view)


def unused_columns(upload_id: int) -> list[str]:
    """The headings of the columns of which nothing was read, each once; the first fifty."""
    rows = UploadFault.objects.filter(upload_id=upload_id, kind=FaultKind.WARNING.value, code="unused_column")
    places = rows.order_by("id").values_list("sheet", "row", "col", "header")[:200]
    named = sorted(places, key=lambda place: (place[0], place[1], len(place[2]), place[2]))
    return list(dict.fromkeys(header or col for _, _, col, header in named))[:50]


def ignored_of_upload(upload_id: int) -> list[IgnoredView]:
    """Lines of the file that are neither goods nor faults: titles, blanks, subtotals; the first thousand stretches."""
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
        raise NoMarkedCopy
    if row.unmarkable:
        raise MarkedCopyImpossible
    if not row.marked:
        raise MarkedCopyNotReady
    return _open(annotated_key(row), row.marked)


def open_picture(sha256: str, width: int) -> StoredFile | None:
    """A web size of a picture; the caller closes it. None where there is no such picture or it has no web sizes yet."""
    if not Picture.objects.filter(pk=sha256, width__gt=0).exists():
        return None
    try:
        return _open(picture_key(sha256, width), f"{sha256}-{width}.jpg")
    except FileExpired:
        return None


def _open(key: str, name: str) -> StoredFile:
    try:
        return StoredFile(get_store().open(key), name)
    except ObjectMissing as cause:
        raise FileExpired from cause


@dataclass(frozen=True, slots=True)
class StockFigures:
    """A brand's stock in one line: goods and units, of them bound to sales; what it is worth at base price, in fen."""

    styles: int
    skus: int
    units: int
    bound: int
    base_value_fen: int


def stock_figures(brand_id: int) -> StockFigures:
    found = sql.rows(
        """
        SELECT count(DISTINCT style_id) AS styles, count(*) AS skus, coalesce(sum(on_hand), 0)::bigint AS units,
               coalesce(sum(allotted), 0)::bigint AS bound, coalesce(sum(on_hand * base_price_fen), 0)::bigint AS base_value_fen
        FROM inventory_sku WHERE brand_id = %(brand)s AND listed
        """,
        {"brand": brand_id},
    )[0]
    return StockFigures(**found)


def _upload_view(row: Upload) -> UploadView:
    state = UploadState(row.state)
    return UploadView(
        id=row.pk,
        brand_id=row.brand_id,
        filename=row.filename,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        received_at=row.received_at,
        by=row.person.name if row.person else "",
        state=state,
        stage=row.stage,
        lines=row.lines,
        lines_done=row.lines_done,
        faults_found=row.faults_found,
        seconds_left=row.seconds_left,
        reason=row.reason,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        questions=[_question_view(each) for each in row.questions],
        rows=row.rows,
        added=row.added,
        changed=row.changed,
        unchanged=row.unchanged,
        absent=row.absent,
        zeroed=_zeroed(row),
        styles_changed=row.styles_changed,
        faults=row.faults,
        warnings=row.warnings,
        ignored_lines=row.ignored_lines,
        jumps=row.jumps,
        marked=row.marked,
        unmarkable=row.unmarkable,
        ended_at=row.ended_at,
        undone_at=row.undone_at,
        removed_skus=row.removed_skus,
        removed_styles=row.removed_styles,
        kept_skus=row.kept_skus,
        may_undo=state is UploadState.COMMITTED and _may_undo(row),
    )


def _zeroed(row: Upload) -> int:
    return UploadChange.objects.of(row).filter(kind=ChangeKind.ABSENT.value, zeroed=True).count() if row.absent else 0


def _may_undo(row: Upload) -> bool:
    """Whether an undo would be let through as things stand; the service decides anew."""
    others = Upload.objects.filter(brand_id=row.brand_id)
    open_states = [state.value for state in OPEN_STATES]
    if others.filter(Q(state__in=open_states) | Q(pk__gt=row.pk, state=UploadState.COMMITTED.value)).exists():
        return False
    touched = UploadChange.objects.of(row).filter(~Q(kind=ChangeKind.ABSENT.value) | Q(zeroed=True))
    # Begun with the few movements since it landed: looked up goods by goods, the page would take as long as the landing.
    since = Movement.objects.filter(pk__gt=row.landed_mark, kind=MovementKind.ALLOT.value)
    return not since.exists() or not since.filter(sku_id__in=touched.values("sku_id")).exists()


def _question_view(question: dict[str, Any]) -> QuestionView:
    return QuestionView(
        sheet=question["sheet"] or "",
        row=question["row"],
        field=question["field"],
        fingerprint=question["fingerprint"],
        message_zh=question["message_zh"],
        message_en=question["message_en"],
        candidates=[Candidate(**each) for each in question["candidates"]],
    )


def _change_view(row: UploadChange) -> ChangeView:
    return ChangeView(
        id=row.pk,
        kind=ChangeKind(row.kind),
        sku_id=row.sku_id,
        sheet=row.sheet,
        row=row.row,
        col=row.col,
        style_no=row.style_no,
        colour=row.colour,
        size=row.size,
        barcode=row.barcode,
        tag_price_fen=row.tag_price_fen,
        base_price_fen=row.base_price_fen,
        on_hand=row.on_hand,
        on_hand_delta=row.on_hand_delta,
        fields=[FieldChange(name, old, getattr(row, name)) for name, old in row.old.items()],
        jump=row.jump,
        norm_fen=row.norm_fen,
        zeroed=row.zeroed,
        allotted=0,
    )


def _with_allotted(view: ChangeView, allotted: int) -> ChangeView:
    return view if not allotted else replace(view, allotted=allotted)


def _style_view(row: UploadStyle, names: dict[int, str]) -> StyleChangeView:
    fields = [
        FieldChange("category", names.get(old, ""), row.category.name if row.category else "")
        if name == "category_id"
        else FieldChange(name, old, getattr(row, name))
        for name, old in row.old.items()
    ]
    return StyleChangeView(
        id=row.pk,
        is_new=not row.exists,
        sheet=row.sheet,
        row=row.row,
        style_no=row.style_no,
        name=row.name,
        category=row.category.name if row.category else "",
        season=row.season,
        year=row.year,
        gender=row.gender,
        picture=row.picture,
        defects=row.defects,
        fields=fields,
    )


def _fault_view(row: UploadFault) -> FaultView:
    return FaultView(
        id=row.pk,
        kind=FaultKind(row.kind),
        sheet=row.sheet,
        row=row.row,
        col=row.col,
        header=row.header,
        code=row.code,
        value=row.value,
        message_zh=row.message_zh,
        message_en=row.message_en,
        hint_zh=row.hint_zh,
        hint_en=row.hint_en,
    )
