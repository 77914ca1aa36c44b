"""Base prices from discounts (IMPORT-9), and prices that cannot be (IMPORT-10)."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import compress

from imports import fields
from imports.cells.numbers import discounted_fen, parse_discount, price_text
from imports.cells.text import MISSING, Problem
from imports.stock_sheet.column import Column
from imports.stock_sheet.table_lines import TableLines

_MAX_TAG_FEN = 20_000_000
_MIN_TAG_FEN = 100
_MIN_BASE_FEN = 50
_MAX_TAG_PER_BASE = 50
_OUTLIER_FACTOR = 5
_MIN_TAG_FOR_SHARE_FEN = 2000

Price = int | Problem
Rate = Decimal | Problem | None


def price_by_discounts(lines: TableLines) -> None:
    """Make base prices from tag prices and discounts: all of them, or where a column of base prices has blanks."""
    tags, discount = lines.tag_price.values, lines.discount
    rates = discount.values
    if fields.BASE_PRICE not in lines.columns:
        values = [_price_by_discount(tag, rate) for tag, rate in zip(tags, rates, strict=True)]
        lines.columns[fields.BASE_PRICE] = Column(values, discount.place, derived=True)
        first = next(compress(range(len(values)), lines.is_item), None)
        if first is not None and isinstance(rates[first], Decimal) and isinstance(tags[first], int):
            _report_discounted(lines, first, discount.place)
        return
    bases = lines.base_price.values
    for at, rate in enumerate(rates):
        if bases[at] is MISSING and isinstance(rate, Decimal) and _fen(tags[at]) and lines.is_item[at]:
            bases[at] = discounted_fen(_fen(tags[at]), rate)
            _report_discounted(lines, at, discount.place)


def _report_discounted(lines: TableLines, at: int, place: int) -> None:
    price = price_text(_fen(lines.base_price.values[at]))
    lines.report(at, place, Problem("discount_price", price, fatal=False))


def _price_by_discount(tag: Price, rate: Rate) -> Price:
    if not isinstance(rate, Decimal):
        return rate if isinstance(rate, Problem) else MISSING
    return discounted_fen(_fen(tag), rate) if _fen(tag) else Problem("depends_on_tag")


def _fen(price: Price) -> int:
    """The price as far as it can be used; 0 where it cannot."""
    if isinstance(price, Problem):
        return price.value if not price.fatal and isinstance(price.value, int) else 0
    return price


def read_discounts_as_prices(lines: TableLines) -> None:
    """Discounts that were typed into the column of base prices: 2.5折 and 25%, or 0.25 where most of the column is like that."""
    column, tags = lines.base_price, lines.tag_price.values
    bases, place = column.values, column.place
    if column.derived or not (column.has_problem() or min(bases, default=100) < 100):  # type: ignore[type-var,operator]
        return
    items = list(compress(range(len(bases)), lines.is_item))
    shares = {at for at in items if _is_share(bases[at]) and _fen(tags[at]) >= _MIN_TAG_FOR_SHARE_FEN}
    are_shares = len(shares) >= 3 and len(shares) * 5 >= len(items) * 4
    is_reported = False
    for at in items:
        base = bases[at]
        if are_shares and isinstance(base, Problem) and base.code == "too_many_decimals" and base.value < 100:
            base = int(base.value)
        if isinstance(base, Problem):
            if base.code == "discount":
                bases[at] = _price_by_written_discount(tags[at], base)
                if not isinstance(bases[at], Problem):
                    _report_discounted(lines, at, place)
        elif at in shares or (are_shares and _is_share(base)):
            rate = parse_discount(lines.rows[at][place])
            if not are_shares or not isinstance(rate, Decimal):
                bases[at] = Problem("ambiguous_discount")
                continue
            bases[at] = discounted_fen(_fen(tags[at]), rate)
            if not is_reported:
                is_reported = True
                _report_discounted(lines, at, place)


def _is_share(base: Price) -> bool:
    """Under 1 yuan: more likely a share of the tag price than a price."""
    return isinstance(base, int) and base < 100


def _price_by_written_discount(tag: Price, written: Problem) -> Price:
    if isinstance(written.value, Decimal):
        return _price_by_discount(tag, written.value)
    return written.value if isinstance(written.value, Problem) else Problem("ambiguous_discount")


def compare_discounts(lines: TableLines) -> None:
    """Where base price and discount are both given, they must agree to the precision of the discount."""
    if lines.base_price.derived:
        return
    tags, bases, rates = lines.tag_price.values, lines.base_price.values, lines.discount.values
    for at, rate in enumerate(rates):
        if not isinstance(rate, Decimal):
            rates[at] = None  # the base price is there; an unclear discount beside it decides nothing
            continue
        tag, base = _fen(tags[at]), _fen(bases[at])
        if not tag or not base or not lines.is_item[at]:
            continue
        exponent = rate.normalize().as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        tolerance = tag * Decimal(5) / Decimal(10) ** (max(places, 2) + 1) + 100
        expected = discounted_fen(tag, rate)
        if abs(base - expected) > tolerance:
            rates[at] = Problem("discount_mismatch", price_text(expected), price_text(base))


def check_prices(lines: TableLines) -> None:
    """Base above tag, swapped columns, outliers of a style, prices out of bounds: the value becomes a Problem."""
    tags, bases, styles = lines.tag_price.values, lines.base_price.values, lines.style_no.values
    has_problem = lines.tag_price.has_problem() or lines.base_price.has_problem()
    if not has_problem and _are_plainly_right(styles, tags, bases):
        return
    tag_fen, base_fen = [*map(_fen, tags)], [*map(_fen, bases)]
    items = [
        at for at in compress(range(len(tags)), lines.is_item)
        if not has_problem or (tag_fen[at] and base_fen[at])
    ]  # fmt: skip
    above = [at for at in items if base_fen[at] > tag_fen[at]]
    swapped = len(above) >= 3 and len(above) * 5 >= len(items) * 3
    prices_of_styles = {(styles[at], tag_fen[at], base_fen[at]) for at in items} if above and not swapped else set()
    for at in above:
        if swapped or (styles[at], base_fen[at], tag_fen[at]) in prices_of_styles:
            bases[at] = Problem("columns_swapped", "吊牌价与供货价", "tag price and supply price")
        else:
            bases[at] = Problem("supply_above_tag", price_text(tag_fen[at]))
    _check_outliers(lines, items, tags)
    _check_outliers(lines, items, bases)
    if not above and not any(_is_implausible(tag_fen[at], base_fen[at]) for at in items):
        return
    median_tag = sorted(tag_fen[at] for at in items)[len(items) // 2] if items else 0
    for at in items:
        tag, base = tags[at], bases[at]
        if isinstance(tag, int) and not _MIN_TAG_FEN <= tag <= _MAX_TAG_FEN:
            tags[at] = _implausible(low=tag < _MIN_TAG_FEN)
        elif isinstance(base, int) and base * _MAX_TAG_PER_BASE < _fen(tag) and _fen(tag) >= median_tag * 10:
            tags[at] = _implausible(low=False)
        elif isinstance(base, int) and (base < _MIN_BASE_FEN or base * _MAX_TAG_PER_BASE < _fen(tag)):
            bases[at] = Problem("implausible_price", "与吊牌价相比过低", "too low beside the tag price")


def _are_plainly_right(styles: list[str | Problem], tags: list[Price], bases: list[Price]) -> bool:
    """Whether no price can be wrong, judged by the distinct ones: one price a style, none out of bounds."""
    prices = set(zip(styles, tags, bases, strict=True))
    return len(prices) == len(set(styles)) and all(
        isinstance(tag, int) and isinstance(base, int) and base <= tag and not _is_implausible(tag, base)
        for _, tag, base in prices
    )


def _is_implausible(tag: int, base: int) -> bool:
    return not _MIN_TAG_FEN <= tag <= _MAX_TAG_FEN or base < _MIN_BASE_FEN or base * _MAX_TAG_PER_BASE < tag


def _implausible(*, low: bool) -> Problem:
    return Problem("implausible_price", "过低" if low else "过高", "too low" if low else "too high")


def _check_outliers(lines: TableLines, items: list[int], prices: list[Price]) -> None:
    """A price five times off the one that most other lines of its style agree on."""
    styles = lines.style_no.values
    first: dict[str | Problem, int] = {}
    uneven: set[str | Problem] = set()
    for at in items:
        price = prices[at]
        if isinstance(price, int) and first.setdefault(styles[at], price) != price:
            uneven.add(styles[at])
    if not uneven:
        return
    groups: dict[str | Problem, dict[int, int]] = defaultdict(dict)
    for at in items:
        price = prices[at]
        if styles[at] in uneven and isinstance(price, int):
            groups[styles[at]][at] = price
    for price_of in groups.values():
        usual, count = Counter(price_of.values()).most_common(1)[0]
        if count < 2 or count * 2 <= len(price_of):
            continue
        for at, price in price_of.items():
            if price >= usual * _OUTLIER_FACTOR or price * _OUTLIER_FACTOR <= usual:
                prices[at] = Problem(
                    "implausible_price",
                    f"同款其他为 {price_text(usual)}",
                    f"others of the style: {price_text(usual)}",
                )
