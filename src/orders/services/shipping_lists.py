"""What a brand takes out of the service to work from: what it has to ship is marked before a list of it is read (ORDER-12).

A marked line is not exchanged any more, because somebody may be packing it. Who marks reads afterwards, and reads only what is marked:
what was paid in between is in the next list.
"""

from datetime import datetime

from accounts.rules import Actor
from brands.selectors.brands import require_own_brand
from db.transactions import atomic_with_retry
from orders import sql
from orders.rules.states import UNSHIPPED_STATES
from orders.selectors.shipping_desk import PickingLine, get_picking_list


@atomic_with_retry
def mark_listed(*, brand_id: int, state: str = "", now: datetime) -> None:
    """Mark all that a brand has to ship as being in a list that it downloads. `state`: of the consignments in the list, "" for all."""
    if not state or state in UNSHIPPED_STATES:
        sql.mark_listed(brand_id=brand_id, now=now)


def make_picking_list(*, actor: Actor, now: datetime) -> list[PickingLine]:
    """The picking list of a brand, whose consignments are marked."""
    brand = require_own_brand(actor)
    mark_listed(brand_id=brand.id, now=now)
    return get_picking_list(brand.id, listed_only=True)
