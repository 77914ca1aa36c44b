"""What only the neighbours tell: lost zeros, house codes, discounts in a price column, slips of a digit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import compress
from typing import Any

from imports import fields
from imports.cells.barcodes import check_digit
from imports.cells.numbers import discounted_fen, parse_discount, price_text
from imports.cells.sizes import is_known_size
from imports.cells.text import MISSING, Problem, has_problem
from imports.stock_sheet.batch import Batch
from imports.stock_sheet.builder import ReadingBuilder

GROUP_FIELDS = (fields.STYLE_NO, fields.TAG_PRICE, fields.BASE_PRICE, fields.DISCOUNT)
"""What a group of lines may say on its first line alone."""
GROUP_TEXT_FIELDS = ("name", "category", "season", "year", "gender", "brand")
_SCIENTIFIC_STYLE = re.compile(r"^\d{1,4}[eE]\d{1,3}$")
_MAX_TAG_FEN = 20_000_000
_MIN_TAG_FEN = 100
_MIN_BASE_FEN = 50
_MAX_TAG_PER_BASE = 50
_OUTLIER_FACTOR = 5


def check_styles(batch: Batch) -> None:
    """Leading zeros and letters that a number cannot carry; words as styles are right where all are words."""
    parsed = batch.parsed.get(fields.STYLE_NO)
    column = batch.column(fields.STYLE_NO)
    if parsed is None or column is None:
        return
    odd = enumerate(parsed) if has_problem(parsed) else ()
    named = [at for at, p in odd if p.__class__ is Problem and p.code == "bad_style" and p.value]
    if named:
        goods = sum(batch.goods)
        if sum(batch.goods[at] for at in named) * 2 > goods:
            for at in named:
                parsed[at] = parsed[at].value
    numbers = [
        at for at, row in enumerate(batch.rows) if row[column].__class__ is float and parsed[at].__class__ is str
    ]
    if not numbers or len(numbers) == len(parsed):
        return
    texts = [p for at, p in enumerate(parsed) if batch.rows[at][column].__class__ is str and isinstance(p, str)]
    width = _width_with_zeros(texts)
    scientific = sum(bool(_SCIENTIFIC_STYLE.match(text)) for text in texts) * 2 > len(texts)
    for at in numbers:
        if width and len(parsed[at]) < width:
            parsed[at] = Problem("leading_zero_lost", str(width))
        elif scientific and parsed[at].endswith("000"):
            parsed[at] = Problem("style_number_damaged")


def _width_with_zeros(texts: list[str]) -> int:
    """The common length of digit codes of which some begin with 0; 0 where there is none."""
    digits = [text for text in texts if text.isdigit()]
    if not any(text.startswith("0") for text in digits):
        return 0
    width, count = Counter(map(len, digits)).most_common(1)[0]
    return width if count * 5 >= len(digits) * 4 else 0


def check_barcodes(batch: Batch, builder: ReadingBuilder) -> None:
    """House codes are accepted where the whole column is made of them; lost zeros are faults."""
    parsed = batch.parsed.get(fields.BARCODE)
    column = batch.column(fields.BARCODE)
    if parsed is None or column is None or not has_problem(parsed):
        return
    odd = [
        at for at, p in enumerate(parsed)
        if p.__class__ is Problem and batch.goods[at] and p.value is not None
        and p.code in ("barcode_format", "barcode_checksum")
    ]  # fmt: skip
    if not odd:
        return
    codes = [
        (p.value if p.__class__ is Problem else p) for at, p in enumerate(parsed) if batch.goods[at] and p is not None
    ]
    lengths = Counter(len(code) for code in codes if isinstance(code, str))
    by_length: dict[int, list[int]] = defaultdict(list)
    for at in odd:
        by_length[len(parsed[at].value)].append(at)
    width = _width_with_zeros([p for p in parsed if isinstance(p, str)])
    told = False
    for length, places in by_length.items():
        house = len(places) >= 3 and len(places) * 2 > lengths[length] and lengths[length] * 2 > len(codes)
        for at in places:
            if house:
                if not told:
                    told = True
                    problem = Problem(parsed[at].code, fatal=False)
                    builder.problem(
                        batch.table.sheet, batch.numbers[at], column, batch.table.heading(column), problem,
                        batch.rows[at][column],
                    )  # fmt: skip
                parsed[at] = parsed[at].value
            elif width and batch.rows[at][column].__class__ is float and len(parsed[at].value) < width:
                parsed[at] = Problem("leading_zero_lost", str(width))


def check_swapped_text(batch: Batch) -> None:
    """A size among the colours beside a colour among the sizes; a barcode as style beside a style as barcode."""
    sizes, colours = batch.parsed.get(fields.SIZE), batch.parsed.get(fields.COLOUR)
    column = batch.column(fields.COLOUR)
    if sizes is not None and colours is not None and column is not None and has_problem(sizes):
        for at, size in enumerate(sizes):
            if size.__class__ is not Problem or size.code not in ("bad_size", "unknown_size"):
                continue
            colour = colours[at]
            if isinstance(colour, str) and is_known_size(colour) and not colour.isdigit():
                sizes[at] = Problem("columns_swapped", "颜色与尺码", "colour and size")
    styles, codes = batch.parsed.get(fields.STYLE_NO), batch.parsed.get(fields.BARCODE)
    if styles is not None and codes is not None and any(isinstance(s, str) and len(s) == 13 for s in set(styles)):
        for at, code in enumerate(codes):
            style = styles[at]
            if (
                isinstance(style, str) and len(style) == 13 and style.isdigit() and isinstance(code, str)
                and not code.isdigit() and check_digit(style[:-1]) == style[-1]
            ):  # fmt: skip
                styles[at] = Problem("columns_swapped", "款号与条码", "style number and barcode")


def fill_groups(batch: Batch, builder: ReadingBuilder) -> None:
    """Lines of a group that give style and prices on its first line only. A lone blank stays a fault (IMPORT-13)."""
    names = [name for name in GROUP_FIELDS if name in batch.parsed]
    if fields.STYLE_NO not in names or len(names) < 2 or not has_problem(batch.parsed[fields.STYLE_NO]):
        return
    parsed = batch.parsed
    table = batch.table
    last: int | None = None
    column = batch.column(fields.STYLE_NO)
    own = [n for n in (fields.SIZE, fields.QUANTITY) if n in parsed]
    for at, good in enumerate(batch.goods):
        if not good:
            if not _is_repeat(batch, at):
                last = at if at in batch.heads else None
            continue
        alone = parsed[fields.STYLE_NO][at] is MISSING and last in batch.heads  # prices of its own are its own
        if alone or all(parsed[name][at] is MISSING for name in names):
            if last is None or any(parsed[name][at] is MISSING for name in own):
                continue
            _fill_from(batch, at, last, names)
            builder.fault(
                table.sheet, batch.numbers[at], column, table.heading(column), "filled_down", table.heading(column),
                fatal=False,
            )  # fmt: skip
            if last in batch.heads:
                continue
        if not any(parsed[name][at].__class__ is Problem and parsed[name][at].fatal for name in names):
            last = at


def _fill_from(batch: Batch, at: int, first: int, names: list[str]) -> None:
    """Where the line says nothing, it says what the first line of its group says."""
    parsed = batch.parsed
    for name in names:
        if parsed[name][at] is MISSING:
            parsed[name][at] = parsed[name][first]
    if fields.COLOUR in parsed and parsed[fields.COLOUR][at] is None:
        parsed[fields.COLOUR][at] = parsed[fields.COLOUR][first]
    for name in GROUP_TEXT_FIELDS:
        place = batch.column(name)
        if place is not None and batch.rows[at][place] is None:
            batch.rows[at][place] = batch.rows[first][place]


def _is_repeat(batch: Batch, at: int) -> bool:
    return batch.table.start + at in batch.table.repeats


def complete_base_prices(batch: Batch, builder: ReadingBuilder) -> None:  # noqa: C901
    """Make `base_price` whole: from a discount column, or from discounts typed into the price column."""
    tags, table = batch.parsed[fields.TAG_PRICE], batch.table
    rates = batch.parsed.get(fields.DISCOUNT)
    if fields.BASE_PRICE not in batch.parsed:
        assert rates is not None
        batch.parsed[fields.BASE_PRICE] = [_from_rate(tag, rate) for tag, rate in zip(tags, rates, strict=True)]
        column = batch.column(fields.DISCOUNT)
        first = next((at for at, good in enumerate(batch.goods) if good), None)
        if first is not None and isinstance(rates[first], Decimal) and isinstance(tags[first], int):
            text = price_text(discounted_fen(tags[first], rates[first]))
            builder.fault(
                table.sheet, batch.numbers[first], column, table.heading(column), "discount_price",
                batch.rows[first][column or 0], (text,), fatal=False,
            )  # fmt: skip
        return
    bases = batch.parsed[fields.BASE_PRICE]
    column = batch.column(fields.BASE_PRICE)
    if rates is not None:
        _fill_from_discounts(batch, builder, rates)
    if not has_problem(bases) and min(bases, default=100) >= 100:
        if rates is not None:
            _compare_discounts(batch, rates)
        return
    goods = [at for at, good in enumerate(batch.goods) if good]
    shares = [at for at in goods if isinstance(bases[at], int) and bases[at] < 100 and _fen(tags[at]) >= 2000]
    whole = len(shares) >= 3 and len(shares) * 5 >= len(goods) * 4
    said = False
    for at in goods:
        base = bases[at]
        if base.__class__ is Problem and base.code == "too_many_decimals" and whole and base.value < 100:
            base = base.value
        if base.__class__ is Problem and base.code == "discount":
            if not isinstance(base.value, Decimal):
                bases[at] = base.value if isinstance(base.value, Problem) else Problem("ambiguous_discount")
                continue
            bases[at] = _from_rate(tags[at], base.value)
            if bases[at].__class__ is Problem:
                continue
            builder.fault(
                table.sheet, batch.numbers[at], column, table.heading(column), "discount_price",
                batch.rows[at][column or 0], (price_text(bases[at]),), fatal=False,
            )  # fmt: skip
        elif at in shares or (whole and isinstance(base, int) and base < 100):
            if not whole:
                bases[at] = Problem("ambiguous_discount")
                continue
            raw = batch.rows[at][column or 0]
            rate = parse_discount(raw)
            if not isinstance(rate, Decimal):
                bases[at] = Problem("ambiguous_discount")
                continue
            bases[at] = discounted_fen(_fen(tags[at]), rate)
            if not said:
                said = True
                builder.fault(
                    table.sheet, batch.numbers[at], column, table.heading(column), "discount_price", raw,
                    (price_text(bases[at]),), fatal=False,
                )  # fmt: skip
    if rates is not None:
        _compare_discounts(batch, rates)


def _fill_from_discounts(batch: Batch, builder: ReadingBuilder, rates: list[Any]) -> None:
    """A supply price left empty beside a discount is what the discount gives."""
    tags, bases, table = batch.parsed[fields.TAG_PRICE], batch.parsed[fields.BASE_PRICE], batch.table
    column = batch.column(fields.DISCOUNT)
    for at, rate in enumerate(rates):
        if bases[at] is MISSING and isinstance(rate, Decimal) and _fen(tags[at]) and batch.goods[at]:
            bases[at] = discounted_fen(_fen(tags[at]), rate)
            builder.fault(
                table.sheet, batch.numbers[at], column, table.heading(column), "discount_price",
                batch.rows[at][column or 0], (price_text(bases[at]),), fatal=False,
            )  # fmt: skip


def _from_rate(tag: Any, rate: Any) -> Any:
    if rate.__class__ is Problem:
        return rate
    return discounted_fen(_fen(tag), rate) if _fen(tag) else Problem("depends_on_tag")


def _fen(value: Any) -> int:
    if value.__class__ is int:
        return value
    return value.value if isinstance(value, Problem) and not value.fatal and isinstance(value.value, int) else 0


def _compare_discounts(batch: Batch, rates: list[Any]) -> None:
    tags, bases = batch.parsed[fields.TAG_PRICE], batch.parsed[fields.BASE_PRICE]
    for at, rate in enumerate(rates):
        if not isinstance(rate, Decimal):
            rates[at] = None  # the supply price is there; an unclear discount beside it decides nothing
            continue
        tag, base = _fen(tags[at]), _fen(bases[at])
        if not tag or not base or not batch.goods[at]:
            continue
        exponent = rate.normalize().as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        tolerance = tag * Decimal(5) / Decimal(10) ** (max(places, 2) + 1) + 100
        expected = discounted_fen(tag, rate)
        if abs(base - expected) > tolerance:
            rates[at] = Problem("discount_mismatch", price_text(expected), price_text(base))


def check_prices(batch: Batch) -> None:
    """Supply above tag, swapped columns, slips of a digit, prices beyond belief (IMPORT-10). Spoils the value in place."""
    tags, bases = batch.parsed[fields.TAG_PRICE], batch.parsed[fields.BASE_PRICE]
    styles = batch.parsed[fields.STYLE_NO]
    if not has_problem(tags) and not has_problem(bases) and _are_plainly_right(styles, tags, bases):
        return
    if has_problem(tags) or has_problem(bases):
        goods = [at for at, good in enumerate(batch.goods) if good and _fen(tags[at]) and _fen(bases[at])]
    else:
        goods = list(compress(range(len(tags)), batch.goods))
    plain_tags, plain_bases = [*map(_fen, tags)], [*map(_fen, bases)]
    above = [at for at in goods if plain_bases[at] > plain_tags[at]]
    swapped = len(above) >= 3 and len(above) * 5 >= len(goods) * 3
    pairs = set()
    if above and not swapped:
        pairs = {(styles[at], _fen(tags[at]), _fen(bases[at])) for at in goods}
    for at in above:
        tag, base = _fen(tags[at]), _fen(bases[at])
        if swapped or (styles[at], base, tag) in pairs:
            bases[at] = Problem("columns_swapped", "吊牌价与供货价", "tag price and supply price")
        else:
            bases[at] = Problem("supply_above_tag", price_text(tag))
    _check_outliers(batch, goods, tags)
    _check_outliers(batch, goods, bases)
    if not above and not _may_be_implausible(goods, plain_tags, plain_bases):
        return
    usual = sorted(plain_tags[at] for at in goods)[len(goods) // 2] if goods else 0
    for at in goods:
        tag, base = tags[at], bases[at]
        if tag.__class__ is int and not _MIN_TAG_FEN <= tag <= _MAX_TAG_FEN:
            tags[at] = _implausible(low=tag < _MIN_TAG_FEN)
        elif base.__class__ is int and base * _MAX_TAG_PER_BASE < _fen(tag) and tag >= usual * 10:
            tags[at] = _implausible(low=False)
        elif base.__class__ is int and (base < _MIN_BASE_FEN or base * _MAX_TAG_PER_BASE < _fen(tag)):
            bases[at] = Problem("implausible_price", "与吊牌价相比过低", "too low beside the tag price")


def _are_plainly_right(styles: list[Any], tags: list[int], bases: list[int]) -> bool:
    """Whether no price can be wrong, judged by the distinct ones: one price a style, none out of bounds."""
    pairs = set(zip(styles, tags, bases, strict=True))
    return len(pairs) == len(set(styles)) and all(
        _MIN_TAG_FEN <= tag <= _MAX_TAG_FEN and _MIN_BASE_FEN <= base <= tag <= base * _MAX_TAG_PER_BASE
        for _, tag, base in pairs
    )


def _may_be_implausible(goods: list[int], tags: list[int], bases: list[int]) -> bool:
    return any(
        not _MIN_TAG_FEN <= tags[at] <= _MAX_TAG_FEN or bases[at] < _MIN_BASE_FEN
        or bases[at] * _MAX_TAG_PER_BASE < tags[at]
        for at in goods
    )  # fmt: skip


def _implausible(*, low: bool) -> Problem:
    return Problem("implausible_price", "过低" if low else "过高", "too low" if low else "too high")


def _check_outliers(batch: Batch, goods: list[int], prices: list[Any]) -> None:
    """A price five times off the price that the other lines of its style agree on."""
    styles = batch.parsed[fields.STYLE_NO]
    first: dict[Any, int] = {}
    uneven: set[Any] = set()
    for at in goods:
        price = prices[at]
        if price.__class__ is int and first.setdefault(styles[at], price) != price:
            uneven.add(styles[at])
    if not uneven:
        return
    groups: dict[Any, list[int]] = defaultdict(list)
    for at in goods:
        if styles[at] in uneven and prices[at].__class__ is int:
            groups[styles[at]].append(at)
    for places in groups.values():
        value, count = Counter(prices[at] for at in places).most_common(1)[0]
        if count < 2 or count * 2 <= len(places):
            continue
        for at in places:
            if prices[at] >= value * _OUTLIER_FACTOR or prices[at] * _OUTLIER_FACTOR <= value:
                prices[at] = Problem(
                    "implausible_price",
                    f"同款其他为 {price_text(value)}",
                    f"others of the style: {price_text(value)}",
                )
