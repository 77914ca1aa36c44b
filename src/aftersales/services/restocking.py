"""What happens to goods that came back: they stay with the brand, or are counted as stock again (AFTER-11)."""

from datetime import datetime

from accounts.rules import Actor
from aftersales.models.cases import Case
from aftersales.rules import Disposition
from inventory.rules import Move, MovementKind
from inventory.services.stock import move
from kernel.refusal import Conflict


class CutGoodsNotRestocked(Conflict):
    code = "aftersales.cut_goods_not_restocked"
    zh = "售后单 {case_id} 的货已剪标，不能退回库存再卖"
    en = "The label of the goods of case {case_id} is cut; they are not counted as stock again"
    case_id: int


def restock(*, actor: Actor, row: Case, disposition: Disposition | None, now: datetime) -> str:
    """The disposition of the goods of a case that arrived; None leaves them with the brand.

    STOCK adds the units to what the brand has on hand, by one movement per case. Goods with a cut label are refused.
    """
    if disposition is not Disposition.STOCK:
        return Disposition.BRAND.value
    if row.line.labelling == "cut":
        raise CutGoodsNotRestocked(case_id=row.pk)
    move(
        kind=MovementKind.RETURNED,
        moves=[Move(row.line.sku_id, on_hand_delta=row.units, allotted_delta=0)],
        cause=f"case:{row.pk}",
        actor=actor,
        now=now,
    )
    return Disposition.STOCK.value
