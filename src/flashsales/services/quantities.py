"""Setting the quantity terms of styles: by the brand for all its sales, by ops for a single sale too (SALE-9)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from brands.selectors.brands import require_staff
from db.transactions import atomic_with_retry
from flashsales.models import SaleItem, StyleQuantityTerms
from flashsales.rules import MAX_TERMS_UNITS, QuantityTerms, QuantityTermsFault, pack_in_words, quantity_terms_fault
from flashsales.services.draws import require_drawable_styles
from flashsales.services.locking import lock_sale, record_change
from inventory.selectors.styles import StyleSizes, sizes_of_styles
from kernel.refusal import Invalid, Missing

MAX_STYLES = 500
_AUDITED_STYLES = 20


class InvalidQuantityTerms(Invalid):
    """`fault`: `units`, `minimum` or `pack`."""

    code = "flashsales.invalid_quantity_terms"
    zh = "{why_zh}"
    en = "{why_en}"
    fault: str
    why_zh: str
    why_en: str


class NoStylesChosen(Invalid):
    code = "flashsales.no_styles_chosen"
    zh = "请选择 1 至 {max_styles} 款"
    en = "Choose 1 to {max_styles} styles"
    max_styles: int = MAX_STYLES


class NoSuchStyles(Missing):
    code = "flashsales.no_such_styles"
    zh = "没有这些款：{style_ids}"
    en = "There are no such styles: {style_ids}"
    style_ids: list[int]


class PackSizesMissing(Invalid):
    """`style_no` has no such `sizes`; `has_sizes` are those that it has."""

    code = "flashsales.pack_sizes_missing"
    zh = "{style_no} 没有尺码 {sizes_text}，它的尺码是 {has_text}；没有保存"
    en = "{style_no} has no size {sizes_text}, its sizes are {has_text}; nothing was saved"
    style_no: str
    sizes: list[str]
    has_sizes: list[str]
    sizes_text: str
    has_text: str


_FAULTS = {
    QuantityTermsFault.UNITS: (
        f"起批件数、倍数和每手件数须为 1 至 {MAX_TERMS_UNITS} 的整数",
        f"Minimum, multiple and the units of a pack are whole numbers from 1 to {MAX_TERMS_UNITS}",
    ),
    QuantityTermsFault.MINIMUM: (
        "起批 {min_units} 件不是 {step} 件的倍数，请改成 {next_units}",
        "A minimum of {min_units} is no multiple of {step}; make it {next_units}",
    ),
    QuantityTermsFault.PACK: (
        "按整手订的款不能再设倍数，也不能按每个颜色尺码起批",
        "A style that is ordered in packs has neither a multiple nor a minimum of each colour and size",
    ),
}


@atomic_with_retry
def set_quantity_terms(
    *,
    actor: Actor,
    brand_id: int,
    style_ids: Collection[int],
    terms: QuantityTerms | None,
    sale_id: int | None = None,
    now: datetime,
) -> int:
    """Set the terms of many styles in one act; returns how many. They count for orders from now on.

    Without a sale a clerk of the brand, or ops, sets them for all sales; None allows single pieces. With a sale, ops sets them for that
    sale instead; None returns to those of the brand, and default terms allow single pieces in that sale.

    Refuses terms that make no sense, styles that are not the brand's or not in the sale, a pack with a size that a style does not have, and
    terms by which a size of drawn goods could not be ordered by itself (SALE-25).
    """
    if not 0 < len(set(style_ids)) <= MAX_STYLES:
        raise NoStylesChosen
    if sale_id is None:
        require_staff(actor, brand_id, Role.OPS)
        found = sizes_of_styles(brand_id, style_ids)
    else:
        require_roles(actor, Role.OPS)
        found = _styles_of_sale(sale_id, brand_id, style_ids)
    if unknown := sorted(set(style_ids) - set(found)):
        raise NoSuchStyles(style_ids=unknown)
    if terms is None or (sale_id is None and terms.are_default):
        rows = StyleQuantityTerms.objects.filter(style_id__in=found)
        (rows.filter(sale=None) if sale_id is None else rows.filter(sale_id=sale_id)).delete()
    else:
        _require_sensible(terms)
        _save({style_id: _with_own_sizes(terms, each) for style_id, each in found.items()}, sale_id)
    require_drawable_styles(style_ids=list(found), now=now)
    _record(actor, brand_id, sale_id, [each.style_no for each in found.values()], terms, now)
    return len(found)


def copy_quantity_terms(*, from_sale_id: int, to_sale_id: int) -> None:
    """Give a sale the terms that ops set for another one, of the styles that both have."""
    styles = set(SaleItem.objects.filter(sale_id=to_sale_id).values_list("style_id", flat=True))
    rows = StyleQuantityTerms.objects.filter(sale_id=from_sale_id, style_id__in=styles)
    StyleQuantityTerms.objects.bulk_create(
        StyleQuantityTerms(style_id=row.style_id, sale_id=to_sale_id, terms=row.terms) for row in rows
    )


def _styles_of_sale(sale_id: int, brand_id: int, style_ids: Collection[int]) -> dict[int, StyleSizes]:
    row = lock_sale(sale_id)
    if row.brand_id != brand_id:
        raise NoSuchStyles(style_ids=sorted(style_ids))
    items = SaleItem.objects.filter(sale_id=sale_id, style_id__in=style_ids)
    return sizes_of_styles(brand_id, set(items.values_list("style_id", flat=True)))


def _require_sensible(terms: QuantityTerms) -> None:
    fault = quantity_terms_fault(terms)
    if fault is None:
        return
    zh, en = _FAULTS[fault]
    figures: dict[str, int] = {}
    if fault is QuantityTermsFault.MINIMUM:
        figures = {
            "min_units": terms.min_units,
            "step": terms.step,
            "next_units": terms.next_units(terms.min_units),
        }
    raise InvalidQuantityTerms(fault=fault.value, why_zh=zh.format(**figures), why_en=en.format(**figures))


def _with_own_sizes(terms: QuantityTerms, style: StyleSizes) -> QuantityTerms:
    """The terms with the sizes of the pack written as the style writes them, without regard to letter case."""
    own = {size.casefold(): size for size in style.sizes}
    missing = [size for size in terms.pack if size.casefold() not in own]
    if missing:
        raise PackSizesMissing(
            style_no=style.style_no,
            sizes=missing,
            has_sizes=style.sizes,
            sizes_text="、".join(missing),
            has_text="、".join(style.sizes),
        )
    return replace(terms, pack={own[size.casefold()]: units for size, units in terms.pack.items()})


def _save(terms: Mapping[int, QuantityTerms], sale_id: int | None) -> None:
    StyleQuantityTerms.objects.bulk_create(
        [
            StyleQuantityTerms(style_id=style_id, sale_id=sale_id, terms=each.to_json())
            for style_id, each in sorted(terms.items())
        ],
        update_conflicts=True,
        unique_fields=["style", "sale"],
        update_fields=["terms"],
    )


def _record(
    actor: Actor,
    brand_id: int,
    sale_id: int | None,
    style_nos: list[str],
    terms: QuantityTerms | None,
    now: datetime,
) -> None:
    details: dict[str, object] = {
        "styles": len(style_nos),
        "style_nos": style_nos[:_AUDITED_STYLES],
        "terms": None if terms is None else terms.to_json() | {"pack": pack_in_words(terms.pack)},
    }
    if sale_id is None:
        record(
            actor=actor,
            action="flashsales.set_quantity_terms",
            kind="brand",
            subject_id=brand_id,
            details=details,
            now=now,
        )
    else:
        record_change(actor, "set_quantity_terms", sale_id, details, now)
