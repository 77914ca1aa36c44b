"""The freight of an order: written when it is placed or changed, returned with units that are refunded before shipping (ORDER-16)."""

from collections.abc import Mapping

from django.db.models import F, QuerySet

from flashsales.rules.freight import delivery_fault
from flashsales.selectors.freight import freight_terms_of, get_freight_of_sales
from kernel.refusal import Conflict
from orders import sql
from orders.models.lines import OrderLine
from orders.rules.freight import FreightLine, PaidFreight, freight_of_lines, freight_to_return
from orders.selectors.delivery import delivery_refusal, province_of
from orders.sql import OrderTotal


class FreightChanged(Conflict):
    code = "orders.freight_changed"
    zh = "运费已变，没有下单：您看到的是 ¥{expected}，现在是 ¥{freight}"
    en = "The freight has changed, nothing was ordered: you saw ¥{expected}, it is ¥{freight} now"
    expected_fen: int
    freight_fen: int


def write_freight(order_id: int) -> OrderTotal:
    """Give each line of an unpaid order its freight, by the frozen terms of its sale, and add up the order; returns what it costs then.

    Two statements, however many lines. Belongs into the transaction that placed or changed the order. Refuses goods that their sale does
    not deliver to a recipient (SALE-23).
    """
    rows = list(_lines_with_terms(order_id))
    provinces = {row.pk: _require_delivery(row) for row in rows}
    freight = freight_of_lines(
        [
            FreightLine(
                (row.sale_id, row.recipient_id),
                row.units,
                row.price_fen,
                freight_terms_of(row.sale.freight_terms),
                provinces[row.pk],
            )
            for row in rows
        ]
    )
    freight_fen = {row.pk: fen for row, fen in zip(rows, freight, strict=True)}
    return sql.write_freight(order_id=order_id, freight_fen=freight_fen, provinces=provinces)


def write_given_freight(order_id: int, freight_fen: int) -> None:
    """Give the only line of an unpaid order what the goods gave back whose place it takes (ORDER-16). Refuses as `write_freight`."""
    [row] = _lines_with_terms(order_id)
    province = _require_delivery(row)
    if freight_fen or province:
        sql.write_freight(order_id=order_id, freight_fen={row.pk: freight_fen}, provinces={row.pk: province})


def _lines_with_terms(order_id: int) -> QuerySet[OrderLine]:
    rows = OrderLine.objects.filter(order_id=order_id).order_by("pk")
    return rows.select_related("sale__freight_terms", "recipient")


def _require_delivery(row: OrderLine) -> str:
    """The province of the recipient of a line where the terms of its sale depend on it, else ""."""
    terms = freight_terms_of(row.sale.freight_terms)
    if not terms.are_by_province:
        return ""
    province = province_of(row.recipient.address)
    fault = delivery_fault(terms, province)
    if fault is not None:
        raise delivery_refusal(fault, sale=row.sale.title, province=province, what=row.recipient.name)
    return province


def get_freight_to_return(*, line_id: int, units: int) -> dict[int, int]:
    """What of the freight of each line goes back when `units` of this line are refunded before shipping, in fen by the id of the line.

    The order must be locked.
    """
    line = OrderLine.objects.get(pk=line_id)
    group = OrderLine.objects.filter(order_id=line.order_id, sale_id=line.sale_id, recipient_id=line.recipient_id)
    rows = list(
        group.values_list(
            "pk", F("units") - F("cancelled_units"), "price_fen", F("freight_fen") - F("returned_freight_fen")
        )
    )
    if not any(freight_fen for *_, freight_fen in rows):
        return {}
    terms = get_freight_of_sales([line.sale_id])[line.sale_id]
    paid = [PaidFreight(*row) for row in rows]
    return dict(freight_to_return(paid, line_id=line_id, units=units, terms=terms, province=line.province))


def return_freight(returned_fen: Mapping[int, int]) -> None:
    """Count freight of lines as returned, by the id of the line."""
    for line_id, fen in sorted(returned_fen.items()):
        OrderLine.objects.filter(pk=line_id).update(returned_freight_fen=F("returned_freight_fen") + fen)
