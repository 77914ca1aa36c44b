"""The lines of wishes: those that the release before lines existed did not write, and their order lines."""

from collections.abc import Collection, Mapping, Sequence

from aftersales.selectors.exchanges import get_current_lines
from forwarding.models import Wish, WishLine
from forwarding.selectors.wish_desk import read_wish_recipient
from forwarding.selectors.wishes import NoSuchWishPage, is_wish_token, with_lines
from imports.phones import read_phone
from kernel.text import normalized, visible
from orders.rules.payments import GivenUp
from orders.rules.states import OrderState
from orders.selectors.orders import OrderLineView, get_own_order
from orders.services.given_up import give_up_lines, lock_placements


def lock_wish_of_page(token: str) -> Wish:
    """Lock the wish of a private page, with its order and what its views read, and before it what late money for the order locks."""
    reseller_id = Wish.objects.filter(token=token).values_list("reseller_id", flat=True).first()
    if not is_wish_token(token) or reseller_id is None:
        raise NoSuchWishPage
    lock_placements(reseller_id=reseller_id)
    row = with_lines(Wish.objects.select_for_update(of=("self",)).select_related("order")).filter(token=token).first()
    if row is None:
        raise NoSuchWishPage
    return row


def lock_wishes(reseller_id: int, wish_ids: Sequence[int]) -> list[Wish]:
    """Lock wishes of a reseller in the order of their ids, and load what their views read. A wish without lines gets its line."""
    ids = sorted(set(wish_ids))
    own = Wish.objects.filter(pk__in=ids, reseller_id=reseller_id)
    locked = list(own.select_for_update().order_by("pk").values_list("pk", "item_id", "units"))
    with_line = set(WishLine.objects.filter(wish_id__in=ids).values_list("wish_id", flat=True))
    missing = [
        WishLine(wish_id=pk, item_id=item_id, units=units) for pk, item_id, units in locked if pk not in with_line
    ]
    WishLine.objects.bulk_create(missing)
    return list(
        with_lines(Wish.objects.filter(pk__in=[pk for pk, _, _ in locked])).select_related("order").order_by("pk")
    )


def has_goods(wish: Wish) -> bool:
    """Whether the order of a wish is paid, and units for it were shipped or are still to come, also after an exchange."""
    order = get_own_order(wish.reseller_id, wish.order_id) if wish.order_id else None
    if order is None or order.state is not OrderState.PAID:
        return False
    own = set(WishLine.objects.filter(wish=wish).values_list("order_line_id", flat=True))
    current = get_current_lines(order, reseller_id=wish.reseller_id)
    return any(each.line.cancelled_units < each.line.units for key, each in current.items() if key in own)


def link_lines(
    wish_ids: Sequence[int], bought: Sequence[OrderLineView], *, recipients: Mapping[int, int | None]
) -> None:
    """Point the lines of wishes to the order lines with the same item and the recipient that `recipients` names for the wish, if any.

    A line whose item was not bought points to none. One that is taken out of the cart later points to none either, but was ordered.
    """
    lines = list(WishLine.objects.filter(wish_id__in=wish_ids))
    first_of: dict[tuple[int, int | None], int] = {}
    for each in bought:
        first_of.setdefault((each.item_id, each.recipient.id), each.id)
    for line in lines:
        line.order_line_id = first_of.get((line.item_id, recipients[line.wish_id]))
        line.was_ordered = line.order_line_id is not None
    WishLine.objects.bulk_update(lines, ["order_line", "was_ordered"])


def find_recipient_of_wish(wish: Wish, bought: Sequence[OrderLineView]) -> int | None:
    """Who of the recipients of an order gets the goods of a wish (FORWARD-9): the one whom the wish names, by name and telephone number.

    Where several have these, the address decides. Else it is the only recipient of these goods in the order; where there are several,
    it is nobody, so that no customer sees another one's parcel.
    """
    own = read_wish_recipient(wish)
    phone = read_phone(own.phone)
    everybody = {each.recipient.id: each.recipient for each in bought}.values()
    named = [each for each in everybody if phone and (each.name, each.phone) == (normalized(own.name), phone)]
    if len(named) > 1:
        named = [each for each in named if each.address == normalized(visible(own.address))]
    if named:
        return named[0].id if len(named) == 1 else None
    item_ids = set(WishLine.objects.filter(wish=wish).values_list("item_id", flat=True))
    of_goods = {each.recipient.id for each in bought if each.item_id in item_ids}
    return next(iter(of_goods)) if len(of_goods) == 1 else None


def give_up_order(wish_ids: Collection[int], why: GivenUp) -> None:
    """Keep late money from bringing back orders that wishes were in and that were not paid (ORDER-15).

    A wish whose goods are other ones in its order, as the reseller recorded it, gives up all lines of the order. Belongs under
    `lock_placements`, and before lines or orders of the wishes are replaced.
    """
    lines = list(WishLine.objects.filter(wish_id__in=wish_ids).select_related("wish"))
    ordered = {line.order_line_id for line in lines if line.order_line_id is not None}
    named = {line.wish_id for line in lines if line.order_line_id is not None or line.was_ordered}
    others = {line.wish.order_id for line in lines if line.wish_id not in named and line.wish.order_id is not None}
    give_up_lines(line_ids=ordered, order_ids=others, why=why)
