"""The refusals of placements that break quantity terms or an order minimum; each names what is asked and what is needed (ORDER-14)."""

from flashsales.rules import Offer, QuantityTerms, pack_in_words
from kernel.refusal import Conflict, Refusal
from orders.rules.quantities import Breach, BreachKind


class QuantityNotAllowed(Conflict):
    """`goods`: the style number, or style, colour and size where the terms count each SKU. `needed_units`: the next number allowed."""

    code = "orders.quantity_not_allowed"
    zh = "{goods} 要求 {terms_zh}，这一单是 {units} 件，请改成 {needed_units} 件，再加 {missing_units} 件就够"
    en = "{goods} is sold as {terms_en}; the order has {units} units, make it {needed_units}: {missing_units} more"
    style_id: int
    goods: str
    terms_zh: str
    terms_en: str
    units: int
    min_units: int
    multiple_of: int
    needed_units: int
    missing_units: int


class NotWholePacks(Conflict):
    """`asked`, `needed` and `missing` are units by size, of one colour for one recipient; `needed` has the next whole number of packs.

    `missing` is empty where units have to be taken out.
    """

    code = "orders.not_whole_packs"
    zh = "{goods} 按整手订，一手是 {pack_text}（同一颜色、同一收货人），这一单是 {asked_text}，请改成 {needed_text}{missing_zh}"
    en = (
        "{goods} is sold in whole packs of {pack_text} (one colour, one recipient); the order has {asked_text}, make it"
        " {needed_text}{missing_en}"
    )
    style_id: int
    goods: str
    pack: dict[str, int]
    asked: dict[str, int]
    needed: dict[str, int]
    pack_text: str
    asked_text: str
    needed_text: str
    missing: dict[str, int]
    missing_zh: str
    missing_en: str


class BelowOrderAmount(Conflict):
    code = "orders.below_order_amount"
    zh = "「{brand}」一单起订 ¥{min}，这一单只有 ¥{asked}，还差 ¥{missing}"
    en = "An order of {brand} starts at ¥{min}; this one has ¥{asked}, ¥{missing} are missing"
    brand_id: int
    brand: str
    min_fen: int
    asked_fen: int
    missing_fen: int


class BelowOrderUnits(Conflict):
    code = "orders.below_order_units"
    zh = "「{brand}」一单起订 {min_units} 件，这一单只有 {units} 件，还差 {missing_units} 件"
    en = "An order of {brand} starts at {min_units} units; this one has {units}, {missing_units} are missing"
    brand_id: int
    brand: str
    min_units: int
    units: int
    missing_units: int


class TooFewLeftForTerms(Conflict):
    code = "orders.too_few_left_for_terms"
    zh = "{goods} 要求 {terms_zh}，剩下的凑不齐，没有下这些"
    en = "{goods} is sold as {terms_en}; too few are left for that, so these were not ordered"
    style_id: int
    goods: str
    terms_zh: str
    terms_en: str


class TooFewLeftForMinimum(Conflict):
    code = "orders.too_few_left_for_minimum"
    zh = "「{brand}」有起订额，能订到的凑不够，没有下这些"
    en = "{brand} has an order minimum; too few of its goods can be had, so these were not ordered"
    brand_id: int
    brand: str


def refusal_of_breach(breach: Breach) -> Refusal:
    """The refusal of lines that together break terms."""
    offer, terms = breach.offer, breach.offer.quantity_terms or QuantityTerms()
    match breach.kind:
        case BreachKind.ORDER_MINIMUM:
            return _below_minimum(breach)
        case BreachKind.PACKS:
            sizes = dict.fromkeys([*terms.pack, *breach.asked])
            asked = {size: breach.asked[size] for size in sizes if breach.asked.get(size)}
            needed, missing = dict(breach.needed), dict(breach.gap.units_by_size)
            missing_text = pack_in_words(missing)
            return NotWholePacks(
                style_id=offer.style_id,
                goods=" ".join(filter(None, (offer.style_no, offer.colour))),
                pack=terms.pack,
                asked=asked,
                needed=needed,
                pack_text=pack_in_words(terms.pack),
                asked_text=pack_in_words(asked),
                needed_text=pack_in_words(needed),
                missing=missing,
                missing_zh=f"，再加 {missing_text}" if missing else "",
                missing_en=f": {missing_text} more" if missing else "",
            )
        case _:
            return QuantityNotAllowed(
                style_id=offer.style_id,
                goods=offer.description if terms.per_sku else offer.style_no,
                terms_zh=terms.zh,
                terms_en=terms.en,
                units=breach.units,
                min_units=terms.min_units,
                multiple_of=terms.multiple_of,
                needed_units=breach.needed_units,
                missing_units=breach.gap.units,
            )


def refusal_of_rest(offer: Offer, *, is_minimum: bool) -> Refusal:
    """The refusal of a line that was asked for rightly, where what is left breaks the terms, or with `is_minimum` the order minimum."""
    if is_minimum:
        return TooFewLeftForMinimum(brand_id=offer.brand_id, brand=offer.brand_name)
    terms = offer.quantity_terms or QuantityTerms()
    return TooFewLeftForTerms(style_id=offer.style_id, goods=offer.style_no, terms_zh=terms.zh, terms_en=terms.en)


def _below_minimum(breach: Breach) -> Refusal:
    offer, minimum = breach.offer, breach.offer.order_minimum
    min_fen = (minimum.min_fen if minimum else None) or 0
    min_units = (minimum.min_units if minimum else None) or 0
    if breach.fen < min_fen:
        return BelowOrderAmount(offer.brand_id, offer.brand_name, min_fen, breach.fen, min_fen - breach.fen)
    return BelowOrderUnits(offer.brand_id, offer.brand_name, min_units, breach.units, min_units - breach.units)
