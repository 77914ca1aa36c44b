"""The steps that led to the price of an order line."""

from accounts.rules import Actor, Role
from membership.selectors.people import require_reseller
from orders.models.lines import OrderLine
from orders.selectors.orders import NoSuchOrder
from pricing.rules.explanations import ExplainedStep
from pricing.selectors.price_lists import explain_price


def explain_line_price(*, actor: Actor, order_id: int, line_id: int) -> list[ExplainedStep]:
    """The steps to the price that was paid, at the tier of that time, computed from the frozen price list of the sale (PRICE-12).

    They end in exactly the price of the line, even if the rules have changed since. A reseller sees only her own orders, and only the
    steps for resellers; ops and finance see all.
    """
    lines = OrderLine.objects.filter(pk=line_id, order=order_id)
    if actor.role is Role.RESELLER:
        lines = lines.filter(order__reseller=require_reseller(actor).id)
    line = lines.select_related("price_row").first()
    if line is None:
        raise NoSuchOrder(order_id=order_id)
    row = line.price_row
    return explain_price(
        list_id=row.price_list_id, sku_id=row.sku_id, tier=row.tier, role=actor.role, paid_fen=line.price_fen
    )
