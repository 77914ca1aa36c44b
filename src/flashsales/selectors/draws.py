"""The draw of a sale (SALE-25): as everybody may see it, as a reseller sees it, and as ops see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from db.rows import view_of
from flashsales.models import Draw, DrawEntry, SaleItem
from flashsales.rules import SaleState, max_units_for
from flashsales.rules.draw import FORMAT, Drawn, DrawState, digest_of_entries, rank_entries, state_of
from flashsales.selectors.offers import read_quantity_terms
from flashsales.sql import draws as statements
from flashsales.sql.draws import DrawnItemRow, DrawResultRow
from kernel.refusal import Missing


class NoSuchDraw(Missing):
    code = "flashsales.no_such_draw"
    zh = "这场专场没有抽签"
    en = "The sale has no draw"


@dataclass(frozen=True, slots=True)
class DrawTimes:
    """The draw of a sale with its times; they are None before the publication. `order_minutes` is how long winners may order."""

    sale_id: int
    title: str
    state: DrawState
    entry_minutes: int
    order_minutes: int
    commitment: str
    opens_at: datetime | None
    closes_at: datetime | None
    drawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrawnGoods:
    """Goods that are drawn, under the style number, colour and size of their brand, and how many units of them are given out."""

    item_id: int
    goods: str
    units: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """An entry under its number. `won_units` is None as long as the units of its goods are not given out; `limit_units` says how many it
    could take where limits, terms or a deactivated account gave it fewer than its place."""

    item_id: int
    number: int
    units: int
    rank: int
    won_units: int | None
    limit_units: int | None


@dataclass(frozen=True, slots=True)
class PublishedDraw:
    """All of a draw that anybody needs to run it again. The commitment is published with the sale; seed, digest and entries when it is
    drawn, or called off after its close. Goods are named by their numbers only: anybody may read it, and the label of some is cut."""

    format: str
    sale_id: int
    state: DrawState
    commitment: str
    opens_at: datetime
    closes_at: datetime
    drawn_at: datetime | None
    seed: str | None
    entries_digest: str | None
    goods: list[DrawnGoods]
    entries: list[PublishedEntry]


@dataclass(frozen=True, slots=True)
class OwnDrawEntry:
    """An entry of a reseller. After the draw: her place, what she won, and what is reserved for her until when; `ordered_units` are those
    of it that she ordered."""

    number: int
    units: int
    rank: int | None
    won_units: int | None
    limit_units: int | None
    reserved_units: int
    reserved_until: datetime | None
    ordered_units: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class DrawItem:
    """A drawn SKU as a reseller sees it; `entry` is hers. `max_units` are the most for which she may enter now by her purchase
    limits, what she took and the terms of the size; 0 where they leave her none."""

    item_id: int
    style_id: int
    style_no: str
    style_name: str
    picture: str
    colour: str
    size: str
    goods: str
    units: int
    entry_count: int
    first_units: int
    step_units: int
    max_units: int
    entry: OwnDrawEntry | None


@dataclass(frozen=True, slots=True)
class DrawForReseller:
    """The draw of a sale with its goods and the entries of one reseller."""

    times: DrawTimes
    items: list[DrawItem] = field(default_factory=list)

    @property
    def takes_entries(self) -> bool:
        return self.times.state is DrawState.OPEN


@dataclass(frozen=True, slots=True)
class DrawForOps:
    """The draw of a sale with its goods and its first entries: who entered, what they won, and what became of it."""

    times: DrawTimes
    goods: list[DrawnGoods]
    results: list[DrawResultRow]


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """What ops entered for a draft: the times, and the style numbers and barcodes that mean the drawn goods.

    `entry_minutes` is None where there is no draw.
    """

    entry_minutes: int | None
    order_minutes: int
    codes: list[str]


def find_draw(sale_id: int, *, at: datetime) -> DrawTimes | None:
    """None where the sale has no draw."""
    row = Draw.objects.select_related("sale").filter(pk=sale_id).first()
    return None if row is None else _times(row, at)


def get_published_draw(sale_id: int, *, at: datetime) -> PublishedDraw:
    """From the publication of the sale on. Refuses a sale without a draw, and a draft."""
    row = Draw.objects.select_related("sale").filter(pk=sale_id, commitment__gt="").first()
    if row is None or row.opens_at is None or row.closes_at is None:
        raise NoSuchDraw
    sale = row.sale
    found_goods = _goods(statements.find_drawn_items(sale_id=sale_id, reseller_id=None, at=at))
    goods = [replace(each, goods=f"#{each.item_id}") for each in found_goods]
    # Who knows the seed could end the sale instead of holding a draw whose winners do not suit; so that is shown too.
    called_off_after_close = row.drawn_at is None and sale.closed_at is not None and sale.closed_at >= row.closes_at
    entries: list[PublishedEntry] = []
    digest = None
    if row.drawn_at is not None or called_off_after_close:
        rows = DrawEntry.objects.filter(draw=row, withdrawn_at=None)
        drawn = [Drawn(each.pk, each.item_id, each.units) for each in rows]
        ranks, digest = rank_entries(drawn, seed=row.seed), digest_of_entries(drawn)
        found = [view_of(PublishedEntry, each, number=each.pk, rank=each.rank or ranks[each.pk]) for each in rows]
        entries = sorted(found, key=lambda each: (each.item_id, each.rank))
    return PublishedDraw(
        format=FORMAT,
        sale_id=sale_id,
        state=_times(row, at).state,
        commitment=row.commitment,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        drawn_at=row.drawn_at,
        seed=None if digest is None else row.seed,
        entries_digest=row.entries_digest or digest,
        goods=goods,
        entries=entries,
    )


def get_draw_for_reseller(
    sale_id: int, *, reseller_id: int, style_id: int | None = None, at: datetime
) -> DrawForReseller:
    """The draw of a sale, or of one of its styles, with her entries. Refuses a sale whose draw is not published."""
    times = find_draw(sale_id, at=at)
    if times is None or times.state is DrawState.DRAFT or times.opens_at is None or times.opens_at > at:
        raise NoSuchDraw
    rows = statements.find_drawn_items(sale_id=sale_id, reseller_id=reseller_id, at=at)
    return DrawForReseller(times, [_item(row) for row in rows if style_id in (None, row.style_id)])


def get_draw_for_ops(sale_id: int, *, limit: int, at: datetime) -> DrawForOps | None:
    """None where the sale has no draw."""
    times = find_draw(sale_id, at=at)
    if times is None:
        return None
    goods = _goods(statements.find_drawn_items(sale_id=sale_id, reseller_id=None, at=at))
    return DrawForOps(times, goods, statements.find_results(sale_id=sale_id, limit=limit))


def get_draw_settings(sale_id: int) -> DrawSettings | None:
    """None where the sale has no draw. A style whose SKUs are all drawn is meant by its number, else each SKU by its barcode, or
    where it has none by the number of the style."""
    row = Draw.objects.filter(pk=sale_id).first()
    if row is None:
        return None
    items = SaleItem.objects.filter(sale_id=sale_id).select_related("sku", "style").order_by("style__style_no", "pk")
    drawn = [each for each in items if each.is_drawn]
    partial = {each.style_id for each in items if not each.is_drawn}
    codes = [(each.style_id in partial and each.sku.barcode) or each.style.style_no for each in drawn]
    return DrawSettings(row.entry_minutes, row.order_minutes, list(dict.fromkeys(codes)))


def _times(row: Draw, at: datetime) -> DrawTimes:
    sale = row.sale
    state = state_of(
        is_over=sale.state == SaleState.CANCELLED.value or (row.closes_at is not None and sale.ends_at <= at),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        drawn_at=row.drawn_at,
        at=at,
    )
    return view_of(DrawTimes, row, sale_id=row.pk, title=sale.title, state=state)


def _goods(rows: Sequence[DrawnItemRow]) -> list[DrawnGoods]:
    return [view_of(DrawnGoods, row) for row in rows]


def _item(row: DrawnItemRow) -> DrawItem:
    terms = read_quantity_terms(row.quantity_terms)
    limits = [(row.limit_units, row.own_item_taken), (row.sale_limit, row.own_sale_taken)]
    max_units = max_units_for(available=row.units, limits=limits)
    entry = None
    if row.own_number is not None:
        entry = OwnDrawEntry(
            number=row.own_number,
            units=row.own_units or 0,
            rank=row.own_rank,
            won_units=row.own_won_units,
            limit_units=row.own_limit_units,
            reserved_units=row.own_reserved_units or 0,
            reserved_until=row.own_reserved_until,
            ordered_units=row.own_taken_units or 0,
            is_over=bool(row.own_end),
        )
    return view_of(
        DrawItem,
        row,
        first_units=terms.first_units if terms else 1,
        step_units=terms.step if terms else 1,
        max_units=terms.last_units(max_units) if terms else max_units,
        entry=entry,
    )
