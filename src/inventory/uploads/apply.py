"""An upload lands: everything that its preview showed, in one transaction, by sets; and is undone just so (STOCK-3, STOCK-8).

What it moved is its list of changes, which is kept as it landed: it is a page of movements. When it is undone the page is written out as
movements, and the way back behind them (docs/decisions/0020).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import ForeignKey, ForeignObjectRel, Model

from accounts.rules import Actor
from accounts.services.audit import record
from db import sql
from db.transactions import atomic_with_retry
from inventory.models import Sku, Style, Upload, UploadChange
from inventory.rules import MovementKind, UploadState
from inventory.uploads.receive import OPEN, UploadUnderWay, lock_uploads, locked_upload, next_movement
from inventory.uploads.selectors import UploadView, upload
from kernel.refusal import Conflict

_LOCK = """
SELECT s.id FROM inventory_sku s JOIN inventory_uploadchange c ON c.sku_id = s.id
WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND (c.exists OR %(undoing)s)
  AND (c.kind <> 'absent' OR c.zeroed)
ORDER BY s.id FOR UPDATE OF s
"""

_BOUND = """
SELECT count(*) AS goods, coalesce(min(c.row), 0) AS row, coalesce(sum(s.allotted), 0) AS units
FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND c.exists
  AND ((c.kind <> 'absent' AND s.on_hand + c.on_hand_delta < s.allotted) OR (c.zeroed AND s.allotted > 0))
"""

_CHANGE_GOODS = (
    """
    UPDATE inventory_sku s SET colour = c.colour, size = c.size, barcode = c.barcode, tag_price_fen = c.tag_price_fen,
           base_price_fen = c.base_price_fen, on_hand = s.on_hand + c.on_hand_delta, listed = true
    FROM inventory_uploadchange c
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND c.kind IN ('added', 'changed') AND c.exists AND s.id = c.sku_id
    """,
    # What the clerk chose to set to zero goes to zero, whatever was sold since the preview.
    """
    UPDATE inventory_uploadchange c SET on_hand_delta = -s.on_hand, on_hand = 0
    FROM inventory_sku s
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s
      AND c.kind = 'absent' AND c.zeroed AND s.id = c.sku_id
    """,
    """
    UPDATE inventory_sku s SET on_hand = 0
    FROM inventory_uploadchange c
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND c.kind = 'absent' AND c.zeroed AND s.id = c.sku_id
    """,
)

_STYLES = (
    """
    INSERT INTO inventory_style (id, brand_id, style_no, name, category_id, season, year, gender, picture, defects)
    SELECT style_id, %(brand)s, style_no, name, category_id, season, year, gender, picture, defects
    FROM inventory_uploadstyle WHERE upload_id = %(upload)s AND NOT exists
    """,
    """
    UPDATE inventory_style t SET name = c.name, category_id = c.category_id, season = c.season, year = c.year,
           gender = c.gender, picture = c.picture, defects = c.defects
    FROM inventory_uploadstyle c WHERE c.upload_id = %(upload)s AND c.exists AND t.id = c.style_id
    """,
)

_NEW_GOODS = """
INSERT INTO inventory_sku
    (id, brand_id, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, allotted, listed)
SELECT sku_id, %(brand)s, style_id, colour, size, barcode, tag_price_fen, base_price_fen, on_hand, 0, true
FROM inventory_uploadchange c
WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND kind = 'added' AND NOT exists
"""

_ALLOTTED_SINCE = """
SELECT EXISTS (
    SELECT FROM inventory_uploadchange c JOIN inventory_movement m ON m.sku_id = c.sku_id
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s
      AND (c.kind <> 'absent' OR c.zeroed) AND m.kind = 'allot' AND m.id > %(mark)s
) AS allotted
"""

_BOUND_AFTER_UNDO = """
SELECT count(*) AS goods FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND (c.kind <> 'absent' OR c.zeroed)
  AND CASE WHEN c.kind = 'added' THEN 0 ELSE s.on_hand - c.on_hand_delta END < s.allotted
