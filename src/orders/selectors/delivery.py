"""Where goods go: the province of a recipient, and the refusal of goods that their sale does not deliver there (SALE-23)."""

from collections.abc import Collection

from flashsales.rules import Offer
from flashsales.rules.freight import DeliveryFault
from flashsales.rules.provinces import PROVINCES
from imports.divisions import locate
from kernel.refusal import Conflict, Refusal
from orders.models.recipients import Recipient


class NoDelivery(Conflict):
    """`what`: the recipient, or the goods, for whom nothing was ordered."""

    code = "orders.no_delivery"
    zh = "「{sale}」不发{province}（{what}），没有下单"
    en = "{sale} does not deliver to {province_en} ({what}); nothing was ordered"
    sale: str
    province: str
    province_en: str
    what: str


class UnknownProvince(Conflict):
    """`what`: the recipient, or the goods, for whom nothing was ordered."""

    code = "orders.unknown_province"
    zh = "「{sale}」的运费按省算，收货地址里看不出是哪个省（{what}），没有下单；请把省、市写全"
    en = "The freight of {sale} depends on the province, and the address names none ({what}); nothing was ordered, write province and city"
    sale: str
    what: str


def province_of(address: str) -> str:
    """The full name of the province of an address, "" where it names none and none follows from its city. Nothing is guessed."""
    located = locate(address)
    return located.division.province if located else ""


def find_provinces(recipient_ids: Collection[int]) -> dict[int, str]:
    """The provinces of recipients by their ids; one statement."""
    rows = Recipient.objects.filter(pk__in=set(recipient_ids)).values_list("pk", "address")
    return {recipient_id: province_of(address) for recipient_id, address in rows}


def find_own_provinces(reseller_id: int, recipient_ids: Collection[int]) -> dict[int, str]:
    """The same for those of the recipients that are a reseller's; one statement."""
    rows = Recipient.objects.filter(pk__in=set(recipient_ids), reseller_id=reseller_id)
    return {recipient_id: province_of(address) for recipient_id, address in rows.values_list("pk", "address")}


def depend_on_province(offers: Collection[Offer]) -> bool:
    """Whether the terms of one of these sales name a province."""
    return any(offer.freight_terms is not None and offer.freight_terms.are_by_province for offer in offers)


def delivery_refusal(fault: DeliveryFault, *, sale: str, province: str, what: str) -> Refusal:
    """The refusal of goods that do not go to a province."""
    if fault is DeliveryFault.UNKNOWN_PROVINCE:
        return UnknownProvince(sale=sale, what=what)
    short, english = PROVINCES[province]
    return NoDelivery(sale=sale, province=short, province_en=english, what=what)
