"""Writes of quantities of stock and of a brand's categories."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import get_brand
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from inventory.models import BrandCategory, Category, Movement, Sku
from inventory.rules import Move, MovementKind
from inventory.sql import stock as sql_stock
from kernel.refusal import Conflict, Invalid, Missing, require_key, require_reason

MAX_KEY = 50
MAX_REASON = 300
"""With what goes before it, a key fits into the cause of a movement."""


class NotEnoughStock(Conflict):
    code = "inventory.not_enough_stock"
    zh = "库存不足或已变动，请刷新后重试"
    en = "There is not enough stock, or it has just changed; look again"


class NoSuchCategory(Missing):
    code = "inventory.no_such_category"
    zh = "没有可用的类目：{codes}"
    en = "No such admitted category: {codes}"
    codes: str


class NothingToAdjust(Invalid):
    code = "inventory.nothing_to_adjust"
    zh = "调整件数不能为零"
    en = "An adjustment must not be of zero units"


class AdjustmentKeyConflict(Conflict):
    code = "inventory.adjustment_key_conflict"
    zh = "此请求编号已用于此 SKU 的另一次调整（{units} 件）"
    en = "The idempotency key was used for another adjustment of this SKU ({units} units)"
    units: int


class NoSuchSku(Missing):
    code = "inventory.no_such_sku"
    zh = "没有 SKU {sku_id}"
    en = "There is no SKU {sku_id}"
    sku_id: int


def move(*, kind: MovementKind, moves: Sequence[Move], cause: str, actor: Actor, now: datetime) -> None:
    """Change the units of SKUs for one cause: `move_for_causes` with one."""
    move_for_causes(kind=kind, moves={cause: moves}, actor=actor, now=now)


def move_units_sql() -> str:
    """The common table expressions that change the units of SKUs and append their movements, for a statement that moves units itself.

    Before them: `moves(sku_id, on_hand, allotted, cause)`, each SKU once for a cause. Parameters: `kind`, `person_id`, `now`. They yield
    `movements(id)`; fewer rows than moves mean that the caller must roll back.
    """
    return sql_stock.MOVE_UNITS


def move_for_causes(*, kind: MovementKind, moves: Mapping[str, Sequence[Move]], actor: Actor, now: datetime) -> None:
    """Change the units of SKUs and append their movements by cause, all or nothing, in one statement (STOCK-1).

    Each SKU may stand once in the moves of a cause. Refuses to let on hand fall below allotted (STOCK-2).
    """
    changing = [
        (cause, each)
        for cause, of_cause in moves.items()
        for each in of_cause
        if each.on_hand_delta or each.allotted_delta
    ]
    if not changing:
        return
    if len({(cause, each.sku_id) for cause, each in changing}) != len(changing):
        raise ValueError(f"a SKU stands twice in the moves for one of {', '.join(moves)}")
    try:
        with transaction.atomic():
            moved = sql_stock.move_units(
                sku_ids=[each.sku_id for _, each in changing],
                on_hand=[each.on_hand_delta for _, each in changing],
                allotted=[each.allotted_delta for _, each in changing],
                causes=[cause for cause, _ in changing],
                kind=kind.value,
                person_id=actor.person_id,
                now=now,
            )
    except IntegrityError as error:
        if constraint_of(error) == "sku_units_sound":
            raise NotEnoughStock from error
        raise
    if moved != len(changing):
        raise ValueError(f"{len(changing) - moved} SKUs do not exist in the moves for {', '.join(moves)}")


@atomic_with_retry
def adjust(*, actor: Actor, sku_id: int, units: int, reason: str, key: str, now: datetime) -> None:
    """Correct what is on hand by hand, up or down, with a reason.

    The same key counts once for a SKU; with other units it is refused.
    """
    require_roles(actor, Role.OPS)
    require_reason(reason, max_length=MAX_REASON)
    if not units:
        raise NothingToAdjust
    require_key(key, max_length=MAX_KEY)
    locked = Sku.objects.select_for_update(no_key=True).filter(pk=sku_id).values_list("pk", flat=True)
    if locked.first() is None:
        raise NoSuchSku(sku_id=sku_id)
    cause = f"adjust:{key}"
    earlier = Movement.objects.filter(sku_id=sku_id, kind=MovementKind.ADJUST.value, cause=cause).first()
    if earlier is not None:
        if earlier.on_hand_delta != units:
            raise AdjustmentKeyConflict(units=earlier.on_hand_delta)
        return
    move(
        kind=MovementKind.ADJUST,
        moves=[Move(sku_id, on_hand_delta=units, allotted_delta=0)],
        cause=cause,
        actor=actor,
        now=now,
    )
    details = {"units": units, "reason": reason}
    record(actor=actor, action="inventory.adjust", kind="sku", subject_id=sku_id, details=details, now=now)


@transaction.atomic
def set_brand_categories(*, actor: Actor, brand_id: int, codes: Sequence[str], now: datetime) -> None:
    """Say which categories a brand is admitted for; a parent stands for all below it."""
    require_roles(actor, Role.OPS)
    get_brand(brand_id)
    found = list(Category.objects.filter(code__in=codes, admitted=True))
    unknown = sorted(set(codes) - {category.code for category in found})
    if unknown or not codes:
        raise NoSuchCategory(codes=", ".join(unknown) or "—")
    BrandCategory.objects.filter(brand_id=brand_id).exclude(category__in=found).delete()
    BrandCategory.objects.bulk_create(
        [BrandCategory(brand_id=brand_id, category=category) for category in found], ignore_conflicts=True
    )
    details = {"categories": sorted(codes)}
    record(
        actor=actor,
        action="inventory.set_brand_categories",
        kind="brand",
        subject_id=brand_id,
        details=details,
        now=now,
    )


def lock_skus(sku_ids: Sequence[int]) -> None:
    """Lock SKUs by their ids until the transaction ends, against changes of stock and other publications; rows may still refer to them."""
    sql_stock.lock_skus(sku_ids=sku_ids)


def lock_and_read_free_units(sku_ids: Sequence[int]) -> dict[int, int]:
    """Units on hand that are not allotted, by SKU, with those SKUs locked until the transaction ends."""
    return sql_stock.lock_and_read_free_units(sku_ids=sku_ids)