"""

# Goods that this upload brought and that nothing names: no movement, no draft of a sale, no rule. They have no history but its own.
_REMOVABLE = """
CREATE TEMP TABLE undone_sku ON COMMIT DROP AS
SELECT c.sku_id, s.brand_id FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND c.kind = 'added' AND NOT c.exists AND {unnamed}
"""

_REMOVE_STYLES = """
DELETE FROM inventory_style t USING inventory_uploadstyle c
WHERE c.upload_id = %(upload)s AND NOT c.exists AND t.id = c.style_id AND {unnamed}
"""

_WRITE_OUT = """
INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
SELECT c.sku_id, %(kind)s, 'upload:' || u.id, c.on_hand_delta, 0, u.ended_at, u.landed_by_id
FROM inventory_upload u JOIN inventory_uploadchange c ON c.upload_id = u.id
WHERE u.id = %(upload)s AND u.is_page AND c.id BETWEEN %(low)s AND %(high)s AND c.on_hand_delta <> 0 AND (c.kind <> 'absent' OR c.zeroed)
  AND NOT EXISTS (SELECT FROM undone_sku removed WHERE removed.sku_id = c.sku_id)
ORDER BY c.id
"""

_UNDO = (
    # First the movements: goods that go altogether take with them what was since adjusted by hand.
    """
    INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
    SELECT sku_id, %(kind)s, %(cause)s, delta, 0, %(now)s, %(person)s FROM (
        SELECT c.id, c.sku_id, CASE WHEN c.kind = 'added' THEN -s.on_hand ELSE -c.on_hand_delta END AS delta
        FROM inventory_uploadchange c JOIN inventory_sku s ON s.id = c.sku_id
        WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s AND (c.kind <> 'absent' OR c.zeroed)
          AND NOT EXISTS (SELECT FROM undone_sku removed WHERE removed.sku_id = c.sku_id)
    ) back WHERE delta <> 0 ORDER BY id
    """,
    """
    UPDATE inventory_sku s SET on_hand = 0, listed = false, barcode = NULL
    FROM inventory_uploadchange c
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s
      AND c.kind = 'added' AND s.id = c.sku_id
    """,
    """
    UPDATE inventory_sku s SET
        on_hand = s.on_hand - c.on_hand_delta,
        colour = CASE WHEN c.old ? 'colour' THEN c.old->>'colour' ELSE s.colour END,
        size = CASE WHEN c.old ? 'size' THEN c.old->>'size' ELSE s.size END,
        barcode = CASE WHEN c.old ? 'barcode' THEN c.old->>'barcode' ELSE s.barcode END,
        tag_price_fen = coalesce((c.old->>'tag_price_fen')::bigint, s.tag_price_fen),
        base_price_fen = coalesce((c.old->>'base_price_fen')::bigint, s.base_price_fen)
    FROM inventory_uploadchange c
    WHERE c.id BETWEEN %(low)s AND %(high)s AND c.upload_id = %(upload)s
      AND (c.kind = 'changed' OR (c.kind = 'absent' AND c.zeroed)) AND s.id = c.sku_id
    """,
    """
    UPDATE inventory_style t SET
        name = coalesce(c.old->>'name', t.name),
        category_id = CASE WHEN c.old ? 'category_id' THEN (c.old->>'category_id')::bigint ELSE t.category_id END,
        season = coalesce(c.old->>'season', t.season),
        year = CASE WHEN c.old ? 'year' THEN (c.old->>'year')::smallint ELSE t.year END,
        gender = coalesce(c.old->>'gender', t.gender),
        picture = coalesce(c.old->>'picture', t.picture),
        defects = coalesce(c.old->>'defects', t.defects)
    FROM inventory_uploadstyle c WHERE c.upload_id = %(upload)s AND c.exists AND t.id = c.style_id
    """,
)


@dataclass(eq=False)
class PricesNeedConfirmation(Conflict):
    code = "inventory.prices_need_confirmation"
    zh = "有 {goods} 种货品的价格与以往相差悬殊（例如 {example}），请核对后再次确认"
    en = "The prices of {goods} goods are far from what they were (for example {example}); check and confirm once more"
    goods: int
    example: str


@dataclass(eq=False)
class StockBoundMeanwhile(Conflict):
    code = "inventory.stock_bound_meanwhile"
    zh = "预览之后有 {goods} 种货品（{units} 件）被分配给专场，正在重新生成预览"
    en = "Since the preview {goods} goods ({units} units) were bound to sales; a new preview is being made"
    goods: int
    units: int


@dataclass(eq=False)
class TooLateToUndo(Conflict):
    code = "inventory.too_late_to_undo"
    zh = "此次上传的货品已有分配给专场的，不能撤销"
    en = "Goods of this upload have been allotted to a sale; it can no longer be undone"


@dataclass(eq=False)
class LaterUploadStands(Conflict):
    code = "inventory.later_upload_stands"
    zh = "之后还有一次上传（第 {upload_id} 号），请先撤销它"
    en = "A later upload ({upload_id}) stands on this one; undo that first"
    upload_id: int


def commit_upload(*, actor: Actor, upload_id: int, confirm_prices: bool = False, now: datetime) -> UploadView:
    """Land what the preview showed, all or nothing (STOCK-3); committing it again changes nothing.

    Prices that jump need `confirm_prices` (STOCK-6). Where stock was bound to a sale since the preview, the upload goes back to be
    read anew and the refusal says so; the entry point nudges.
    """
    try:
        return _commit(actor=actor, upload_id=upload_id, confirm_prices=confirm_prices, now=now)
    except StockBoundMeanwhile:
        Upload.objects.filter(pk=upload_id, state=UploadState.PREVIEW.value).update(
            state=UploadState.RECEIVED.value, attempt=0
        )
        raise


@atomic_with_retry
def undo_upload(*, actor: Actor, upload_id: int, now: datetime) -> UploadView:
    """Put the stock back as it was before an upload landed, until the first unit of it is allotted to a sale (STOCK-8).

    Goods and styles that it brought are deleted where nothing names them, else kept unlisted; the upload counts both. Only the latest
    upload that stands can be undone, and none while another is open.
    """
    sql.lift_statement_limit()
    row = locked_upload(actor, upload_id, UploadState.COMMITTED)
    lock_uploads(row.brand_id)  # the next one is received before or after, and finds all or none of the goods
    _refuse_if_others(row)
    assert row.landed_mark is not None
    parameters = _parameters(row) | {
        "mark": row.landed_mark,
        "kind": MovementKind.UPLOAD.value,
        "cause": f"upload:{row.pk}:undo",
        "now": now,
        "person": actor.person_id,
    }
    _prepare()
    _lock(parameters, undoing=True)
    if sql.rows(_ALLOTTED_SINCE, parameters)[0]["allotted"] or sql.rows(_BOUND_AFTER_UNDO, parameters)[0]["goods"]:
        raise TooLateToUndo
    sql.execute(_REMOVABLE.format(unnamed=_unnamed(Sku, "s")), parameters)
    for statement in (_WRITE_OUT, *_UNDO):
        sql.execute(statement, parameters)
    row.removed_skus = sql.execute(
        "DELETE FROM inventory_sku s USING undone_sku removed WHERE s.id = removed.sku_id", parameters
    )
    row.removed_styles = sql.execute(_REMOVE_STYLES.format(unnamed=_unnamed(Style, "t")), parameters)
    row.kept_skus = row.added - row.removed_skus
    sql.execute("DROP TABLE undone_sku", {})
    row.state, row.undone_at, row.is_page = UploadState.UNDONE.value, now, False
    row.save(update_fields=["state", "undone_at", "is_page", "removed_skus", "removed_styles", "kept_skus"])
    details = {
        "removed_skus": row.removed_skus,
        "removed_styles": row.removed_styles,
        "kept_skus": row.kept_skus,
    }
    record(actor=actor, action="inventory.undo_upload", kind="upload", subject_id=row.pk, details=details, now=now)
    return upload(row.pk)


@atomic_with_retry
def _commit(*, actor: Actor, upload_id: int, confirm_prices: bool, now: datetime) -> UploadView:
    sql.lift_statement_limit()
    row = locked_upload(actor, upload_id, UploadState.PREVIEW, UploadState.COMMITTED)
    if row.state == UploadState.COMMITTED.value:
        return upload(row.pk)
    if row.jumps and not confirm_prices:
        raise _jumps(row)
    parameters = _parameters(row)
    _prepare()
    if Sku.objects.filter(brand_id=row.brand_id).exists():
        _lock(parameters, undoing=False)
        bound = sql.rows(_BOUND, parameters)[0]
        if bound["goods"]:
            raise StockBoundMeanwhile(goods=bound["goods"], units=bound["units"])
        for statement in _CHANGE_GOODS:
            sql.execute(statement, parameters)
    for statement in (*_STYLES, _NEW_GOODS):
        sql.execute(statement, parameters)
    row.state, row.ended_at, row.landed_by_id = UploadState.COMMITTED.value, now, actor.person_id
    row.landed_mark, row.is_page = next_movement(), True
    row.save(update_fields=["state", "ended_at", "landed_by", "landed_mark", "is_page"])
    view = upload(row.pk)
    details = {
        "added": view.added,
        "changed": view.changed,
        "zeroed": view.zeroed,
        "faults": view.faults,
        "prices_confirmed": bool(view.jumps),
    }
    record(actor=actor, action="inventory.commit_upload", kind="upload", subject_id=row.pk, details=details, now=now)
    return view


def _unnamed(model: type[Model], alias: str) -> str:
    """An SQL condition: no row of any table of the service names the row `alias` of `model` by a foreign key."""
    conditions = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            table, column = relation.related_model._meta.db_table, relation.field.column
            of_brand = (
                f" AND r.brand_id = {alias}.brand_id" if table == "inventory_sku" else ""
            )  # its index begins with it
            conditions.append(f'NOT EXISTS (SELECT FROM "{table}" r WHERE r."{column}" = {alias}.id{of_brand})')
    return " AND ".join(conditions)


def _prepare() -> None:
    """Check keys at once, which costs half of what a deferred queue does; sort and hash in memory."""
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL work_mem = '64MB'", {})


def _lock(parameters: dict[str, object], *, undoing: bool) -> None:
    """Lock the goods, in the one order in which all lock them. Goods that are only being added are nobody else's yet."""
    sql.execute(_LOCK, parameters | {"undoing": undoing})


def _parameters(row: Upload) -> dict[str, object]:
    return {"upload": row.pk, "low": row.changes_from, "high": row.changes_to, "brand": row.brand_id}


def _jumps(row: Upload) -> PricesNeedConfirmation:
    jumping = UploadChange.objects.of(row).exclude(jump="")
    first = jumping.order_by("id")[0]
    return PricesNeedConfirmation(goods=row.jumps, example=f"{first.style_no} {first.colour} {first.size}")


def _refuse_if_others(row: Upload) -> None:
    others = Upload.objects.filter(brand_id=row.brand_id).exclude(pk=row.pk)
    open_one = others.filter(state__in=OPEN).first()
    if open_one is not None:
        raise UploadUnderWay(upload_id=open_one.pk, filename=open_one.filename)
    # One is open at a time, so they land in the order in which they came.
    latest = others.filter(state=UploadState.COMMITTED.value, pk__gt=row.pk).order_by("-id").first()
    if latest is not None:
        raise LaterUploadStands(upload_id=latest.pk)
