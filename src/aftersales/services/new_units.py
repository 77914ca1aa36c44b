"""The units that take the place of others, in an exchange or as a substitute: locked, and taken only as they were shown."""

from dataclasses import dataclass
from datetime import datetime

from flashsales.rules import Offer, RemainingUnits
from flashsales.selectors.offers import get_offers
from flashsales.services.units import ItemUnits, require_live_sale, shortfall_refusal
from membership.selectors.people import BuyerView
from orders.services.cart import OtherStyle
from orders.services.placing_refusals import price_changed


@dataclass(frozen=True, slots=True)
class NewUnits:
    """Units of an item of a style in a sale, at the unit price in fen that she was shown."""

    item_id: int
    units: int
    sale_id: int
    sale_title: str
    style_id: int
    seen_fen: int


def lock_new_units(buyer: BuyerView, new: NewUnits, now: datetime, *, given_back: ItemUnits | None = None) -> Offer:
    """The offer of the item; the sale, the item and that of `given_back` are locked until the transaction ends.

    What is given back does not count against her limits. Refuses an item that is given back or is not of the style in the sale, units
    that she may not take, and another price than the one shown.
    """
    require_live_sale(sale_id=new.sale_id, title=new.sale_title, at=now)
    item_ids = {new.item_id} | ({given_back.item_id} if given_back else set())
    offers = get_offers(item_ids=sorted(item_ids), tier=buyer.tier.value, reseller_id=buyer.id, at=now, for_update=True)
    offer = offers.get(new.item_id)
    is_same = given_back is not None and given_back.item_id == new.item_id
    if offer is None or is_same or (offer.sale_id, offer.style_id) != (new.sale_id, new.style_id):
        raise OtherStyle
    remaining = RemainingUnits(offers)
    if given_back is not None:
        remaining.give(given_back.item_id, -given_back.units)
    given, shortfall = remaining.take(new.item_id, new.units)
    if shortfall is not None and given < new.units:
        raise shortfall_refusal(new.item_id, offer, shortfall)
    if offer.price_fen != new.seen_fen:
        raise price_changed(offer, new.seen_fen, offer.price_fen or 0)
    return offer
